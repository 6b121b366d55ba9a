//! `dvza practice change`: what a practice is called, its AGB code, and whether its contract stands.

use anyhow::bail;

use super::file::check_field;
use super::{changed, find};
use crate::audit;
use crate::cli::args::PracticeChangeArgs;
use crate::cli::{Globals, configured, server};
use crate::store;
use crate::store::practices::Contract;

pub(super) async fn run(args: &PracticeChangeArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.practice.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let changes = [("display", &args.display), ("agb", &args.agb), ("contract", &args.contract)];
    let changes = changes.into_iter().filter_map(|(field, value)| Some((field, value.as_deref()?.trim())));
    for (field, value) in changes.clone() {
        check_field(field, value, &foundation.services).map_err(|fault| anyhow::anyhow!("{field}: {fault}"))?;
    }
    let mut tx = foundation.store.write().await?;
    let practice = find(&mut tx, &args.practice.name).await?;
    let others = store::practices::list(&mut tx).await?.into_iter().filter(|other| other.id != practice.id);
    if let Some(other) = others.into_iter().find(|other| args.agb.is_some() && other.agb == args.agb) {
        bail!("agb: is that of {} already", other.medmij_name);
    }
    let scope = practice.scope();
    let display = args.display.as_deref().map_or(practice.display_name.as_str(), str::trim);
    let agb = args.agb.as_deref().or(practice.agb.as_deref());
    store::practices::describe(&mut tx, &scope, display, agb).await?;
    if let Some(contract) = &args.contract {
        let contract = if contract == "ended" { Contract::Ended } else { Contract::Active };
        store::practices::set_active(&mut tx, &scope, contract).await?;
    }
    let facts = changes.map(|(field, value)| (format!("practice.{field}"), value.to_owned()));
    let event = changed(clock.now(), facts).in_practice(practice.id);
    audit::append_in(&mut tx, &foundation.sealer, &[event]).await?;
    tx.commit().await?;
    say!("changed; what PGOs and address books show of it goes by dvza practice zal {}", practice.medmij_name);
    Ok(())
}
