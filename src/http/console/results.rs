//! Reviewing results: publish now or later with a conclusion, invite, save, withdraw (release-rules §5).

use std::collections::BTreeSet;

use axum::response::Response;
use jiff::civil::{Date, DateTime, Time};

use super::dossier::decisions::decision;
use super::dossier::items::{Told, key_of, told, value_of};
use super::dossier::{load, of_page, take};
use super::error::ConsoleError;
use super::staff::{Fields, Staff, Who};
use super::{Button, answer, guard, words};
use crate::audit::Action;
use crate::domain::decision::{Choice, Decision, fingerprint};
use crate::domain::dossier::{PatientRecords, RecordType, ResultState, SourceId};
use crate::domain::ids::PatientRef;
use crate::domain::release::{Item, ItemKey, Topic};
use crate::domain::time::Timestamp;
use crate::http::pages::blocks::{Block, Cell, Check, Input, Select};
use crate::store::Tx;

/// The longest conclusion, in characters.
const LONGEST: usize = 2000;
/// Settings with the practice's template texts (maskerbrief): `page.template.1` to `page.template.9`.
const TEMPLATES: &str = "page.template.";
/// Stands between an item and what the page showed of it; no id has it.
const MARK: char = '@';

/// The results of a patient, those that wait first.
pub(super) async fn show(staff: Staff, who: Who) -> Response {
    let result = page(&staff, &who.0).await;
    answer(&staff, result)
}

async fn page(staff: &Staff, who: &PatientRef) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    let loaded = load(staff, &mut tx, who).await?;
    let settings = crate::store::settings::load_effective(&mut tx, &staff.scope()).await?;
    let own = own_episodes(staff, &mut tx, who).await?;
    let records = staff.state.importer.records(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
    staff.record(&mut tx, "dossier_viewed", Action::Read, Some(who), of_page("results")).await?;
    tx.commit().await?;
    let mut results: Vec<Told<'_>> =
        loaded.full.iter().flat_map(told).filter(|told| state_of(told).is_some()).collect();
    results.sort_by_key(|told| (state_of(told) != Some(ResultState::Received), std::cmp::Reverse(date_of(told))));
    let rows = results.iter().map(|told| {
        row(staff, told, seen_of(&records, &told.item.key).filter(|_| may_decide(own.as_ref(), told.item)))
    });
    let rows = rows.collect();
    let head = [
        staff.pick("Kies", "Choose"),
        staff.pick("Bepaling", "Determination"),
        staff.pick("Datum", "Date"),
        staff.pick("Waarde", "Value"),
        staff.pick("Nu", "Now"),
    ];
    let table = super::overview::table(staff.pick("Uitslagen", "Results"), &head, rows);
    let templates = settings.iter().filter(|(key, _)| key.starts_with(TEMPLATES)).map(|(_, text)| text.clone());
    let mut options = vec![(String::new(), staff.pick("geen: eigen tekst", "none: own text").to_owned())];
    options.extend(templates.map(|text| (text.clone(), text)));
    let template = Select {
        name: "template".to_owned(),
        label: staff.pick("Maskerbrief", "Template text").to_owned(),
        value: String::new(),
        options,
        scope: 0,
    };
    let parts = vec![
        table,
        Block::Select(template),
        Block::Area(Input::text("conclusion", staff.pick("Conclusie", "Conclusion")).hinting(staff.pick(
            "Verplicht bij publiceren. De patiënt leest dit.",
            "Mandatory when publishing. The patient reads this.",
        ))),
        Block::Input(Input::text("day", staff.pick("Publiceren op (leeg: nu)", "Publish on (empty: now)")).of("date")),
        Block::Input(Input::text("time", staff.pick("Om", "At")).of("time").holding("09:00")),
    ];
    let buttons = vec![
        Button::action("publish", staff.pick("Publiceren", "Publish")),
        Button::action("invite", staff.pick("Patiënt uitnodigen", "Invite the patient")),
        Button::action("save", staff.pick("Opslaan", "Save")),
        Button::action("withdraw", staff.pick("Intrekken", "Withdraw")),
    ];
    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    blocks.push(staff.form(format!("/p/{}/results", who.patient), parts, buttons));
    let title = format!("{} – {}", loaded.card.name, staff.pick("uitslagen", "results"));
    Ok(staff.page("/patients", &title, blocks))
}

fn state_of(told: &Told<'_>) -> Option<ResultState> {
    match &told.item.topic {
        Topic::Observation(result) => Some(result.state),
        _ => None,
    }
}

fn date_of(told: &Told<'_>) -> String {
    told.summary.as_ref().and_then(|summary| summary.date.clone()).unwrap_or_default()
}

fn row(staff: &Staff, told: &Told<'_>, seen: Option<String>) -> Vec<Cell> {
    let Topic::Observation(result) = &told.item.topic else { return Vec::new() };
    let check = seen.map(|seen| {
        Cell::Check(Check {
            name: "item",
            value: format!("{}{MARK}{}", value_of(&told.item.key), short(&seen)),
            label: staff.pick("Kies", "Choose").to_owned() + ": " + &told.title(),
            checked: false,
            scope: 0,
        })
    });
    let check = check.unwrap_or_else(|| Cell::Text(String::new()));
    let mut now = vec![words::result_state(staff.lang(), result.state).to_owned()];
    if let (ResultState::Published, Some(at)) = (result.state, result.release_at) {
        let word =
            if at > staff.at().at { staff.pick("pas vanaf", "not before") } else { staff.pick("sinds", "since") };
        now.push(format!("{word} {}", words::moment(at)));
    }
    vec![check, Cell::Text(told.title()), Cell::Text(told.date()), Cell::Text(told.text()), Cell::Lines(now)]
}

/// What a result says, as it is to be looked at before anything is decided about it.
fn seen_of(records: &PatientRecords, key: &ItemKey) -> Option<String> {
    match key.t {
        RecordType::Observation => {
            let record = records.observations.iter().find(|record| record.id == key.id)?;
            Some(fingerprint(&record.d))
        }
        _ => {
            let record = records.resources.iter().find(|record| record.id == key.id)?;
            Some(crate::mapping::feed::fingerprint(&record.d))
        }
    }
}

/// The same as a short word for the form: what the page showed is what is decided about (R-LAB-10).
fn short(seen: &str) -> String {
    crate::seal::hex(&crate::seal::sha256(seen.as_bytes())[..8])
}

/// The episodes whose results this employee may decide about; `None`: all there are (release-rules §6.3).
async fn own_episodes(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
) -> Result<Option<BTreeSet<SourceId>>, ConsoleError> {
    if !staff.rights.own_episodes_only() {
        return Ok(None);
    }
    let records = staff.state.importer.records(tx, who).await?;
    Ok(Some(records.iter().flat_map(|records| records.episodes_of(&staff.id)).cloned().collect()))
}

/// A result of no episode is nobody's own.
fn may_decide(own: Option<&BTreeSet<SourceId>>, item: &Item) -> bool {
    own.is_none_or(|own| item.episodes.iter().any(|episode| own.contains(episode)))
}

/// What was decided about the chosen results.
pub(super) async fn decide(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = settle(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn settle(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let refuse = |nl: &str, en: &str| Err(ConsoleError::Refused(staff.pick(nl, en).to_owned()));
    let chosen = fields.all("item").map(|value| {
        let (key, seen) = value.split_once(MARK)?;
        Some((key_of(key)?, seen.to_owned()))
    });
    let keys: Option<Vec<(ItemKey, String)>> = chosen.collect();
    let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
        return refuse("Kies ten minste één uitslag.", "Choose at least one result.");
    };
    let (state, kind) = match fields.get("action") {
        Some("publish") => (ResultState::Published, "result_published"),
        Some("invite") => (ResultState::Invited, "patient_invited"),
        Some("save") => (ResultState::Saved, "result_saved"),
        Some("withdraw") => (ResultState::Withdrawn, "result_withdrawn"),
        _ => return Err(ConsoleError::Missing),
    };
    let conclusion = fields.get("conclusion").or_else(|| fields.get("template"));
    if conclusion.is_some_and(|text| text.chars().count() > LONGEST) {
        return refuse("De conclusie is langer dan 2000 tekens.", "The conclusion is longer than 2000 characters.");
    }
    let mut release_at = None;
    if state == ResultState::Published {
        // R-LAB-03
        if conclusion.is_none() {
            return refuse(
                "Een conclusie is verplicht (CONCLUSION_REQUIRED).",
                "A conclusion is mandatory (CONCLUSION_REQUIRED).",
            );
        }
        release_at = Some(moment(staff, fields)?);
    }
    let decisions = decisions(staff, who, &keys, |seen| Choice::Result {
        state,
        release_at,
        conclusion: conclusion.filter(|_| state == ResultState::Published).map(str::to_owned),
        seen,
    })
    .await?;
    take(staff, who, kind, decisions, &format!("/p/{}/results?done=1", who.patient)).await
}

/// When it is shown: now, or at a time that was typed. One that exists twice is the first (E21), one that does not exist is refused
/// (E22).
fn moment(staff: &Staff, fields: &Fields) -> Result<Timestamp, ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let Some(day) = fields.get("day") else { return Ok(staff.at().at) };
    let wrong = || refuse("Geef een dag en een tijd.", "Give a day and a time.");
    let day: Date = day.parse().map_err(|_| wrong())?;
    let time: Time = fields.get("time").unwrap_or("09:00").parse().map_err(|_| wrong())?;
    let at = Timestamp::typed(DateTime::from_parts(day, time))
        .ok_or_else(|| refuse("Deze tijd bestaat niet.", "This time does not exist."))?;
    if at < staff.at().at {
        return Err(refuse("Deze tijd is al voorbij.", "This time has passed."));
    }
    Ok(at)
}

/// A decision on each of these results of the patient, with what was seen of it.
async fn decisions(
    staff: &Staff,
    who: &PatientRef,
    keys: &[(ItemKey, String)],
    choice: impl Fn(String) -> Choice,
) -> Result<Vec<Decision>, ConsoleError> {
    let mut tx = staff.read().await?;
    let subject = staff.state.app.subject(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
    let records = staff.state.importer.records(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
    let own = own_episodes(staff, &mut tx, who).await?;
    tx.close().await?;
    let index = subject.index.ok_or(ConsoleError::Missing)?;
    let mut decisions = Vec::with_capacity(keys.len());
    for (key, shown) in keys {
        let is_result = |item: &&Item| item.key == *key && matches!(item.topic, Topic::Observation(_));
        let item = index.facts.items().iter().find(is_result).ok_or(ConsoleError::Missing)?;
        if !may_decide(own.as_ref(), item) {
            return Err(guard::deny(staff, "/p/{patient}/results", "not_own_episode", Some(who)).await);
        }
        let seen = seen_of(&records, key).ok_or(ConsoleError::Missing)?;
        if short(&seen) != *shown {
            let text = staff.pick(
                "Deze uitslag is intussen gewijzigd. Bekijk hem opnieuw.",
                "This result has changed meanwhile. Look at it again.",
            );
            return Err(ConsoleError::Refused(text.to_owned()));
        }
        decisions.push(decision(staff, key.clone(), choice(seen), None));
    }
    Ok(decisions)
}
