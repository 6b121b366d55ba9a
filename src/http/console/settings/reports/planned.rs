//! Extractions that are planned: what is to come, what came, and fetching a file. Everybody sees their own only; making them is
//! `tasks::extractions`.

use axum::response::Response;
use jiff::civil::{Date, DateTime, Time};
use uuid::Uuid;

use super::{file, told, wanted};
use crate::audit::{Action, Detail};
use crate::domain::extraction::{KEPT_DAYS, Schedule, Wanted};
use crate::domain::time::Timestamp;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff};
use crate::http::console::{Button, extraction, login, overview, words};
use crate::http::context::random;
use crate::http::pages::blocks::{Block, Cell};
use crate::store::reports::{Fate, Plan, ReportId, Turn};
use crate::store::{self};

/// The most plans of one employee.
const MOST_PLANS: usize = 20;

/// Plans and what came of them, as forms with a button in each row.
pub(super) fn lists(staff: &Staff, plans: &[Plan], turns: &[Turn]) -> [Block; 2] {
    let head = [
        staff.pick("Wordt gemaakt op", "Is made at"),
        staff.pick("Herhalen", "Repeat"),
        staff.pick("Wat", "What"),
        staff.pick("Status", "State"),
        staff.pick("Stoppen", "Stop"),
    ];
    let rows = plans.iter().map(|plan| plan_row(staff, plan)).collect();
    let planned = overview::table(staff.pick("Door u gepland", "Planned by you"), &head, rows);
    let head = [
        staff.pick("Gemaakt op", "Made at"),
        staff.pick("Wat", "What"),
        staff.pick("Regels", "Rows"),
        staff.pick("Status", "State"),
        staff.pick("Ophalen", "Fetch"),
    ];
    let rows = turns.iter().map(|turn| turn_row(staff, turn)).collect();
    let made = overview::table(staff.pick("Gemaakt voor u", "Made for you"), &head, rows);
    [staff.form("/reports", vec![planned], Vec::new()), staff.form("/reports", vec![made], Vec::new())]
}

fn plan_row(staff: &Staff, plan: &Plan) -> Vec<Cell> {
    let when = words::moment(plan.due_at);
    let repeats = match plan.schedule.monthly {
        Some(day) => format!("{} {day}", staff.pick("elke maand op dag", "each month on day")),
        None => staff.pick("één keer", "once").to_owned(),
    };
    let state = match plan.attempts {
        0 => staff.pick("gepland", "planned"),
        _ => staff.pick("niet gelukt, wordt opnieuw geprobeerd", "did not work, is tried again"),
    };
    let stop = Button {
        name: "stop",
        value: Uuid::from_bytes(plan.id).to_string(),
        label: format!("{} {when}", staff.pick("Stop", "Stop")),
    };
    vec![
        Cell::Text(when),
        Cell::Text(repeats),
        Cell::Lines(what(staff, &plan.wanted)),
        Cell::Text(state.to_owned()),
        Cell::Button(stop),
    ]
}

fn turn_row(staff: &Staff, turn: &Turn) -> Vec<Cell> {
    let made = words::moment(turn.made_at);
    let until = words::day(turn.made_at.plus_local_days(KEPT_DAYS).local_date());
    let state = match &turn.fate {
        Fate::Waits => format!("{} {until}", staff.pick("klaar, wordt verwijderd op", "ready, is deleted on")),
        Fate::Fetched(at) => {
            format!("{} {}", staff.pick("opgehaald en verwijderd op", "fetched and deleted on"), words::moment(*at))
        }
        Fate::Lapsed(at) => {
            format!("{} {}", staff.pick("niet opgehaald, verwijderd op", "not fetched, deleted on"), words::moment(*at))
        }
        Fate::Failed(reason) => failure(staff, reason).to_owned(),
    };
    let fetch = match turn.fate {
        Fate::Waits => Cell::Button(Button {
            name: "fetch",
            value: Uuid::from_bytes(turn.id).to_string(),
            label: format!("{} {made}", staff.pick("Haal op:", "Fetch:")),
        }),
        _ => Cell::Text("–".to_owned()),
    };
    vec![
        Cell::Text(made),
        Cell::Lines(what(staff, &turn.wanted)),
        Cell::Text(turn.rows.to_string()),
        Cell::Text(state),
        fetch,
    ]
}

fn failure<'t>(staff: &'t Staff, reason: &str) -> &'t str {
    match reason {
        "no_right" => staff.pick(
            "mislukt en gestopt: u had het recht op rapporten niet meer",
            "failed and stopped: you no longer had the right to reports",
        ),
        _ => staff.pick(
            "mislukt: het bestand kon niet worden gemaakt; bel de technisch beheerder",
            "failed: the file could not be made; call the operator",
        ),
    }
}

fn what(staff: &Staff, wanted: &Wanted) -> Vec<String> {
    let lang = staff.lang();
    let mut lines = vec![format!("{}, {}", extraction::choice_name(lang, wanted.choice), wanted.format.as_str())];
    let columns: Vec<&str> = wanted.columns.iter().map(|column| extraction::column_name(lang, *column)).collect();
    if !columns.is_empty() {
        lines.push(columns.join(", "));
    }
    lines
}

/// Plans an extraction.
pub(super) async fn plan(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let wanted = wanted(staff, fields)?;
    let (schedule, due_at) = schedule(staff, fields)?;
    let (scope, by) = (staff.scope(), staff.id.to_string());
    let mut tx = staff.write().await?;
    if store::reports::plans(&mut tx, &scope, &by).await?.len() >= MOST_PLANS {
        let text = staff.pick(
            "U hebt al 20 geplande extracties. Stop er eerst een.",
            "You have 20 planned extractions already. Stop one first.",
        );
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    let mut detail = told(&wanted);
    detail.facts.insert("due".to_owned(), due_at.to_rfc3339());
    detail.facts.insert("repeat".to_owned(), if schedule.monthly.is_some() { "monthly" } else { "once" }.to_owned());
    let plan = Plan { id: random()?, scope, wanted, schedule, due_at, attempts: 0, at: staff.at().at, by };
    detail.facts.insert("plan".to_owned(), Uuid::from_bytes(plan.id).to_string());
    store::reports::plan(&mut tx, &plan).await?;
    staff.record(&mut tx, "report_planned", Action::Create, None, detail).await?;
    tx.commit().await?;
    Ok(login::to("/reports?done=1"))
}

/// The moment that was typed. A time that exists twice is the first (E21), one that does not exist is refused (E22).
fn schedule(staff: &Staff, fields: &Fields) -> Result<(Schedule, Timestamp), ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let day: Date = fields.get("day").and_then(|day| day.parse().ok()).ok_or_else(|| {
        refuse("Dag: geef de dag waarop de extractie wordt gemaakt.", "Day: give the day on which it is made.")
    })?;
    let wall: Time = fields
        .get("time")
        .and_then(|time| time.parse().ok())
        .ok_or_else(|| refuse("Tijd: geef een tijd, zoals 09:00.", "Time: give a time, such as 09:00."))?;
    let monthly = match fields.get("repeat") {
        None | Some("once") => None,
        Some("monthly") => Some(day.day()),
        Some(_) => return Err(ConsoleError::Missing),
    };
    let due_at = Timestamp::typed(DateTime::from_parts(day, wall))
        .ok_or_else(|| refuse("Tijd: deze tijd bestaat niet.", "Time: this time does not exist."))?;
    if due_at <= staff.at().at {
        return Err(refuse("Dag en tijd: dit is al voorbij.", "Day and time: this has passed."));
    }
    Ok((Schedule { wall, monthly }, due_at))
}

fn id_of(text: &str) -> Result<ReportId, ConsoleError> {
    Uuid::parse_str(text).map(Uuid::into_bytes).map_err(|_| ConsoleError::Missing)
}

/// Drops a plan.
pub(super) async fn stop(staff: &Staff, id: &str) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    if !store::reports::stop(&mut tx, &staff.scope(), id_of(id)?, staff.id.as_str()).await? {
        return Err(ConsoleError::Missing);
    }
    let mut detail = Detail::default();
    detail.facts.insert("plan".to_owned(), id.to_owned());
    staff.record(&mut tx, "report_plan_stopped", Action::Delete, None, detail).await?;
    tx.commit().await?;
    Ok(login::to("/reports?done=1"))
}

/// Hands the file out, once; it is deleted, and that is on record, before it leaves.
pub(super) async fn fetch(staff: &Staff, id: &str) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    let name = (id_of(id)?, staff.id.as_str());
    let found = store::reports::fetch(&mut tx, staff.state.app.sealer(), &staff.scope(), name, staff.at().at).await?;
    let (wanted, bytes) = found.ok_or(ConsoleError::Missing)?;
    let mut detail = told(&wanted);
    detail.facts.insert("file".to_owned(), id.to_owned());
    staff.record(&mut tx, "report_fetched", Action::Read, None, detail).await?;
    tx.commit().await?;
    Ok(file(&wanted, bytes))
}
