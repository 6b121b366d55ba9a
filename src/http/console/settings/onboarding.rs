//! What the practice arranges before patients look online: the checklist, with the day of each step and a file as evidence
//! (release-rules §13.4 rows 7 and 9).

use std::collections::BTreeMap;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;

use crate::audit::{Action, Detail};
use crate::domain::evidence::{Evidence, InvalidEvidence};
use crate::domain::onboarding::{Item, Known, Row, Step, checklist};
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff};
use crate::http::console::upload::{FILE, Upload};
use crate::http::console::{Button, answer, login, overview, words};
use crate::http::pages::blocks::{Block, Cell, Form, Input};
use crate::seal::{hex, sha256};
use crate::store::evidence::Kept;
use crate::store::settings::{Setting, SettingSource};
use crate::store::{self};

pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = page(&staff, None).await;
    answer(&staff, result)
}

/// What is wrong with what was sent: the step, its field, and the words.
type Fault<'f> = Option<(Step, &'f str, String)>;

async fn page(staff: &Staff, fault: Fault<'_>) -> Result<Response, ConsoleError> {
    let scope = staff.scope();
    let mut tx = staff.read().await?;
    let settings = store::settings::load_effective(&mut tx, &scope).await?;
    let files = store::evidence::list(&mut tx, &scope).await?;
    tx.close().await?;
    let known = Known {
        agb: staff.practice.agb.as_deref(),
        delivery: staff.practice.last.as_ref().map(|last| last.batch.as_str()),
        is_listed: staff.state.app.is_listed(&staff.practice.medmij_name),
    };
    let rows = checklist(known, &settings, staff.at().today);
    let open = rows.iter().filter(|row| row.done.is_none()).count();
    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    if fault.is_some() {
        let text = staff
            .pick("Niets is opgeslagen: verbeter wat hieronder staat.", "Nothing was saved: mend what stands below.");
        blocks.push(Block::Fault(text.to_owned()));
    }
    let text = staff.pick(
        "Dit regelt de praktijk voordat patiënten online kijken. Nog open:",
        "The practice arranges this before patients look online. Still open:",
    );
    blocks.push(Block::Text(format!("{text} {open} / {}.", rows.len())));
    let head = [staff.pick("Stap", "Step"), staff.pick("Status", "State"), staff.pick("Bewijs", "Evidence")];
    let cells = rows.iter().map(|row| cells(staff, row, &files)).collect();
    blocks.push(overview::table(staff.pick("Wat er moet gebeuren", "What has to be done"), &head, cells));
    blocks.push(Block::Heading(staff.pick("Dag en bewijs invullen", "Fill in day and evidence").to_owned()));
    blocks.extend(Step::ALL.map(|step| forms(staff, step, &settings, files.get(&step), &fault)));
    Ok(staff.page("/onboarding", staff.pick("Voor u begint", "Before you begin"), blocks))
}

fn cells(staff: &Staff, row: &Row, files: &BTreeMap<Step, Kept>) -> Vec<Cell> {
    let evidence = match row.item {
        Item::Step(step) => files.get(&step).map(|kept| told(staff, kept)).unwrap_or_default(),
        _ => String::new(),
    };
    let dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    vec![Cell::Text(item_name(staff, row.item).to_owned()), Cell::Lines(state(staff, row)), Cell::Text(dash(evidence))]
}

fn state(staff: &Staff, row: &Row) -> Vec<String> {
    let day = |text: &String| text.parse().map_or_else(|_| text.clone(), words::day);
    let done = staff.pick("gedaan", "done");
    let mut lines = vec![match (&row.done, row.item) {
        (Some(value), Item::Step(_) | Item::Online | Item::Agb | Item::Delivery) => format!("{done}: {}", day(value)),
        (Some(_), _) => done.to_owned(),
        (None, _) => staff.pick("open", "open").to_owned(),
    }];
    if row.done.is_some() {
        return lines;
    }
    match (row.due, row.item) {
        (Some(due), Item::Online) => lines.push(format!("{} {}", staff.pick("vanaf", "from"), words::day(due))),
        (Some(due), _) if due < staff.at().today => {
            lines.push(format!("{} {}", staff.pick("te laat, moest voor", "overdue, was due by"), words::day(due)));
        }
        (Some(due), _) => lines.push(format!("{} {}", staff.pick("uiterlijk", "due by"), words::day(due))),
        (None, item) => lines.extend(advice(staff, item).map(str::to_owned)),
    }
    lines
}

/// Who or what closes a row that is no step of people.
fn advice(staff: &Staff, item: Item) -> Option<&str> {
    Some(match item {
        Item::Agb | Item::Logo | Item::PrivacyStatement => {
            staff.pick("de technisch beheerder vult dit in", "the operator fills this in")
        }
        Item::Delivery => {
            staff.pick("komt met de eerste levering van het HIS", "comes with the first delivery of the HIS")
        }
        Item::Online => staff.pick("bij Instellingen: online_access_since", "at Settings: online_access_since"),
        Item::Listed => staff.pick(
            "de technisch beheerder meldt de praktijk aan bij MedMij; daarna ziet de server het zelf",
            "the operator registers the practice at MedMij; after that the server sees it",
        ),
        Item::Step(_) => return None,
    })
}

fn item_name(staff: &Staff, item: Item) -> &str {
    match item {
        Item::Agb => staff.pick("AGB-code", "AGB code"),
        Item::Step(step) => step_name(staff, step),
        Item::PrivacyStatement => staff.pick("Privacyverklaring", "Privacy statement"),
        Item::Logo => staff.pick("Logo op de pagina’s van patiënten", "Logo on the pages of patients"),
        Item::Delivery => staff.pick("Eerste levering van het HIS", "First delivery of the HIS"),
        Item::Online => staff.pick("Patiënten mogen online kijken", "Patients may look online"),
        Item::Listed => staff.pick("Vermelding op de Zorgaanbiederslijst", "Entry on the Zorgaanbiederslijst"),
    }
}

fn step_name(staff: &Staff, step: Step) -> &str {
    match step {
        Step::Agreement => {
            staff.pick("Overeenkomst met de dienstverlener (DVZA)", "Agreement with the service provider (DVZA)")
        }
        Step::NameDeclaration => staff.pick("Verklaring over de MedMij-naam", "Declaration about the MedMij name"),
        Step::BsnRight => staff.pick("Recht om het BSN te verwerken", "Right to process the BSN"),
        Step::Certificate => staff.pick("Servercertificaat", "Server certificate"),
        Step::PatientsInformed => staff.pick("Patiënten zijn geïnformeerd", "Patients are informed"),
        Step::Audit => staff.pick("Audit binnen twee maanden na de start", "Audit within two months of going online"),
    }
}

/// What is good evidence of a step.
fn proof(staff: &Staff, step: Step) -> &str {
    match step {
        Step::Agreement => staff.pick("De ondertekende overeenkomst.", "The signed agreement."),
        Step::NameDeclaration => staff.pick("De ondertekende verklaring.", "The signed declaration."),
        Step::BsnRight => staff.pick(
            "De inschrijving in het UZI-register, waarin het URA-nummer staat.",
            "The entry in the UZI register, which has the URA number.",
        ),
        Step::Certificate => {
            staff.pick("Het certificaat, of de brief van de uitgever.", "The certificate, or the letter of its issuer.")
        }
        Step::PatientsInformed => staff.pick(
            "De brief, de folder of een beeld van de website.",
            "The letter, the leaflet or a picture of the website.",
        ),
        Step::Audit => staff.pick("Het rapport van een erkende auditor.", "The report of a recognised auditor."),
    }
}

fn told(staff: &Staff, kept: &Kept) -> String {
    let kilobytes = (kept.size + 1023) / 1024;
    let by = staff.pick("door", "by");
    format!("{} ({kilobytes} kB), {}, {by} {}", kept.kind.extension().to_uppercase(), words::moment(kept.at), kept.by)
}

/// The day and the file of a step.
fn forms(
    staff: &Staff,
    step: Step,
    settings: &BTreeMap<String, String>,
    kept: Option<&Kept>,
    fault: &Fault<'_>,
) -> Block {
    let name = || Block::Hidden("step", step.as_str().to_owned());
    let wrong =
        |field: &str| fault.as_ref().filter(|(at, of, _)| *at == step && *of == field).map(|(.., words)| words.clone());
    let mut day = Input::text("day", staff.pick("Gedaan op (leeg: nog niet)", "Done on (empty: not yet)")).of("date");
    day.value = settings.get(&step.setting()).cloned().unwrap_or_default();
    day.fault = wrong("day");
    let mut file = Input::text(FILE, staff.pick("Bestand als bewijs", "File as evidence")).of("file");
    let takes = staff.pick(
        "PDF, PNG, JPEG of tekst, ten hoogste 5 MB, zonder patiëntgegevens.",
        "PDF, PNG, JPEG or text, 5 MB at most, without data of patients.",
    );
    file.hint = Some(format!("{} {takes}", proof(staff, step)));
    file.fault = wrong(FILE);
    let save = vec![Button::action("save", staff.pick("Dag opslaan", "Save the day"))];
    let store = match kept {
        Some(_) => staff.pick("Bewijs vervangen", "Replace the evidence"),
        None => staff.pick("Bewijs bewaren", "Keep the evidence"),
    };
    let upload = Form {
        action: "/onboarding/file".to_owned(),
        id: None,
        csrf: staff.visit.csrf(),
        parts: vec![name(), Block::Input(file)],
        buttons: vec![Button::action("store", store)],
    };
    let mut parts = vec![staff.form("/onboarding", vec![name(), Block::Input(day)], save), Block::Upload(upload)];
    if let Some(kept) = kept {
        let buttons = vec![
            Button::action("fetch", staff.pick("Bewijs ophalen", "Fetch the evidence")),
            Button::action("remove", staff.pick("Bewijs verwijderen", "Remove the evidence")),
        ];
        parts.push(staff.form("/onboarding", vec![name(), Block::Text(told(staff, kept))], buttons));
    }
    Block::More(step_name(staff, step).to_owned(), parts)
}

/// The day of a step, or what becomes of its file.
pub(in crate::http::console) async fn change(staff: Staff, fields: Fields) -> Response {
    let result = settle(&staff, &fields).await;
    answer(&staff, result)
}

async fn settle(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let step = step_of(fields)?;
    match fields.get("action") {
        Some("save") => save(staff, step, fields.get("day").unwrap_or_default()).await,
        Some("fetch") => fetch(staff, step).await,
        Some("remove") => remove(staff, step).await,
        _ => Err(ConsoleError::Missing),
    }
}

fn step_of(fields: &Fields) -> Result<Step, ConsoleError> {
    fields.get("step").and_then(Step::find).ok_or(ConsoleError::Missing)
}

async fn save(staff: &Staff, step: Step, day: &str) -> Result<Response, ConsoleError> {
    let is_day = day.is_empty() || day.parse::<Date>().is_ok_and(|day| day <= staff.at().today);
    if !is_day {
        let text = staff.pick(
            "Geef de dag waarop dit is gedaan; niet een dag die nog komt.",
            "Give the day on which it was done; not one that is to come.",
        );
        return page(staff, Some((step, "day", text.to_owned()))).await;
    }
    let (at, by) = (staff.at().at, staff.id.to_string());
    let mut tx = staff.write().await?;
    let changed = if day.is_empty() {
        store::settings::clear(&mut tx, &staff.scope(), &step.setting(), SettingSource::Own, at, &by).await?
    } else {
        let setting = Setting { key: step.setting(), source: SettingSource::Own, value: day.to_owned(), at, by };
        store::settings::set(&mut tx, &staff.scope(), &setting).await?
    };
    if changed {
        let mut detail = Detail::default();
        detail.facts.insert(step.setting(), day.to_owned());
        staff.record(&mut tx, "setting_changed", Action::Update, None, detail).await?;
    }
    tx.commit().await?;
    Ok(login::to("/onboarding?done=1"))
}

/// A file that is to prove a step.
pub(in crate::http::console) async fn upload(staff: Staff, fields: Fields, upload: Upload) -> Response {
    let result = store_file(&staff, &fields, upload).await;
    answer(&staff, result)
}

async fn store_file(staff: &Staff, fields: &Fields, upload: Upload) -> Result<Response, ConsoleError> {
    let step = step_of(fields)?;
    let bytes = upload.0.unwrap_or_default();
    let evidence = match Evidence::new(bytes.to_vec()) {
        Ok(evidence) => evidence,
        Err(reason) => return page(staff, Some((step, FILE, fault(staff, reason).to_owned()))).await,
    };
    let scope = staff.scope();
    let mut tx = staff.write().await?;
    let before = store::evidence::list(&mut tx, &scope).await?.remove(&step);
    let by = (staff.at().at, staff.id.as_str());
    store::evidence::put(&mut tx, staff.state.app.sealer(), &scope, (step, &evidence), by).await?;
    let mut detail = named(step, &sha256(evidence.bytes()));
    detail.facts.insert("media".to_owned(), evidence.kind().media_type().to_owned());
    if let Some(before) = &before {
        detail.facts.insert("replaced".to_owned(), hex(&before.sha256));
    }
    let action = if before.is_some() { Action::Update } else { Action::Create };
    staff.record(&mut tx, "evidence_stored", action, None, detail).await?;
    tx.commit().await?;
    Ok(login::to("/onboarding?done=1"))
}

fn fault(staff: &Staff, reason: InvalidEvidence) -> &str {
    match reason {
        InvalidEvidence::Empty => staff.pick("Kies een bestand dat niet leeg is.", "Choose a file that is not empty."),
        InvalidEvidence::Kind => {
            staff.pick("Het bestand is geen PDF, PNG, JPEG of tekst.", "The file is no PDF, PNG, JPEG or text.")
        }
        InvalidEvidence::Size => staff.pick("Het bestand is groter dan 5 MB.", "The file is larger than 5 MB."),
    }
}

/// What the audit trail keeps of a file: which step, and the hash by which it is known again.
fn named(step: Step, hash: &[u8; 32]) -> Detail {
    let mut detail = Detail::default();
    detail.facts.insert("step".to_owned(), step.as_str().to_owned());
    detail.facts.insert("sha256".to_owned(), hex(hash));
    detail
}

/// The file, to keep; never shown in the browser.
async fn fetch(staff: &Staff, step: Step) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    let found = store::evidence::find(&mut tx, staff.state.app.sealer(), &staff.scope(), step).await?;
    let evidence = found.ok_or(ConsoleError::Missing)?;
    let detail = named(step, &sha256(evidence.bytes()));
    staff.record(&mut tx, "evidence_fetched", Action::Read, None, detail).await?;
    tx.commit().await?;
    let name = format!("attachment; filename=\"{}.{}\"", step.as_str(), evidence.kind().extension());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(evidence.kind().media_type())),
        // The name of a step is plain, and so is the end.
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, evidence.bytes().to_vec()).into_response())
}

async fn remove(staff: &Staff, step: Step) -> Result<Response, ConsoleError> {
    let scope = staff.scope();
    let mut tx = staff.write().await?;
    let kept = store::evidence::list(&mut tx, &scope).await?.remove(&step).ok_or(ConsoleError::Missing)?;
    store::evidence::remove(&mut tx, &scope, step).await?;
    staff.record(&mut tx, "evidence_removed", Action::Delete, None, named(step, &kept.sha256)).await?;
    tx.commit().await?;
    Ok(login::to("/onboarding?done=1"))
}
