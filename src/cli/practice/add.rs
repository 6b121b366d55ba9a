//! `dvza practice add`: everything about a new practice at once, or nothing.

use std::io::{IsTerminal as _, stdin, stdout};
use std::path::Path;

use anyhow::{Context as _, bail};

use super::checklist::Checklist;
use super::file::{Plan, PracticeFile};
use super::keys::{self, Made};
use super::{store_logo, store_settings};
use crate::cli::args::PracticeAddArgs;
use crate::cli::server::{self, Foundation};
use crate::cli::{Globals, configured, lists};
use crate::domain::ids::{PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::http::context::random;
use crate::store;
use crate::store::practices::NewPractice;

pub(super) async fn run(args: &PracticeAddArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let plan = said(args, &foundation)?.check(&foundation.services, lists::environment(&config))?;
    require_new(&foundation, &plan).await?;
    // Before the practice is there: a folder that cannot be written leaves nothing behind.
    let folder = args.config.config.parent().unwrap_or(Path::new("")).join("certs");
    let made = plan.his_host.as_ref().map(|host| keys::make(&folder, plan.name.stem(), host)).transpose()?;
    let scope = store_plan(&foundation, &plan, clock.now()).await?;
    say!("added {}", plan.name.as_str());
    match made {
        Some(Made { files, is_kept }) => {
            for path in files {
                say!("{} {}", if is_kept { "kept" } else { "made" }, path.display());
            }
        }
        None => say!("no key made for the HIS: no his_host was given"),
    }
    let mut tx = foundation.store.read().await?;
    let practice = store::practices::find(&mut tx, &scope).await?.context("the practice is gone")?;
    let settings = store::settings::load_effective(&mut tx, &scope).await?;
    tx.close().await?;
    say!("\n{}", Checklist::of(&practice, &settings, clock.now().local_date()));
    Ok(())
}

/// From the file, from the command line, or from a person at the terminal.
fn said(args: &PracticeAddArgs, foundation: &Foundation) -> anyhow::Result<PracticeFile> {
    match (&args.file, &args.name) {
        (Some(path), _) => PracticeFile::read(path),
        (None, Some(name)) => Ok(PracticeFile {
            name: name.clone(),
            display: args.display.clone().context("--display is missing: what patients call the practice")?,
            ura: args.ura.clone().context("--ura is missing: the number deliveries name the practice by")?,
            agb: args.agb.clone(),
            ..PracticeFile::default()
        }),
        (None, None) if stdin().is_terminal() => {
            PracticeFile::ask(&mut stdin().lock(), &mut stdout().lock(), &foundation.services)
        }
        (None, None) => bail!("name the practice, or a file with --file; questions are asked on a terminal only"),
    }
}

/// Every name and number that is another practice's already.
async fn require_new(foundation: &Foundation, plan: &Plan) -> anyhow::Result<()> {
    let mut tx = foundation.store.read().await?;
    let practices = store::practices::list(&mut tx).await?;
    tx.close().await?;
    let mut faults = Vec::new();
    for other in practices {
        let same = [
            ("name", plan.name.as_str() == other.medmij_name),
            ("ura", plan.ura == other.ura),
            ("agb", plan.agb.is_some() && plan.agb == other.agb),
        ];
        let taken = same.into_iter().filter(|(_, is_taken)| *is_taken);
        faults.extend(taken.map(|(field, _)| {
            format!("{field}: is that of {name} already; see dvza practice show {name}", name = other.medmij_name)
        }));
    }
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

async fn store_plan(foundation: &Foundation, plan: &Plan, at: Timestamp) -> anyhow::Result<PracticeScope> {
    let id = PracticeId::from_bytes(random()?);
    let scope = PracticeScope { practice: id };
    let practice = NewPractice {
        id,
        medmij_name: plan.name.as_str().to_owned(),
        ura: plan.ura.clone(),
        agb: plan.agb.clone(),
        display_name: plan.display.clone(),
    };
    let mut settings = plan.settings.clone();
    settings.extend(plan.his_host.iter().map(|host| ("his.host".to_owned(), host.clone())));
    let mut tx = foundation.store.write().await?;
    store::practices::add(&mut tx, &practice, at).await.context("the practice cannot be added")?;
    store_settings(&mut tx, &foundation.sealer, &scope, &settings, at).await?;
    if let Some(picture) = &plan.logo {
        store_logo(&mut tx, &foundation.sealer, &scope, picture, at).await?;
    }
    tx.commit().await?;
    Ok(scope)
}
