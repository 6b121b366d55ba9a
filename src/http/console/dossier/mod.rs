//! One patient: what would be shown of the dossier, what was decided, and what the desk may do.

mod confirm;
pub(super) mod copy;
pub(super) mod decisions;
pub(super) mod desk;
pub(super) mod documents;
mod files;
pub(super) mod items;
pub(super) mod log;
mod preview;
pub(super) mod representatives;
pub(super) mod requests;
mod retrieved;

use axum::response::Response;

use super::error::ConsoleError;
use super::staff::{Staff, Who};
use super::{answer, login, words};
use crate::app::{Asked, InFull, Subject};
use crate::audit::{Action, Detail};
use crate::domain::decision::{Choice, Decision, Decisions};
use crate::domain::dossier::{Block as DossierBlock, DossierState, ResultState};
use crate::domain::ids::PatientRef;
use crate::domain::rights::Right;
use crate::domain::time::Timestamp;
use crate::domain::wordlist::WordList;
use crate::http::pages::blocks::{Block, Link};
use crate::store::cards::Card;
use crate::store::requests::PatientRequest;
use crate::store::{self, Tx};
use retrieved::Retrieved;

/// Everything the pages of one patient look at.
pub(super) struct Loaded {
    pub card: Card,
    pub subject: Subject,
    pub full: Option<InFull>,
    pub requests: Vec<PatientRequest>,
}

/// What the page of a patient says of items beside what becomes of them.
pub(super) struct Notes {
    /// What was collected already.
    retrieved: Retrieved,
    /// What was decided here.
    decisions: Decisions,
    /// The words that the practice wants to think twice about.
    words: WordList,
}

/// Reads a patient; a constant number of queries.
pub(super) async fn load(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Loaded, ConsoleError> {
    let app = &staff.state.app;
    let subject = app.subject(tx, who).await?.ok_or(ConsoleError::Missing)?;
    let card = store::cards::find(tx, app.sealer(), who).await?.ok_or(ConsoleError::Missing)?;
    let full = app.in_full(tx, who, &subject, staff.at()).await?;
    let requests = store::requests::for_patient(tx, app.sealer(), who).await?;
    Ok(Loaded { card, subject, full, requests })
}

async fn notes(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Notes, ConsoleError> {
    let retrieved = retrieved::load(staff, tx, who).await?;
    let decisions = store::decisions::that_count(tx, staff.state.app.sealer(), who).await?;
    let settings = store::settings::load_effective(tx, &staff.scope()).await?;
    let words = settings.get(WordList::SETTING).map(|text| WordList::read(text)).unwrap_or_default();
    Ok(Notes { retrieved, decisions, words })
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
    let notes = notes(staff, &mut tx, who).await?;
    staff.record(&mut tx, "dossier_viewed", Action::Read, Some(who), Detail::default()).await?;
    tx.commit().await?;

    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    blocks.push(facts(staff, &loaded, &notes));
    blocks.push(links(staff, who));
    if let Err(gate) = &showing {
        blocks.push(Block::Notice(words::gate(staff.lang(), *gate).to_owned()));
    }
    blocks.extend(requests::forms(staff, who, &loaded));
    if let (Some(full), true) = (&loaded.full, showing.is_ok()) {
        blocks.extend(confirm::list(staff, who, full));
        blocks.extend(decisions::ticks(staff, who, (&loaded, full), &notes));
    }
    if let Ok(showing) = &showing {
        blocks.extend(preview::blocks(staff, showing));
    }
    let mut more: Vec<Block> = Vec::new();
    if let Some(full) = &loaded.full {
        more.extend(decisions::marks(staff, who, full, &notes));
    }
    more.extend(copy::form(staff, who, &notes.decisions));
    more.extend(desk::forms(staff, who, (&loaded, &notes.decisions), &desk));
    if !more.is_empty() {
        blocks.push(Block::Heading(staff.pick("Meer over dit dossier", "More about this dossier").to_owned()));
    }
    blocks.extend(more);
    Ok(staff.page("/patients", &loaded.card.name, blocks))
}

fn facts(staff: &Staff, loaded: &Loaded, notes: &Notes) -> Block {
    let lang = staff.lang();
    let subject = &loaded.subject;
    let mut facts = vec![
        (staff.pick("Geboren", "Born"), loaded.card.birth.to_dutch()),
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
    facts.push((staff.pick("Opgehaald", "Retrieved"), notes.retrieved.in_words(staff)));
    Block::Facts(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
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

/// Which page of the dossier was looked at.
pub(super) fn of_page(page: &'static str) -> Detail {
    let mut detail = Detail::default();
    detail.facts.insert("page".to_owned(), page.to_owned());
    detail
}

/// The same within a transaction that does more. Everything hidden or shown is on record (R-X-05).
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
    if let Some(from) = new_from(staff, tx, who, decisions).await? {
        staff.state.app.notify(tx, who, (staff.at().at, from)).await?;
    }
    let mut detail = Detail::default();
    for decision in decisions {
        let name = format!("{:?}:{}", decision.choice.aspect(), decision.about.t).to_lowercase();
        *detail.counts.entry(name).or_default() += 1;
    }
    staff.record(tx, kind, Action::Update, Some(who), detail).await
}

/// From when there is something new for the patient among these decisions: a result, an invitation, a document, a copy. What is in a
/// dossier that is not open is not news, a copy excepted.
async fn new_from(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    decisions: &[Decision],
) -> Result<Option<Timestamp>, ConsoleError> {
    let now = staff.at().at;
    let is_copy = decisions.iter().any(|decision| matches!(decision.choice, Choice::Copy { .. }));
    let news = decisions.iter().filter_map(|decision| match &decision.choice {
        Choice::Result { state: ResultState::Published, release_at, .. } => Some(release_at.unwrap_or(now).max(now)),
        Choice::Result { state: ResultState::Invited, .. }
        | Choice::Document { published: true, .. }
        | Choice::BackCatalogue(true) => Some(now),
        _ => None,
    });
    let Some(from) = news.min() else { return Ok(is_copy.then_some(now)) };
    let subject = staff.state.app.subject(tx, who).await?;
    let is_open = subject.is_some_and(|subject| subject.state() == DossierState::Open);
    Ok(is_open.then_some(from).or(is_copy.then_some(now)))
}

/// The address of a patient's page after something was done.
pub(super) fn back(who: &PatientRef) -> String {
    format!("/p/{}?done=1", who.patient)
}
