//! What an operator says about one patient: whether anybody may act for them, and whose pseudonym is whose.

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

use super::{changed, find};
use crate::audit;
use crate::cli::args::{PracticeEmployeeArgs, PracticeLinkArgs, PracticeRepresentationArgs};
use crate::cli::server::{self, Foundation};
use crate::cli::{Globals, configured};
use crate::domain::dossier::SourceId;
use crate::domain::ids::PatientRef;
use crate::domain::person::{Person, Pseudonym};
use crate::domain::time::Timestamp;
use crate::store::practices::PracticeEntry;
use crate::store::{self, StoreError, Tx};

/// The practice's veto on anybody acting for a patient (R-AG-05), with its audit event.
pub(super) async fn representation(args: &PracticeRepresentationArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.practice.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.write().await?;
    let practice = find(&mut tx, &args.practice.name).await?;
    let who = patient(&foundation, &practice, &args.patient)?;
    if !store::patients::forbid_representation(&mut tx, &who, args.rule == "forbid").await? {
        bail!("{} has no such patient; the id is that of the deliveries", practice.medmij_name);
    }
    record(&mut tx, &foundation, &who, ("representation", &args.rule), clock.now()).await?;
    tx.commit().await?;
    say!(
        "{}",
        if args.rule == "forbid" { "nobody acts for this patient" } else { "who may act for this patient, does" }
    );
    Ok(())
}

/// Whose pseudonym it is, with its audit event. It comes on standard input, so that it stands in no list of commands.
pub(super) async fn link(args: &PracticeLinkArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.practice.config, globals)?;
    let provider = config.login.oidc.as_ref().filter(|provider| provider.pairwise);
    let issuer = &provider.context("login.oidc.pairwise is not set: people are known by their number")?.issuer;
    let pseudonym = match args.remove {
        true => None,
        false => {
            let mut line = Zeroizing::new(String::new());
            std::io::stdin().read_line(&mut line).context("the pseudonym cannot be read")?;
            Some(Pseudonym::new(issuer.as_str().trim_end_matches('/'), line.trim()).context("standard input")?)
        }
    };
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.write().await?;
    let practice = find(&mut tx, &args.practice.name).await?;
    let who = patient(&foundation, &practice, &args.patient)?;
    let is_linked = pseudonym.is_some();
    let hash = pseudonym.map(|own| foundation.sealer.person_hash(practice.id, &Person::Pseudonym(own)));
    match store::patients::set_pseudonym(&mut tx, &who, hash).await {
        Ok(true) => {}
        Ok(false) => bail!("{} has no such patient; the id is that of the deliveries", practice.medmij_name),
        Err(StoreError::Taken(_)) => bail!("this is the pseudonym of another patient: remove it there first"),
        Err(error) => return Err(error.into()),
    }
    record(&mut tx, &foundation, &who, ("pseudonym", if is_linked { "linked" } else { "removed" }), clock.now())
        .await?;
    tx.commit().await?;
    say!("{}", if is_linked { "linked" } else { "removed" });
    Ok(())
}

/// Who an employee is for the login provider of the console, with its audit event.
pub(super) async fn employee(args: &PracticeEmployeeArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.practice.config, globals)?;
    let provider = config.console.oidc.as_ref().context("console.oidc describes no provider")?;
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line).context("who it is cannot be read")?;
    let issuer = provider.issuer.as_str().trim_end_matches('/');
    let person = match provider.pairwise {
        true => Person::Pseudonym(Pseudonym::new(issuer, line.trim()).context("standard input")?),
        false => Person::Bsn(line.trim().parse().context("standard input")?),
    };
    let id: SourceId = args.employee.parse().context("the employee's id")?;
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.write().await?;
    let practice = find(&mut tx, &args.practice.name).await?;
    let hash = foundation.sealer.person_hash(practice.id, &person);
    store::staff::tie(&mut tx, &practice.scope(), &hash, &id).await?;
    let event = changed(clock.now(), [("employee".to_owned(), id.to_string())]).in_practice(practice.id);
    audit::append_in(&mut tx, &foundation.sealer, &[event]).await?;
    tx.commit().await?;
    say!("{id} can log in to the console of {}", practice.medmij_name);
    Ok(())
}

fn patient(foundation: &Foundation, practice: &PracticeEntry, id: &str) -> anyhow::Result<PatientRef> {
    let id: SourceId = id.parse().context("the patient's id")?;
    let patient = foundation.sealer.practice_hasher(practice.id).patient_id(&id);
    Ok(PatientRef { practice: practice.id, patient })
}

async fn record(
    tx: &mut Tx<'static>,
    foundation: &Foundation,
    who: &PatientRef,
    (what, how): (&str, &str),
    at: Timestamp,
) -> anyhow::Result<()> {
    let event = changed(at, [(what.to_owned(), how.to_owned())]).about(who);
    audit::append_in(tx, &foundation.sealer, &[event]).await?;
    Ok(())
}
