//! Whom the patient does not let look, and what is not shared at the patient's request (R-CO-06, R-CO-07).

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};

use super::{Own, commit, done, seen, viewed};
use crate::audit::{Action, Detail, Objects};
use crate::domain::decision::{Choice, Decisions};
use crate::domain::dossier::{Employee, RecordRef, RecordType, SourceId};
use crate::http::front::error::PageError;
use crate::http::front::visit::{Visit, to_page};
use crate::http::pages::Page;
use crate::http::pages::my::texts::ExclusionTexts;
use crate::http::pages::my::views::{Exclusions, Person};
use crate::http::pages::my::{MyTexts, dates, words};
use crate::http::pages::texts::fill;
use crate::oauth::Params;
use crate::store::{decisions, staff};

/// The form, and where it goes.
const PATH: &str = "/my/exclusions";
/// Who noted an exclusion that the patient made.
const BY: &str = "patient";

/// The employees, and the kinds of what is not shared.
pub(super) async fn show(visit: Visit) -> Response {
    let result = show_exclusions(&visit).await;
    seen(&visit, result).await
}

async fn show_exclusions(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    viewed(visit, &own, "my_exclusions_shown").await?;
    let app = &visit.state.app;
    let mut tx = app.store().read().await?;
    let employees = app.employees(&mut tx, &own.practice.scope).await?;
    let excluded = staff::excluded(&mut tx, &own.who).await?;
    let decided = decisions::that_count(&mut tx, app.sealer(), &own.who).await?;
    tx.close().await?;
    let my = own.my(visit)?;
    let t = &my.m.exclusions;
    let people = employees.iter().filter(|(id, employee)| employee.active || excluded.contains_key(*id));
    let people = people.map(|(id, employee)| {
        let since = excluded.get(id).map(|(at, _)| fill(t.since, &[("date", &dates::day(*at))]));
        let button = if since.is_some() { t.allow } else { t.exclude };
        Person {
            key: key(visit, &own, id),
            name: employee.name.clone(),
            role: words::role(visit.lang, employee.role),
            button: fill(button, &[("name", &employee.name)]),
            since,
        }
    });
    let view = Exclusions {
        frame: own.frame(visit),
        notice: notice(visit, &own, &employees),
        intro: own.say(t.intro),
        people: people.collect(),
        registered: registered(visit, t, &decided),
        hidden: hidden(visit, &own, &decided),
        path: PATH,
        csrf: visit.csrf(PATH)?,
        my,
    };
    Ok(Page::new(view).into_response())
}

/// The name of an employee outside: it tells nothing of how the HIS calls them.
fn key(visit: &Visit, own: &Own, id: &SourceId) -> String {
    let hasher = visit.state.app.sealer().practice_hasher(own.who.practice);
    hasher.record_key(RecordType::Employee, id).to_string()
}

/// What was just done, as the form that did it says.
fn notice(visit: &Visit, own: &Own, employees: &BTreeMap<SourceId, Employee>) -> Option<String> {
    let query = Params::parse(visit.query.as_bytes()).ok()?;
    let t = &MyTexts::of(visit.lang).exclusions;
    let (text, asked) = match (query.single("excluded").ok()?, query.single("allowed").ok()?) {
        (Some(asked), _) => (t.excluded, asked),
        (_, Some(asked)) => (t.allowed, asked),
        _ => return None,
    };
    let (_, employee) = employees.iter().find(|(id, _)| key(visit, own, id) == asked)?;
    Some(fill(text, &[("name", &employee.name)]))
}

/// The kinds of what the patient asked not to share, with how many there are; nothing of what they say.
fn hidden(visit: &Visit, own: &Own, decided: &Decisions) -> Vec<(&'static str, usize)> {
    let own_word = decided.iter().filter(|decision| decision.choice == Choice::PatientHidden(true));
    let here = own_word.map(|decision| (decision.about.t, decision.about.id.clone()));
    let feed = own.standing.subject.index.iter().flat_map(|index| &index.facts.subject.patient_hidden);
    let there = feed.map(|RecordRef { t, id }| (*t, id.clone()));
    let records: BTreeSet<(RecordType, SourceId)> = here.chain(there).collect();
    let mut kinds: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (t, _) in records {
        *kinds.entry(words::record(visit.lang, t)).or_default() += 1;
    }
    kinds.into_iter().collect()
}

/// Who was registered at the desk to act for the patient, and counts today.
fn registered(visit: &Visit, t: &ExclusionTexts, decided: &Decisions) -> Vec<String> {
    let today = decided.registered().filter(|(_, one)| one.counts(visit.moment.today));
    let told = today.map(|(_, one)| {
        let relation = words::relation(visit.lang, one.relation);
        let until = one.to.map(|to| format!(", {}", fill(t.until, &[("date", &dates::date(to))])));
        format!("{}, {relation}{}", one.name, until.unwrap_or_default())
    });
    told.collect()
}

/// Exclude an employee, or let them look again.
pub(super) async fn change(visit: Visit, body: Bytes) -> Response {
    let result = changed(&visit, &body).await;
    done(&visit, result).await
}

async fn changed(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_form(PATH, body)?;
    let own = Own::enter(visit).await?;
    let of = |name: &'static str| form.single(name).ok().flatten();
    let (asked, excludes) = match (of("exclude"), of("allow")) {
        (Some(asked), None) => (asked, true),
        (None, Some(asked)) => (asked, false),
        _ => return Ok(to_page(PATH)),
    };
    let app = &visit.state.app;
    let mut tx = visit.write().await?;
    let employees = app.employees(&mut tx, &own.practice.scope).await?;
    let Some((employee, known)) = employees.into_iter().find(|(id, _)| key(visit, &own, id) == asked) else {
        return Ok(to_page(PATH));
    };
    if staff::exclude(&mut tx, &own.who, &employee, excludes, (BY, visit.moment.at)).await? {
        app.task_exclusion(&mut tx, &own.who, (&known.name, excludes), visit.moment.at).await?;
        let kind = if excludes { "employee_excluded" } else { "employee_allowed" };
        let objects = vec![Objects { kind: "employee".to_owned(), ids: vec![employee.to_string()] }];
        let detail = Detail { objects, ..Detail::default() };
        commit(visit, tx, own.event(visit, kind, Action::Update).with(detail)).await?;
    }
    Ok(to_page(&format!("{PATH}?{}={asked}", if excludes { "excluded" } else { "allowed" })))
}
