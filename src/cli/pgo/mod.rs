//! `dvza pgo`: the test PGO against any server it has credentials for, and in [`status`] which PGOs collect here.

pub mod status;

use std::process::ExitCode;

use anyhow::Context as _;

use super::args::CollectArgs;
use crate::devnet::demo::DemoFile;
use crate::domain::time::Timestamp;
use crate::fhir::catalogue::Catalogue;
use crate::pgo::{CollectRequest, Person, Pgo, Wish, table};

/// Lines of a section that the table prints.
const LINES: usize = 10;

/// Runs the command.
///
/// # Errors
/// One line about the step that failed.
pub async fn collect(args: &CollectArgs) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(&args.demo).with_context(|| format!("cannot read {}", args.demo.display()))?;
    let demo = DemoFile::from_json(&text).with_context(|| format!("{} is no demo.json", args.demo.display()))?;
    let dir = args.demo.parent().unwrap_or_else(|| std::path::Path::new("."));
    let pgo = Pgo::from_demo(dir, &demo)?;
    let provider = match &args.practice {
        Some(name) => name.clone(),
        None => pgo.directory().providers().first().context("the Zorgaanbiederslijst is empty")?.name.clone(),
    };
    let authorized = pgo.authorize(&provider, &Person::new(args.bsn.clone(), Wish::ConsentOnce)).await?;
    let tokens = pgo.exchange(&authorized).await?;
    let wanted = if args.service.is_empty() { tokens.services.clone() } else { args.service.clone() };
    let services = Catalogue::built_in()?;
    // The server's clock decides what "today" is; demo.json says where it started.
    let today = Timestamp::parse_rfc3339(&demo.now)?.local_date();
    let mut complete = true;
    for id in wanted {
        let service = services.find(&id).with_context(|| format!("service {id} is not in the catalogue"))?;
        let requests: Vec<CollectRequest> = service
            .collect_requests(today)
            .into_iter()
            .map(|request| CollectRequest { name: request.name, path_and_query: request.path_and_query })
            .collect();
        let collected = pgo.collect(&tokens, &id, &requests).await?;
        say!("{}", table(&collected, LINES));
        if let Some(out) = &args.out {
            collected
                .write_to(&out.join(&id))
                .map_err(|(path, error)| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
        }
        complete &= collected.is_complete();
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
