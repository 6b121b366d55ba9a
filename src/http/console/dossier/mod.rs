//! One patient: what would be shown of the dossier, what was decided, and what the desk may do.

pub(super) mod copy;
pub(super) mod decisions;
pub(super) mod desk;
pub(super) mod documents;
mod files;
pub(super) mod items;
pub(super) mod log;
mod preview;
pub(super) mod requests;

use axum::response::Response;

use super::error::ConsoleError;
use super::staff::{Staff, Who};
use super::{answer, login, words};
use crate::app::{Asked, InFull, Subject};
use crate::audit::{Action, Detail};
use crate::domain::decision::Decision;
use crate::domain::dossier::{Block as DossierBlock, DossierState};
use crate::domain::ids::PatientRef;
use crate::domain::rights::Right;
use crate::http::pages::blocks::{Block, Link};
use crate::store::authorization::consents::{self, Consent};
use crate::store::cards::Card;
use crate::store::requests::PatientRequest;
use crate::store::{self, Tx};

/// Everything the pages of one patient look at.
pub(super) struct Loaded {
    pub card: Card,
    pub subject: Subject,
    pub full: Option<InFull>,
    pub requests: Vec<PatientRequest>,
    pub consents: Vec<Consent>,
}

/// Reads a patient; a constant number of queries.
pub(super) async fn load(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Loaded, ConsoleError> {
    let app = &staff.state.app;
    let subject = app.subject(tx, who).await?.ok_or(ConsoleError::Missing)?;
    let card = store::cards::find(tx, app.sealer(), who).await?.ok_or(ConsoleError::Missing)?;
    let full = app.in_full(tx, who, &subject, staff.at()).await?;
    let requests = store::requests::for_patient(tx, app.sealer(), who).await?;
    let consents = consents::list_valid(tx, who, staff.at().at).await?;
    Ok(Loaded { card, subject, full, requests, consents })
}

pub(super) async fn show(staff: Staff, who: Who) -> Response {
    let result = page(&staff, &who.0).await;
    answer(&staff, result)
}

async fn page(staff: &Staff, who: &PatientRef) -> Result<Response, ConsoleError> {
    let app = &staff.state.app;
    let mut tx = staff.write().await?;
    let loaded = load(staff, &mut tx, who).await?;
    let showing = app.show(&mut tx, who, Asked::AsIfOpen, staff.at()).await?;
    let desk = desk::load(staff, &mut tx, who).await?;
    staff.record(&mut tx, "dossier_viewed", Action::Read, Some(who), Detail::default()).await?;
    tx.commit().await?;

    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    blocks.push(facts(staff, &loaded));
    blocks.push(links(staff, who));
    if let Err(gate) = &showing {
        blocks.push(Block::Notice(words::gate(staff.lang(), *gate).to_owned()));
    }
    blocks.extend(requests::forms(staff, who, &loaded));
    if let (Some(full), true) = (&loaded.full, showing.is_ok()) {
        blocks.extend(decisions::ticks(staff, who, &loaded, full));
    }
    if let Ok(showing) = &showing {
        blocks.extend(preview::blocks(staff, showing));
    }
    let mut more: Vec<Block> = Vec::new();
    if let Some(full) = &loaded.full {
        more.extend(decisions::marks(staff, who, full));
    }
    more.extend(copy::form(staff, who));
    more.extend(desk::forms(staff, who, &loaded, &desk));
    if !more.is_empty() {
        blocks.push(Block::Heading(staff.pick("Meer over dit dossier", "More about this dossier").to_owned()));
    }
    blocks.extend(more);
    Ok(staff.page("/patients", &loaded.card.name, blocks))
}

fn facts(staff: &Staff, loaded: &Loaded) -> Block {
    let lang = staff.lang();
    let subject = &loaded.subject;
    let mut facts = vec![
        (staff.pick("Geboren", "Born"), words::birth(loaded.card.birth)),
        (staff.pick("Nummer in het HIS", "Number in the HIS"), loaded.card.number.clone()),
        (staff.pick("Dossier", "Dossier"), words::state(lang, subject.state()).to_owned()),
    ];
    if let Some(opened) = subject.own.opened_at.filter(|_| subject.state() == DossierState::Open) {
        facts.push((staff.pick("Opengesteld sinds", "Open since"), words::moment(opened)));
    }
    let of_his = subject.index.as_ref().map_or(DossierBlock::None, |index| index.facts.subject.block);
    for block in [subject.own.block, of_his] {
        if block != DossierBlock::None {
            facts.push((staff.pick("Blokkade", "Block"), words::block(lang, block).to_owned()));
        }
    }
    facts.push((staff.pick("Opgehaald", "Retrieved"), retrieved(staff, &loaded.consents)));
    Block::Facts(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// What was collected cannot be recalled: who hides something should know (E17).
fn retrieved(staff: &Staff, consents: &[Consent]) -> String {
    let used: Vec<&Consent> = consents.iter().filter(|consent| consent.last_used_at.is_some()).collect();
    let last = used.iter().filter_map(|consent| consent.last_used_at).max();
    match last {
        None => staff.pick("nog niet door een PGO", "not yet by a PGO").to_owned(),
        Some(last) => {
            let mut names: Vec<&str> = used.iter().map(|consent| consent.client_id.as_str()).collect();
            names.dedup();
            let (by, on) = (staff.pick("PGO’s", "PGOs"), staff.pick("laatst op", "last on"));
            format!("{} {by}, {on} {}", names.len(), words::moment(last))
        }
    }
}

fn links(staff: &Staff, who: &PatientRef) -> Block {
    let patient = who.patient;
    let all = [
        (Right::PublishResult, "results", "Uitslagen beoordelen", "Review results"),
        (Right::PublishDocument, "documents", "Documenten publiceren", "Publish documents"),
        (Right::ViewAccessLog, "log", "Toegangslog", "Access log"),
    ];
    let allowed = all.into_iter().filter(|(right, ..)| staff.may(*right));
    let links = allowed
        .map(|(_, path, nl, en)| Link { href: format!("/p/{patient}/{path}"), text: staff.pick(nl, en).to_owned() });
    Block::Links(links.collect())
}

/// Takes decisions, with their events, in one transaction; then back to the page.
pub(super) async fn take(
    staff: &Staff,
    who: &PatientRef,
    kind: &'static str,
    decisions: Vec<Decision>,
    back: &str,
) -> Result<Response, ConsoleError> {
    if decisions.is_empty() {
        return Ok(login::to(back));
    }
    let mut tx = staff.write().await?;
    decide(staff, &mut tx, who, kind, &decisions).await?;
    tx.commit().await?;
    Ok(login::to(back))
}

/// The same within a transaction that does more.
pub(super) async fn decide(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    kind: &'static str,
    decisions: &[Decision],
) -> Result<(), ConsoleError> {
    if !staff.state.importer.decide(tx, who, decisions, staff.at()).await? {
        return Err(ConsoleError::Missing);
    }
    let mut detail = Detail::default();
    for decision in decisions {
        let name = format!("{:?}:{}", decision.choice.aspect(), decision.about.t).to_lowercase();
        *detail.counts.entry(name).or_default() += 1;
    }
    staff.record(tx, kind, Action::Update, Some(who), detail).await
}

/// The address of a patient's page after something was done.
pub(super) fn back(who: &PatientRef) -> String {
    format!("/p/{}?done=1", who.patient)
}
