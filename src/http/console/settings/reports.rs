//! Figures of the practice, and the extraction of its dossiers with chosen columns (release-rules §6.5).

use std::collections::HashMap;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::audit::{self, Action, Actor, Detail, Kind};
use crate::domain::ids::PatientId;
use crate::domain::time::Timestamp;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff};
use crate::http::console::{Button, answer, words};
use crate::http::pages::blocks::{Block, Check, Select};
use crate::sheet;
use crate::store::cards::Card;
use crate::store::patients::Usage;
use crate::store::{self};

/// Openings that are looked at for who opened a dossier.
const MOST: u32 = 100_000;

/// A column of the extraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Column {
    name: &'static str,
    nl: &'static str,
    en: &'static str,
}

const COLUMNS: [Column; 9] = [
    Column { name: "number", nl: "nummer in het HIS", en: "number in the HIS" },
    Column { name: "name", nl: "naam", en: "name" },
    Column { name: "birth", nl: "geboortedatum", en: "birth date" },
    Column { name: "state", nl: "dossier", en: "dossier" },
    Column { name: "opened_at", nl: "opengesteld op", en: "opened at" },
    Column { name: "opened_by", nl: "opengesteld door", en: "opened by" },
    Column { name: "linked", nl: "gekoppeld aan een PGO", en: "linked to a PGO" },
    Column { name: "pgo_count", nl: "aantal PGO’s", en: "number of PGOs" },
    Column { name: "last_retrieval", nl: "laatst opgehaald", en: "last retrieved" },
];

pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = page(&staff).await;
    answer(&staff, result)
}

async fn page(staff: &Staff) -> Result<Response, ConsoleError> {
    let mut tx = staff.read().await?;
    let patients = store::patients::count(&mut tx, &staff.scope()).await?;
    let figures = store::patients::figures(&mut tx, &staff.scope()).await?;
    tx.close().await?;
    let share = (figures.retrieved * 100).checked_div(patients).unwrap_or_default();
    let facts = [
        (staff.pick("Patiënten", "Patients"), patients.to_string()),
        (staff.pick("Dossiers hier opengesteld", "Dossiers opened here"), figures.open.to_string()),
        (staff.pick("Geldige toestemmingen", "Standing consents"), figures.consents.to_string()),
        (staff.pick("Patiënten die ophaalden", "Patients who collected"), format!("{} ({share} %)", figures.retrieved)),
    ];
    let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let title = staff.pick("Rapporten", "Reports");
    Ok(staff.page("/reports", title, vec![Block::Facts(facts), form(staff)]))
}

fn form(staff: &Staff) -> Block {
    let checks = COLUMNS.map(|column| {
        let label = staff.pick(column.nl, column.en).to_owned();
        Block::Check(Check { name: "column", value: column.name.to_owned(), label, checked: true, scope: 0 })
    });
    let option = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    let which = vec![
        option("all", staff.pick("alle patiënten", "all patients")),
        option("open", staff.pick("opengestelde dossiers", "open dossiers")),
        option("linked", staff.pick("gekoppeld aan een PGO", "linked to a PGO")),
    ];
    let formats = vec![option("xlsx", "Excel (XLSX)"), option("csv", "CSV")];
    let select = |name: &str, label: &str, options: Vec<(String, String)>| {
        let value = options.first().map(|(value, _)| value.clone()).unwrap_or_default();
        Block::Select(Select { name: name.to_owned(), label: label.to_owned(), value, options, scope: 0 })
    };
    let parts = vec![
        select("which", staff.pick("Welke", "Which"), which),
        Block::Group(staff.pick("Kolommen", "Columns").to_owned(), checks.into()),
        select("format", staff.pick("Bestand", "File"), formats),
    ];
    staff.form("/reports", parts, vec![Button::action("extract", staff.pick("Maak extractie", "Make the extraction"))])
}

/// The extraction, as a file.
pub(in crate::http::console) async fn extract(staff: Staff, fields: Fields) -> Response {
    let result = make(&staff, &fields).await;
    answer(&staff, result)
}

async fn make(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let columns: Vec<Column> =
        COLUMNS.into_iter().filter(|column| fields.all("column").any(|name| name == column.name)).collect();
    if columns.is_empty() {
        let text = staff.pick("Kies ten minste één kolom.", "Choose at least one column.");
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    let rows = rows(staff, &columns, fields.get("which").unwrap_or("all")).await?;
    let head: Vec<String> = columns.iter().map(|column| staff.pick(column.nl, column.en).to_owned()).collect();
    let is_csv = fields.get("format") == Some("csv");
    let made = tokio::task::spawn_blocking(move || match is_csv {
        true => sheet::csv(&head, &rows),
        false => sheet::xlsx("Dossiers", &head, &rows),
    });
    let bytes = match made.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(ConsoleError::Refused(error.to_string())),
        Err(_) => return Err(ConsoleError::Missing),
    };
    let (media, name) = match is_csv {
        true => ("text/csv; charset=utf-8", "attachment; filename=\"dossiers.csv\""),
        false => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "attachment; filename=\"dossiers.xlsx\"",
        ),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ];
    Ok((headers, bytes).into_response())
}

/// One row for each patient, by name; on record before it leaves.
async fn rows(staff: &Staff, columns: &[Column], which: &str) -> Result<Vec<Vec<String>>, ConsoleError> {
    let (app, scope) = (&staff.state.app, staff.scope());
    let mut tx = staff.write().await?;
    let cards: HashMap<PatientId, Card> = store::cards::all(&mut tx, app.sealer(), &scope).await?.into_iter().collect();
    let usage = store::patients::usage(&mut tx, &scope).await?;
    let openers = openers(staff, &mut tx).await?;
    let wanted = |usage: &&Usage| match which {
        "open" => usage.state == crate::domain::dossier::DossierState::Open,
        "linked" => usage.pgos > 0,
        _ => true,
    };
    let mut chosen: Vec<(&Usage, &Card)> =
        usage.iter().filter(wanted).filter_map(|usage| Some((usage, cards.get(&usage.patient)?))).collect();
    chosen.sort_by(|one, other| (&one.1.name, one.0.patient).cmp(&(&other.1.name, other.0.patient)));
    let mut detail = Detail::default();
    detail.counts.insert("rows".to_owned(), chosen.len() as u64);
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    detail.facts.insert("columns".to_owned(), names.join(" "));
    staff.record(&mut tx, "report_extracted", Action::Read, None, detail).await?;
    tx.commit().await?;
    let row = |(usage, card): &(&Usage, &Card)| {
        columns.iter().map(|column| cell(staff, *column, usage, card, &openers)).collect()
    };
    Ok(chosen.iter().map(row).collect())
}

/// Who opened each dossier that was opened here.
async fn openers(staff: &Staff, tx: &mut crate::store::Tx<'_>) -> Result<HashMap<PatientId, String>, ConsoleError> {
    let (app, scope) = (&staff.state.app, staff.scope());
    let employees = app.employees(tx, &scope).await?;
    let kind = Kind::new("dossier_opened").unwrap_or(Kind::UNNAMED);
    let mut openers = HashMap::new();
    for entry in audit::of_kind(tx, app.sealer(), &scope, &kind, MOST).await? {
        let Some(patient) = entry.event.patient else { continue };
        let name = match entry.event.actor {
            Actor::Employee { id, .. } => {
                id.parse().ok().and_then(|id| employees.get(&id)).map_or(id, |employee| employee.name.clone())
            }
            Actor::Patient { .. } => staff.pick("automatisch", "automatically").to_owned(),
            _ => continue,
        };
        openers.entry(patient).or_insert(name);
    }
    Ok(openers)
}

fn cell(staff: &Staff, column: Column, usage: &Usage, card: &Card, openers: &HashMap<PatientId, String>) -> String {
    let moment = |at: Option<Timestamp>| at.map(words::moment).unwrap_or_default();
    match column.name {
        "number" => card.number.clone(),
        "name" => card.name.clone(),
        "birth" => words::birth(card.birth),
        "state" => words::state(staff.lang(), usage.state).to_owned(),
        "opened_at" => moment(usage.opened_at),
        "opened_by" => openers.get(&usage.patient).cloned().unwrap_or_default(),
        "linked" => {
            staff.pick(if usage.pgos > 0 { "ja" } else { "nee" }, if usage.pgos > 0 { "yes" } else { "no" }).to_owned()
        }
        "pgo_count" => usage.pgos.to_string(),
        _ => moment(usage.last_used_at),
    }
}
