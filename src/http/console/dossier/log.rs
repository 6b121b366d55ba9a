//! Who did what with this dossier (release-rules §10 b).

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;

use crate::audit::{self, Action, Actor, Detail, Entry, Event, Outcome};
use crate::domain::decision::Decision;
use crate::domain::dossier::{Employee, RecordType, SourceId};
use crate::domain::ids::PatientRef;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Staff, Who};
use crate::http::console::{answer, overview, words};
use crate::http::pages::blocks::{Block, Cell, Link};
use crate::http::pages::my::log;
use crate::http::pages::my::words::record;
use crate::store::{self};

/// Events on one page.
const MOST: u32 = 500;

/// The access log of a patient, the newest events or those before one (`?before=`).
pub(in crate::http::console) async fn show(staff: Staff, who: Who) -> Response {
    let result = page(&staff, &who.0).await;
    answer(&staff, result)
}

async fn page(staff: &Staff, who: &PatientRef) -> Result<Response, ConsoleError> {
    let app = &staff.state.app;
    let mut tx = staff.write().await?;
    let card = store::cards::find(&mut tx, app.sealer(), who).await?.ok_or(ConsoleError::Missing)?;
    let before = before(&staff.visit.query);
    let mut entries =
        audit::for_patient_before(&mut tx, app.sealer(), who, (before.unwrap_or(i64::MAX), MOST + 1)).await?;
    let employees = app.employees(&mut tx, &staff.scope()).await?;
    let decided = store::decisions::history(&mut tx, app.sealer(), who).await?;
    staff.record(&mut tx, "access_log_viewed", Action::Read, Some(who), Detail::default()).await?;
    tx.commit().await?;
    let more = entries.len() > MOST as usize;
    entries.truncate(MOST as usize);
    let older = entries.last().filter(|_| more).map(|entry| entry.seq);
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
    let text = staff.pick(
        "Tot 500 gebeurtenissen op een bladzijde, de nieuwste bovenaan.",
        "Up to 500 events on a page, latest first.",
    );
    let mut blocks = vec![Block::Text(text.to_owned()), table];
    blocks.extend(pages(staff, who, (before.is_some(), older)));
    Ok(staff.page("/patients", &title, blocks))
}

/// The number of the event before which the page ends. What is no number asks for the newest.
fn before(query: &str) -> Option<i64> {
    let (_, value) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "before")?;
    value.parse().ok().filter(|number| *number > 0)
}

/// The ways to older events and back to the newest.
fn pages(staff: &Staff, who: &PatientRef, (is_older, older): (bool, Option<i64>)) -> Option<Block> {
    let address = format!("/p/{}/log", who.patient);
    let newest = is_older.then(|| Link {
        href: address.clone(),
        text: staff.pick("Nieuwste gebeurtenissen", "Newest events").to_owned(),
    });
    let older = older.map(|number| Link {
        href: format!("{address}?before={number}"),
        text: staff.pick("Oudere gebeurtenissen", "Older events").to_owned(),
    });
    let links: Vec<Link> = older.into_iter().chain(newest).collect();
    (!links.is_empty()).then_some(Block::Links(links))
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
        Cell::Lines(outcome(staff, event.outcome, event.detail.reason.as_deref())),
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

/// How it ended, and why when that is known.
fn outcome(staff: &Staff, outcome: Outcome, reason: Option<&str>) -> Vec<String> {
    let word = match outcome {
        Outcome::Done => staff.pick("gedaan", "done"),
        Outcome::Refused => staff.pick("geweigerd", "refused"),
        Outcome::Aborted => staff.pick("afgebroken, niets getoond", "aborted, nothing shown"),
        Outcome::Failed => staff.pick("mislukt", "failed"),
    };
    let reason = reason.map(|reason| words::because(staff.lang(), reason));
    std::iter::once(word.to_owned()).chain(reason).collect()
}
