//! Figures of the practice, and extractions of its dossiers: now, or planned for later (release-rules §6.5).

pub(in crate::http::console) mod open;
mod planned;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::audit::{Action, Detail};
use crate::domain::extraction::{Choice, Column, Format, Wanted};
use crate::http::console::error::ConsoleError;
use crate::http::console::extraction::{self, Sheet};
use crate::http::console::staff::{Fields, Staff};
use crate::http::console::{Button, answer, overview};
use crate::http::pages::blocks::{Block, Cell, Check, Input, Link, Select};
use crate::store::{self};

pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = page(&staff).await;
    answer(&staff, result)
}

async fn page(staff: &Staff) -> Result<Response, ConsoleError> {
    let (scope, lang, own) = (staff.scope(), staff.lang(), staff.id.as_str());
    let mut tx = staff.read().await?;
    let patients = store::patients::count(&mut tx, &scope).await?;
    let figures = store::patients::figures(&mut tx, &scope).await?;
    let quarters = extraction::quarters(&mut tx, &scope, lang, (staff.at().at, patients)).await?;
    let plans = store::reports::plans(&mut tx, &scope, own).await?;
    let turns = store::reports::turns(&mut tx, &scope, own).await?;
    tx.close().await?;
    let retrieved = format!("{} ({})", figures.retrieved, extraction::share(lang, figures.retrieved, patients));
    let facts = [
        (staff.pick("Patiënten", "Patients"), patients.to_string()),
        (staff.pick("Dossiers hier opengesteld", "Dossiers opened here"), figures.open.to_string()),
        (staff.pick("Geldige toestemmingen", "Standing consents"), figures.consents.to_string()),
        (staff.pick("Patiënten die ophaalden", "Patients who collected"), retrieved),
    ];
    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    blocks.push(Block::Facts(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
    blocks.extend(totals(staff, quarters));
    let text = staff.pick("Bewijs voor OPEN", "Evidence for OPEN").to_owned();
    blocks.push(Block::Links(vec![Link { href: "/reports/open".into(), text }]));
    blocks.push(Block::Heading(staff.pick("Extractie", "Extraction").to_owned()));
    blocks.push(form(staff));
    blocks.extend(planned::lists(staff, &plans, &turns));
    Ok(staff.page("/reports", staff.pick("Rapporten", "Reports"), blocks))
}

/// The totals with what they mean.
fn totals(staff: &Staff, quarters: Sheet) -> Vec<Block> {
    let text = staff.pick(
        "Het doel van OPEN is dat 20 % van de patiënten ophaalt. Landelijk was het 11 % op 17 november 2021. Eén keer ophalen is: een PGO krijgt \
         toegang met toestemming van de patiënt. Het deel is van de patiënten die de praktijk nu heeft.",
        "The goal of OPEN is that 20 % of the patients collect. In the whole country it was 11 % on 17 November 2021. One retrieval is: a PGO is let \
         in with the patient’s consent. The share is of the patients that the practice has now.",
    );
    let head: Vec<&str> = quarters.head.iter().map(String::as_str).collect();
    let rows = quarters.rows.iter().map(|row| row.iter().cloned().map(Cell::Text).collect()).collect();
    let caption = staff.pick("Ophalen per kwartaal", "Retrievals per quarter");
    vec![overview::table(caption, &head, rows), Block::Text(text.to_owned())]
}

fn form(staff: &Staff) -> Block {
    let lang = staff.lang();
    let checks = Column::ALL.map(|column| {
        let label = extraction::column_name(lang, column).to_owned();
        Block::Check(Check { name: "column", value: column.as_str().to_owned(), label, checked: true, scope: 0 })
    });
    let option = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    let which = Choice::ALL.map(|choice| option(choice.as_str(), extraction::choice_name(lang, choice)));
    let formats = [option("xlsx", "Excel (XLSX)"), option("csv", "CSV")];
    let repeats =
        [option("once", staff.pick("één keer", "once")), option("monthly", staff.pick("elke maand", "each month"))];
    let select = |name: &str, label: &str, options: Vec<(String, String)>| {
        let value = options.first().map(|(value, _)| value.clone()).unwrap_or_default();
        Block::Select(Select { name: name.to_owned(), label: label.to_owned(), value, options, scope: 0 })
    };
    let day = Input::text("day", staff.pick("Dag", "Day")).of("date").hinting(staff.pick(
        "Elke maand: op deze dag van de maand, of op de laatste dag van een kortere maand.",
        "Each month: on this day of the month, or on the last day of a shorter month.",
    ));
    let later = vec![
        Block::Input(day),
        Block::Input(Input::text("time", staff.pick("Tijd", "Time")).of("time").holding("09:00")),
        select("repeat", staff.pick("Herhalen", "Repeat"), repeats.into()),
    ];
    let parts = vec![
        select("which", staff.pick("Welke", "Which"), which.into()),
        Block::Group(staff.pick("Kolommen", "Columns").to_owned(), checks.into()),
        select("format", staff.pick("Bestand", "File"), formats.into()),
        Block::Group(staff.pick("Alleen om te plannen", "Only for planning").to_owned(), later),
    ];
    let buttons = vec![
        Button::action("extract", staff.pick("Maak extractie nu", "Make the extraction now")),
        Button::action("plan", staff.pick("Plan voor later", "Plan for later")),
    ];
    staff.form("/reports", parts, buttons)
}

/// An extraction now or planned, a plan that is dropped, or a file that is fetched.
pub(in crate::http::console) async fn extract(staff: Staff, fields: Fields) -> Response {
    let result = match (fields.get("stop"), fields.get("fetch"), fields.get("action")) {
        (Some(id), ..) => planned::stop(&staff, id).await,
        (_, Some(id), _) => planned::fetch(&staff, id).await,
        (_, _, Some("plan")) => planned::plan(&staff, &fields).await,
        _ => make(&staff, &fields).await,
    };
    answer(&staff, result)
}

/// What the form asks for.
fn wanted(staff: &Staff, fields: &Fields) -> Result<Wanted, ConsoleError> {
    let choice = Choice::find(fields.get("which").unwrap_or("all")).ok_or(ConsoleError::Missing)?;
    let format = Format::find(fields.get("format").unwrap_or("xlsx")).ok_or(ConsoleError::Missing)?;
    let is_asked = |column: &Column| fields.all("column").any(|name| name == column.as_str());
    let mut columns: Vec<Column> = Column::ALL.into_iter().filter(is_asked).collect();
    if choice == Choice::Quarters {
        columns.clear();
    } else if columns.is_empty() {
        let text = staff.pick("Kies ten minste één kolom.", "Choose at least one column.");
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    Ok(Wanted { choice, columns, format, language: staff.lang().as_str().to_owned() })
}

/// What the audit trail keeps of it.
fn told(wanted: &Wanted) -> Detail {
    let mut detail = Detail::default();
    let names: Vec<&str> = wanted.columns.iter().map(|column| column.as_str()).collect();
    detail.facts.insert("columns".to_owned(), names.join(" "));
    detail.facts.insert("choice".to_owned(), wanted.choice.as_str().to_owned());
    detail.facts.insert("format".to_owned(), wanted.format.as_str().to_owned());
    detail
}

/// The extraction as a file; on record before it leaves.
async fn make(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let wanted = wanted(staff, fields)?;
    let mut tx = staff.write().await?;
    let sheet =
        extraction::sheet(&staff.state.app, &mut tx, &staff.scope(), &wanted, (&staff.id, staff.at().at)).await?;
    let mut detail = told(&wanted);
    detail.counts.insert("rows".to_owned(), sheet.len() as u64);
    staff.record(&mut tx, "report_extracted", Action::Read, None, detail).await?;
    tx.commit().await?;
    let format = wanted.format;
    match tokio::task::spawn_blocking(move || sheet.write(format)).await {
        Ok(Ok(bytes)) => Ok(file(&wanted, bytes)),
        Ok(Err(error)) => Err(ConsoleError::Refused(error.to_string())),
        Err(_) => Err(ConsoleError::Missing),
    }
}

/// A file to keep, named by us.
fn file(wanted: &Wanted, bytes: Vec<u8>) -> Response {
    let media = match wanted.format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    let name = match (wanted.choice, wanted.format) {
        (Choice::Quarters, Format::Csv) => "attachment; filename=\"kwartalen.csv\"",
        (Choice::Quarters, Format::Xlsx) => "attachment; filename=\"kwartalen.xlsx\"",
        (_, Format::Csv) => "attachment; filename=\"dossiers.csv\"",
        (_, Format::Xlsx) => "attachment; filename=\"dossiers.xlsx\"",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ];
    (headers, bytes).into_response()
}
