//! The work list (postvak): what waits for a person.

use axum::response::Response;

use super::error::ConsoleError;
use super::staff::Staff;
use super::{alarms, answer, marks, words};
use crate::audit::{self, Action, Actor, Detail, Kind};
use crate::domain::dossier::DossierState;
use crate::domain::ids::PatientId;
use crate::domain::rights::Right;
use crate::domain::time::Timestamp;
use crate::http::pages::blocks::{Block, Cell, Link, Table};
use crate::store::cards::{Card, Waiting};
use crate::store::requests::OpenRequest;
use crate::store::{self};

/// The most rows of one list; the rest comes up as these are dealt with, so that a page of a busy practice stays quick.
const MOST: u32 = 100;
/// A request that waits longer than this is said to be late: half of the legal month (R-DR-08).
const REMINDER_DAYS: i32 = 14;
/// The newest openings that are looked at.
const NOTICES: u32 = 100;
/// The legal term, in days.
pub(super) const TERM_DAYS: i32 = 30;

/// Everything of the list, read at once.
struct Waits {
    dossiers: Vec<(PatientId, DossierState, Timestamp)>,
    requests: Vec<OpenRequest>,
    patients: Vec<(PatientId, Waiting)>,
    cards: std::collections::HashMap<PatientId, Card>,
    held: usize,
    proposals: usize,
    opened: Vec<(PatientId, Timestamp)>,
    marks: Vec<(PatientId, Card, Timestamp)>,
    alarms: Option<alarms::Loaded>,
}

pub(super) async fn show(staff: Staff) -> Response {
    let result = list(&staff).await;
    answer(&staff, result)
}

async fn list(staff: &Staff) -> Result<Response, ConsoleError> {
    let waits = load(staff).await?;
    let mut blocks = Vec::new();
    if staff.may(Right::ViewDossier) {
        blocks.push(super::patients::form(staff, None));
    }
    if staff.may(Right::ReleaseDossier) || staff.may(Right::RefuseRequest) {
        blocks.extend(dossiers(staff, &waits));
        blocks.extend(requests(staff, &waits));
        blocks.extend(opened(staff, &waits));
    }
    if staff.may(Right::PublishResult) || staff.may(Right::PublishDocument) {
        blocks.extend(reviews(staff, &waits));
    }
    blocks.extend(marks::block(staff, &waits.marks));
    blocks.extend(waits.alarms.as_ref().map(|alarms| alarms::block(staff, alarms)));
    if staff.may(Right::PracticeSettings) && waits.held > 0 {
        let text = staff.pick(
            "Er wacht een levering van het HIS op een beslissing.",
            "A delivery of the HIS waits for a decision.",
        );
        blocks.push(Block::Notice(text.to_owned()));
        let link =
            Link { href: "/imports".into(), text: staff.pick("Naar de leveringen", "To the deliveries").to_owned() };
        blocks.push(Block::Links(vec![link]));
    }
    if staff.may(Right::EmployeeRights) && waits.proposals > 0 {
        let text = staff.pick(
            "Een voorstel voor rechten wacht op een tweede persoon.",
            "A proposal for rights waits for a second person.",
        );
        blocks.push(Block::Notice(text.to_owned()));
    }
    if blocks.is_empty() {
        let text = staff.pick("U hebt geen rechten in deze praktijk.", "You have no rights in this practice.");
        blocks.push(Block::Text(text.to_owned()));
    }
    Ok(staff.page("/", staff.pick("Postvak", "Work list"), blocks))
}

/// A constant number of queries, however much waits.
async fn load(staff: &Staff) -> Result<Waits, ConsoleError> {
    let (app, scope) = (&staff.state.app, staff.scope());
    let mut tx = staff.write().await?;
    let roll = app.roll(&mut tx, &scope).await?;
    let states = [DossierState::Requested, DossierState::OnHold];
    let closed = store::staff::closed_to(&mut tx, &scope, &staff.id).await?;
    let mut dossiers = roll.in_state(&states);
    dossiers.retain(|(patient, ..)| !closed.contains(patient));
    dossiers.truncate(MOST as usize + 1);
    let mut requests = store::requests::open(&mut tx, &scope, MOST + 1).await?;
    requests.retain(|request| !closed.contains(&request.patient));
    let mut patients = store::cards::waiting(&mut tx, &scope, MOST + 1).await?;
    patients.retain(|(patient, _)| !closed.contains(patient));
    let mut opened = opened_by_themselves(staff, &mut tx).await?;
    opened.retain(|(patient, _)| !closed.contains(patient));
    let named = dossiers.iter().map(|(id, ..)| *id).chain(requests.iter().map(|request| request.patient));
    let named = named.chain(opened.iter().map(|(id, _)| *id));
    let named = named.chain(patients.iter().map(|(id, _)| *id));
    let cards = named.filter_map(|id| Some((id, roll.card(&id)?.clone()))).collect();
    let latest = store::deliveries::latest(&mut tx, &scope, 20).await?;
    let (_, proposals) = store::staff::rights(&mut tx, &scope).await?;
    let mut marks = marks::load(staff, &mut tx).await?;
    marks.retain(|(patient, ..)| !closed.contains(patient));
    let alarms = alarms::load(staff, &mut tx, (&roll, &closed)).await?;
    staff.record(&mut tx, "worklist_viewed", Action::Read, None, Detail::default()).await?;
    tx.commit().await?;
    let last = staff.practice.last_seq();
    let held = latest.iter().filter(|delivery| delivery.waits_after(last) && delivery.let_through.is_none()).count();
    Ok(Waits { dossiers, requests, patients, cards, held, proposals: proposals.len(), opened, marks, alarms })
}

/// Dossiers that the patient's first visit opened lately, when the practice wants to be told (R-DR-03).
async fn opened_by_themselves(
    staff: &Staff,
    tx: &mut store::Tx<'_>,
) -> Result<Vec<(PatientId, Timestamp)>, ConsoleError> {
    let app = &staff.state.app;
    let told = app.policy(tx, staff.practice.id).await?.is_some_and(|policy| policy.auto_notice);
    if !told {
        return Ok(Vec::new());
    }
    let kind = Kind::new("dossier_opened").unwrap_or(Kind::UNNAMED);
    let events = audit::of_kind(tx, app.sealer(), &staff.scope(), &kind, NOTICES).await?;
    let since = staff.at().at.plus_local_days(-REMINDER_DAYS);
    let by_themselves = events
        .into_iter()
        .map(|entry| entry.event)
        .filter(|event| event.at >= since && matches!(event.actor, Actor::Patient { .. }));
    Ok(by_themselves.filter_map(|event| Some((event.patient?, event.at))).collect())
}

fn opened(staff: &Staff, waits: &Waits) -> Option<Block> {
    let rows: Vec<Vec<Cell>> = waits
        .opened
        .iter()
        .map(|(patient, at)| {
            vec![name(staff, &waits.cards, patient), birth(&waits.cards, patient), Cell::Text(words::moment(*at))]
        })
        .collect();
    let head = [staff.pick("Patiënt", "Patient"), staff.pick("Geboren", "Born"), staff.pick("Sinds", "Since")];
    let caption =
        staff.pick("Automatisch opengesteld in de laatste 14 dagen", "Opened by themselves in the last 14 days");
    (!rows.is_empty()).then(|| table(caption, &head, rows))
}

fn dossiers(staff: &Staff, waits: &Waits) -> Vec<Block> {
    let lang = staff.lang();
    let rows = waits.dossiers.iter().map(|(patient, state, since)| {
        let due = since.plus_local_days(TERM_DAYS);
        vec![
            name(staff, &waits.cards, patient),
            birth(&waits.cards, patient),
            Cell::Text(words::state(lang, *state).to_owned()),
            Cell::Text(words::moment(*since)),
            Cell::Text(term(staff, *since, due)),
        ]
    });
    first(
        staff,
        staff.pick("Verzoeken om inzage", "Requests for access"),
        &[
            staff.pick("Patiënt", "Patient"),
            staff.pick("Geboren", "Born"),
            staff.pick("Status", "State"),
            staff.pick("Sinds", "Since"),
            staff.pick("Antwoord uiterlijk op", "Answer before"),
        ],
        rows.collect(),
    )
}

/// The last day of the term, with a word when half of it has gone (R-DR-08).
fn term(staff: &Staff, since: Timestamp, due: Timestamp) -> String {
    let day = words::day(due.local_date());
    let now = staff.at().at;
    if now >= due {
        return format!("{day} – {}", staff.pick("te laat", "overdue"));
    }
    if now >= since.plus_local_days(REMINDER_DAYS) {
        return format!("{day} – {}", staff.pick("herinnering", "reminder"));
    }
    day
}

fn requests(staff: &Staff, waits: &Waits) -> Vec<Block> {
    let lang = staff.lang();
    let rows = waits.requests.iter().map(|request| {
        let due = request.requested_at.plus_local_days(TERM_DAYS);
        vec![
            name(staff, &waits.cards, &request.patient),
            birth(&waits.cards, &request.patient),
            Cell::Text(words::request(lang, request.kind).to_owned()),
            Cell::Text(words::moment(request.requested_at)),
            Cell::Text(term(staff, request.requested_at, due)),
        ]
    });
    first(
        staff,
        staff.pick("Andere verzoeken van patiënten", "Other requests of patients"),
        &[
            staff.pick("Patiënt", "Patient"),
            staff.pick("Geboren", "Born"),
            staff.pick("Verzoek", "Request"),
            staff.pick("Sinds", "Since"),
            staff.pick("Antwoord uiterlijk op", "Answer before"),
        ],
        rows.collect(),
    )
}

fn reviews(staff: &Staff, waits: &Waits) -> Vec<Block> {
    // Who may not review gets the number without a way there.
    let number = |right: Right, count: i64, href: String| match staff.may(right) {
        true => Cell::Link(Link { href, text: count.to_string() }),
        false => Cell::Text(count.to_string()),
    };
    let rows = waits.patients.iter().map(|(patient, waiting)| {
        vec![
            name(staff, &waits.cards, patient),
            birth(&waits.cards, patient),
            number(Right::PublishResult, waiting.results, format!("/p/{patient}/results")),
            number(Right::PublishResult, waiting.saved, format!("/p/{patient}/results")),
            number(Right::PublishDocument, waiting.documents, format!("/p/{patient}/documents")),
            Cell::Text(waiting.unconfirmed.to_string()),
        ]
    });
    first(
        staff,
        staff.pick("Uitslagen en documenten om te beoordelen", "Results and documents to review"),
        &[
            staff.pick("Patiënt", "Patient"),
            staff.pick("Geboren", "Born"),
            staff.pick("Uitslagen", "Results"),
            staff.pick("Bewaard of uitgenodigd", "Kept or invited"),
            staff.pick("Documenten", "Documents"),
            staff.pick("Episodes om te bevestigen", "Episodes to confirm"),
        ],
        rows.collect(),
    )
}

pub(super) fn name(staff: &Staff, cards: &std::collections::HashMap<PatientId, Card>, patient: &PatientId) -> Cell {
    let text =
        cards.get(patient).map_or_else(|| staff.pick("onbekend", "unknown").to_owned(), |card| card.name.clone());
    Cell::Link(Link { href: format!("/p/{patient}"), text })
}

fn birth(cards: &std::collections::HashMap<PatientId, Card>, patient: &PatientId) -> Cell {
    Cell::Text(cards.get(patient).map(|card| card.birth.to_dutch()).unwrap_or_default())
}

/// The first rows of a list, and a word about the rest.
fn first(staff: &Staff, caption: &str, head: &[&str], mut rows: Vec<Vec<Cell>>) -> Vec<Block> {
    let most = MOST as usize;
    let is_cut = rows.len() > most;
    rows.truncate(most);
    let text = staff.pick(
        "Hier staan de eerste 100. De rest volgt zodra deze zijn afgehandeld; zoeken kan altijd.",
        "These are the first 100. The rest follows as they are dealt with; searching is always possible.",
    );
    let rest = is_cut.then(|| Block::Text(text.to_owned()));
    std::iter::once(table(caption, head, rows)).chain(rest).collect()
}

/// A table; an empty one says so.
pub(super) fn table(caption: &str, head: &[&str], rows: Vec<Vec<Cell>>) -> Block {
    let head = head.iter().map(|&name| name.to_owned()).collect();
    // A table without cells says nothing to who hears it.
    if rows.is_empty() {
        return Block::Text(format!("{caption}: 0"));
    }
    Block::Table(Table { caption: caption.to_owned(), head, rows })
}
