//! Evidence for OPEN: what the practice says of the four conditions of the tariff, beside what the server itself can show. The claim goes
//! to the insurer; nothing is sent from here.
//!
//! The sheet does not name the four conditions, so they are settings of the practice: `page.open.1` to `page.open.4`.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::totals;
use crate::audit::{Action, Detail};
use crate::domain::dossier::DossierState;
use crate::domain::onboarding::Step;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::Staff;
use crate::http::console::{Button, answer, extraction, overview, words};
use crate::http::pages::blocks::{Block, Cell};
use crate::pdf::{self, Made, PdfError};
use crate::store::settings::Setting;
use crate::store::{self};

/// Settings with the conditions: `page.open.N`, `page.open.N.day`, `page.open.N.note`.
pub(in crate::http::console) const CONDITIONS: &str = "page.open.";

/// What the page shows, read at once.
struct Shown {
    settings: BTreeMap<String, Setting>,
    open: u64,
    consents: u64,
    patients: u64,
    quarters: extraction::Sheet,
}

/// The page.
pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = page(&staff).await;
    answer(&staff, result)
}

async fn page(staff: &Staff) -> Result<Response, ConsoleError> {
    let shown = load(staff).await?;
    let mut blocks = blocks(staff, shown);
    let buttons = vec![Button::action("pdf", staff.pick("Bewaar als PDF", "Keep as PDF"))];
    blocks.push(staff.form("/reports/open", Vec::new(), buttons));
    Ok(staff.page("/reports", title(staff), blocks))
}

fn title(staff: &Staff) -> &str {
    staff.pick("Bewijs voor OPEN", "Evidence for OPEN")
}

async fn load(staff: &Staff) -> Result<Shown, ConsoleError> {
    let scope = staff.scope();
    let mut tx = staff.read().await?;
    let settings = newest(store::settings::list(&mut tx, &scope).await?);
    let roll = staff.state.app.roll(&mut tx, &scope).await?;
    let open = roll.iter().filter(|(_, enrolled)| enrolled.state == DossierState::Open).count() as u64;
    let consents = store::patients::figures(&mut tx, &scope).await?.consents;
    let patients = store::patients::count(&mut tx, &scope).await?;
    let quarters = extraction::quarters(&mut tx, &scope, staff.lang(), (staff.at().at, patients)).await?;
    tx.close().await?;
    Ok(Shown { settings, open, consents, patients, quarters })
}

/// Of each setting the one that holds: the newer, and our own of two as old as each other.
fn newest(all: Vec<Setting>) -> BTreeMap<String, Setting> {
    let mut newest: BTreeMap<String, Setting> = BTreeMap::new();
    for setting in all {
        let holds =
            newest.get(&setting.key).is_none_or(|other| (setting.at, setting.source) >= (other.at, other.source));
        if holds {
            newest.insert(setting.key.clone(), setting);
        }
    }
    newest
}

fn blocks(staff: &Staff, shown: Shown) -> Vec<Block> {
    let intro = staff.pick(
        "Dit overzicht is voor de praktijk zelf en voor wie haar controleert. De declaratie gaat naar de zorgverzekeraar; dat doet u niet hier.",
        "This overview is for the practice itself and for who audits it. The claim goes to the insurer; it is not made here.",
    );
    let where_to = staff.pick(
        "Neem de voorwaarden over van de regeling van uw zorgverzekeraar, bij Instellingen onder Bewijs voor OPEN.",
        "Copy the conditions from your insurer’s scheme, at Settings under Evidence for OPEN.",
    );
    let made = format!(
        "{}, {} {}",
        staff.practice.display_name,
        staff.pick("stand van", "as of"),
        words::moment(staff.at().at)
    );
    let mut blocks = vec![
        Block::Text(intro.to_owned()),
        Block::Text(made),
        conditions(staff, &shown.settings),
        Block::Text(where_to.to_owned()),
        proven(staff, &shown),
    ];
    blocks.extend(totals(staff, shown.quarters));
    blocks
}

/// The four conditions, in the words of the practice.
fn conditions(staff: &Staff, settings: &BTreeMap<String, Setting>) -> Block {
    let missing = staff.pick("niet ingevuld", "not filled in");
    let value = |key: String| settings.get(&key).map(|setting| setting.value.clone()).filter(|value| !value.is_empty());
    let rows = (1..=4).map(|number| {
        let said = |end: &str| value(format!("{CONDITIONS}{number}{end}"));
        let day = said(".day").map(|day| day.parse().map_or(day, words::day));
        let texts = [said(""), day, said(".note")].map(|text| text.unwrap_or_else(|| missing.to_owned()));
        std::iter::once(number.to_string()).chain(texts).map(Cell::Text).collect()
    });
    let head = [
        staff.pick("Nummer", "Number"),
        staff.pick("Voorwaarde", "Condition"),
        staff.pick("Voldaan sinds", "Met since"),
        staff.pick("Waaruit dat blijkt", "What shows it"),
    ];
    overview::table(
        staff.pick("De vier voorwaarden van het tarief", "The four conditions of the tariff"),
        &head,
        rows.collect(),
    )
}

/// What the server itself can show.
fn proven(staff: &Staff, shown: &Shown) -> Block {
    let app = &staff.state.app;
    let switch = |key: &str| match shown.settings.get(key) {
        Some(setting) if setting.value == "true" => {
            format!("{} {}", staff.pick("aan, sinds", "on, since"), words::moment(setting.at))
        }
        _ => staff.pick("uit", "off").to_owned(),
    };
    let day = |key: &str| match shown.settings.get(key) {
        Some(setting) => setting.value.parse().map_or_else(|_| setting.value.clone(), words::day),
        None => staff.pick("niet ingevuld", "not filled in").to_owned(),
    };
    let either = |holds: bool, yes: &'static str, no: &'static str| if holds { yes } else { no }.to_owned();
    let contract = either(staff.practice.active, staff.pick("loopt", "runs"), staff.pick("beëindigd", "ended"));
    let listed = app.is_listed(&staff.practice.medmij_name);
    let share = extraction::share(staff.lang(), shown.open, shown.patients);
    let facts = [
        (
            staff.pick("E- en P-regels (verplicht voor OPEN)", "E and P lines (obligatory for OPEN)"),
            switch("facility.ep_lines"),
        ),
        (
            staff.pick("Diagnostische waarden (verplicht voor OPEN)", "Diagnostic values (obligatory for OPEN)"),
            switch("facility.diagnostic_values"),
        ),
        (staff.pick("Correspondentie", "Correspondence"), switch("facility.correspondence")),
        (staff.pick("Correspondentie vanaf", "Correspondence since"), day("correspondence_since")),
        (staff.pick("Online inzage sinds", "Online access since"), day("online_access_since")),
        (
            staff.pick("Overeenkomst met de dienstverlener", "Agreement with the service provider"),
            day(&Step::Agreement.setting()),
        ),
        (staff.pick("Contract", "Contract"), contract),
        (
            staff.pick("Op de Zorgaanbiederslijst van MedMij", "On MedMij’s Zorgaanbiederslijst"),
            format!(
                "{} ({})",
                either(listed, staff.pick("ja", "yes"), staff.pick("nee", "no")),
                staff.practice.medmij_name
            ),
        ),
        (staff.pick("Opengestelde dossiers", "Open dossiers"), format!("{} ({share})", shown.open)),
        (staff.pick("Geldige toestemmingen", "Standing consents"), shown.consents.to_string()),
    ];
    let rows = facts.into_iter().map(|(name, value)| vec![Cell::Text(name.to_owned()), Cell::Text(value)]).collect();
    let head = [staff.pick("Onderdeel", "Part"), staff.pick("Stand", "State")];
    overview::table(staff.pick("Wat de server zelf laat zien", "What the server itself shows"), &head, rows)
}

/// The page as a document to keep.
pub(in crate::http::console) async fn download(staff: Staff) -> Response {
    let result = document(&staff).await;
    answer(&staff, result)
}

async fn document(staff: &Staff) -> Result<Response, ConsoleError> {
    let shown = load(staff).await?;
    let title = title(staff).to_owned();
    let heading = pdf::Block::Heading(title.clone());
    let parts: Vec<pdf::Block> =
        std::iter::once(heading).chain(blocks(staff, shown).into_iter().flat_map(on_paper)).collect();
    let (lang, made) = (staff.lang().as_str(), Made::at_millis(staff.at().at.millis()));
    let bytes = tokio::task::spawn_blocking(move || pdf::document(&title, lang, &parts, made)).await;
    let bytes = bytes.unwrap_or(Err(PdfError::NotMade("the task ended")));
    let bytes = bytes.map_err(|error| ConsoleError::Refused(error.to_string()))?;
    let mut tx = staff.write().await?;
    staff.record(&mut tx, "open_evidence_made", Action::Read, None, Detail::default()).await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"bewijs-open.pdf\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// A part of this page on paper.
fn on_paper(block: Block) -> Vec<pdf::Block> {
    match block {
        Block::Text(text) => vec![pdf::Block::Paragraph(text)],
        Block::Table(table) => {
            let texts = |row: Vec<Cell>| {
                let text = |cell| if let Cell::Text(text) = cell { text } else { String::new() };
                row.into_iter().map(text).collect()
            };
            let rows = table.rows.into_iter().map(texts).collect();
            vec![pdf::Block::Heading(table.caption), pdf::Block::Rows { head: table.head, rows }]
        }
        _ => Vec::new(),
    }
}
