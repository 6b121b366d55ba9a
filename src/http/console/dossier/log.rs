//! Who did what with this dossier (release-rules §10 b).

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;

use crate::audit::{self, Action, Actor, Detail, Entry, Event, Outcome};
use crate::domain::decision::Decision;
use crate::domain::dossier::{Employee, RecordType, SourceId};
use crate::domain::ids::PatientRef;
use crate::domain::rights::Right;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Staff, Who};
use crate::http::console::{answer, overview, words};
use crate::http::pages::blocks::{Block, Cell};
use crate::http::pages::my::log;
use crate::http::pages::my::words::record;
use crate::store::{self};

/// The most events on the page, the newest ones.
const MOST: u32 = 500;

/// The access log of a patient.
pub(in crate::http::console) async fn show(staff: Staff, who: Who) -> Response {
    let result = page(&staff, &who.0).await;
    answer(&staff, result)
}

async fn page(staff: &Staff, who: &PatientRef) -> Result<Response, ConsoleError> {
    let app = &staff.state.app;
    let mut tx = staff.write().await?;
    let card = store::cards::find(&mut tx, app.sealer(), who).await?.ok_or(ConsoleError::Missing)?;
    let entries = audit::for_patient(&mut tx, app.sealer(), who, MOST).await?;
    let employees = app.employees(&mut tx, &staff.scope()).await?;
    let decided = store::decisions::history(&mut tx, app.sealer(), who).await?;
    staff.record(&mut tx, "access_log_viewed", Action::Read, Some(who), Detail::default()).await?;
    tx.commit().await?;
    let rows = entries.iter().map(|entry| row(staff, entry, (&employees, &decided))).collect();
    let head = [
        staff.pick("Wanneer", "When"),
        staff.pick("Wie", "Who"),
        staff.pick("Wat", "What"),
        staff.pick("Uitkomst", "Outcome"),
        staff.pick("Gegevens", "Data"),
    ];
    let table = overview::table(staff.pick("Toegangslog", "Access log"), &head, rows);
    let title = format!("{} – {}", card.name, staff.pick("toegangslog", "access log"));
    let text = staff.pick("De nieuwste 500 gebeurtenissen staan bovenaan.", "The newest 500 events, latest first.");
    Ok(staff.page("/patients", &title, vec![Block::Text(text.to_owned()), table]))
}

fn row(staff: &Staff, entry: &Entry, (employees, decided): (&BTreeMap<SourceId, Employee>, &[Decision])) -> Vec<Cell> {
    let event = &entry.event;
    let objects = log::objects(staff.lang(), std::slice::from_ref(event));
    let withheld: u64 = event.detail.withheld.values().sum();
    let mut data = if objects.is_empty() { Vec::new() } else { vec![objects] };
    if withheld > 0 {
        data.push(format!("{withheld} {}", staff.pick("niet getoond", "not shown")));
    }
    data.extend(event.detail.counts.iter().map(|(name, count)| format!("{} ({count})", decided_about(staff, name))));
    data.extend(reasons(event, decided).map(|reason| format!("{}: {reason}", staff.pick("Reden", "Reason"))));
    vec![
        Cell::Text(words::moment(event.at)),
        Cell::Text(actor(staff, &event.actor, employees)),
        Cell::Text(words::deed(staff.lang(), event).to_owned()),
        Cell::Text(outcome(staff, event.outcome, event.detail.reason.as_deref())),
        Cell::Lines(data),
    ]
}

/// What a count is of: `visible:episode` is what was decided about episodes.
fn decided_about<'n>(staff: &Staff, name: &'n str) -> &'n str {
    let t = name.split_once(':').and_then(|(_, t)| RecordType::find(t));
    t.map_or(name, |t| record(staff.lang(), t))
}

/// Why it was done, each reason once: the trail holds no words of anybody, what was decided keeps them under seal (R-X-05).
fn reasons<'d>(event: &Event, decided: &'d [Decision]) -> impl Iterator<Item = &'d str> {
    let by = match &event.actor {
        Actor::Employee { id, .. } if event.action == Action::Update => Some(id.as_str()),
        _ => None,
    };
    let of_event = decided.iter().filter(|decision| decision.at == event.at && Some(decision.by.as_str()) == by);
    let reasons: BTreeSet<&str> = of_event.filter_map(|decision| decision.reason.as_deref()).collect();
    reasons.into_iter()
}

fn actor(staff: &Staff, actor: &Actor, employees: &BTreeMap<SourceId, Employee>) -> String {
    match actor {
        Actor::Patient { .. } => staff.pick("de patiënt", "the patient").to_owned(),
        Actor::Person { pseudonym } if pseudonym.is_empty() => {
            staff.pick("iemand, niet ingelogd", "somebody, not logged in").to_owned()
        }
        Actor::Person { .. } => staff.pick("een vertegenwoordiger", "a representative").to_owned(),
        Actor::Pgo { client_id } => format!("PGO {client_id}"),
        Actor::Employee { id, .. } => {
            let known = id.parse().ok().and_then(|id: SourceId| employees.get(&id));
            known.map_or_else(
                || format!("{} {id}", staff.pick("medewerker", "employee")),
                |employee| format!("{}, {}", employee.name, words::role(staff.lang(), employee.role)),
            )
        }
        Actor::System { name } => format!("{} ({name})", staff.pick("het systeem", "the system")),
    }
}

fn outcome(staff: &Staff, outcome: Outcome, reason: Option<&str>) -> String {
    let word = match outcome {
        Outcome::Done => staff.pick("gedaan", "done"),
        Outcome::Refused => staff.pick("geweigerd", "refused"),
        Outcome::Aborted => staff.pick("afgebroken, niets getoond", "aborted, nothing shown"),
        Outcome::Failed => staff.pick("mislukt", "failed"),
    };
    reason.map_or_else(|| word.to_owned(), |reason| format!("{word} ({})", because(staff, reason)))
}

/// Why it was refused. Codes of gates and of the standard stay what they are: they are looked up by them.
fn because<'c>(staff: &Staff, code: &'c str) -> &'c str {
    match code {
        "excluded" => staff.pick("door de patiënt uitgesloten", "excluded by the patient"),
        "own_dossier" => staff.pick("het eigen dossier", "their own dossier"),
        "not_own_episode" => staff.pick("geen eigen episode", "no episode of their own"),
        "missing" => staff.pick("bestaat niet", "does not exist"),
        "forged" => staff.pick("geen formulier van ons", "no form of ours"),
        "invalid" => staff.pick("kon zo niet", "could not be done like this"),
        _ => Right::find(code).map_or(code, |right| words::right(staff.lang(), right)),
    }
}
