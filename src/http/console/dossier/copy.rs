//! A copy of the dossier in place of access ("publiceer medisch dossier", R-DOC-09): one PDF/A, with an explanation, which the
//! patient can collect although the dossier is not open.

use std::collections::HashSet;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::items::told;
use super::{back, decide, decisions::decision, files, load};
use crate::app::InFull;
use crate::audit::{Action, Detail};
use crate::domain::decision::{Choice, Decisions, Registered};
use crate::domain::dossier::{RecordType, SourceId, Visibility};
use crate::domain::ids::PatientRef;
use crate::domain::release::{Item, ItemKey, Topic, Viewer};
use crate::domain::rights::Right;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff, Who};
use crate::http::console::{Button, answer, guard, login, words};
use crate::http::pages::Lang;
use crate::http::pages::blocks::{Block, Input, Select};
use crate::http::pages::my::words::relation;
use crate::mapping::summary::Section;
use crate::pdf::{self, Made, PdfError};
use crate::store;

/// The longest explanation, in characters.
const LONGEST: usize = 2000;
/// The patient, where a form asks whom a copy is for.
const PATIENT: &str = "patient";

/// The form, for who may publish a copy.
pub(super) fn form(staff: &Staff, who: &PatientRef, decided: &Decisions) -> Option<Block> {
    if !staff.may(Right::PublishCopy) {
        return None;
    }
    let text = staff.pick(
        "Het afschrift bevat het hele dossier zoals het hier staat, zonder wat van of over een ander is of wat nu zou schaden. De patiënt kan het \
         ophalen, ook als het dossier niet is opengesteld.",
        "The copy holds the whole dossier as it stands here, without what is from or about somebody else or would harm now. The patient can \
         collect it, also when the dossier is not open.",
    );
    let parts = vec![
        Block::Text(text.to_owned()),
        Block::Area(Input::text("explanation", staff.pick("Uitleg voor de patiënt", "Explanation for the patient"))),
    ];
    let buttons = vec![Button::action("publish", staff.pick("Publiceer en verwerk", "Publish and process"))];
    let form = staff.form(format!("/p/{}/copy", who.patient), parts, buttons);
    let parts = vec![form, hand_over_form(staff, who, decided)];
    Some(Block::More(staff.pick("Afschrift in plaats van inzage", "Copy in place of access").to_owned(), parts))
}

/// The same copy on paper: for who gets nothing online, such as a child or somebody without a number (release-rules §7.2, §7.3).
fn hand_over_form(staff: &Staff, who: &PatientRef, decided: &Decisions) -> Block {
    let patient = (PATIENT.to_owned(), staff.pick("de patiënt zelf", "the patient").to_owned());
    let today = staff.at().today;
    let others = decided.registered().filter(|(_, one)| one.counts(today));
    let others = others.map(|(id, one)| {
        let relation = relation(staff.lang(), one.relation);
        (id.to_string(), format!("{} ({relation})", one.name))
    });
    let parts = vec![
        Block::Text(
            staff
                .pick(
                    "Of maak het afschrift om mee te geven aan de balie. Een vertegenwoordiger krijgt niet wat vertrouwelijk is.",
                    "Or make the copy to hand over at the desk. A representative does not get what is confidential.",
                )
                .to_owned(),
        ),
        Block::Select(Select {
            name: "to".to_owned(),
            label: staff.pick("Voor wie?", "For whom?").to_owned(),
            value: PATIENT.to_owned(),
            options: std::iter::once(patient).chain(others).collect(),
            scope: 0,
        }),
    ];
    let buttons = vec![Button::action("hand_over", staff.pick("Maak om mee te geven", "Make it to hand over"))];
    staff.form(format!("/p/{}/copy", who.patient), parts, buttons)
}

/// Makes the copy, and publishes it or hands it over.
pub(in crate::http::console) async fn publish(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = match fields.get("action") {
        Some("hand_over") => hand_over(&staff, &who.0, &fields).await,
        _ => make(&staff, &who.0, &fields).await,
    };
    answer(&staff, result)
}

async fn hand_over(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let to = fields.get("to").ok_or(ConsoleError::Missing)?;
    let mut tx = staff.write().await?;
    let decided = store::decisions::that_count(&mut tx, staff.state.app.sealer(), who).await?;
    let is_registered = |(id, one): (&SourceId, &Registered)| id.as_str() == to && one.counts(staff.at().today);
    let reader = match to {
        PATIENT => Viewer::Patient,
        _ if decided.registered().any(is_registered) => Viewer::Representative,
        _ => return Err(ConsoleError::Missing),
    };
    if reader == Viewer::Representative {
        let subject = staff.state.app.subject(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
        let is_dead = subject.index.as_ref().is_none_or(|index| index.facts.subject.deceased);
        if subject.entry.no_representation || is_dead {
            // The transaction ends first: the refusal is recorded in one of its own.
            drop(tx);
            return Err(guard::deny(staff, "/p/{patient}/copy", "no_representation", Some(who)).await);
        }
    }
    let blocks = blocks(staff, &mut tx, who, reader).await?;
    let mut detail = Detail::default();
    detail.facts.insert("to".to_owned(), to.to_owned());
    staff.record(&mut tx, "copy_handed_over", Action::Read, Some(who), detail).await?;
    let pdf = paper(staff, blocks).await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"afschrift-dossier.pdf\"")),
    ];
    Ok((headers, pdf).into_response())
}

/// The copy as PDF/A.
async fn paper(staff: &Staff, blocks: Vec<pdf::Block>) -> Result<Vec<u8>, ConsoleError> {
    let made = Made::at_millis(staff.at().at.millis());
    let pdf = tokio::task::spawn_blocking(move || pdf::document("Afschrift dossier", "nl-NL", &blocks, made)).await;
    let pdf = pdf.unwrap_or(Err(PdfError::NotMade("the task ended")));
    pdf.map_err(|error| ConsoleError::Refused(error.to_string()))
}

async fn make(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let explanation =
        fields.get("explanation").ok_or_else(|| refuse("Een uitleg is verplicht.", "An explanation is mandatory."))?;
    if explanation.chars().count() > LONGEST {
        return Err(refuse("De uitleg is langer dan 2000 tekens.", "The explanation is longer than 2000 characters."));
    }
    let mut tx = staff.read().await?;
    let blocks = blocks(staff, &mut tx, who, Viewer::Patient).await?;
    tx.close().await?;
    let pdf = paper(staff, blocks).await?;
    let id = format!("copy-{}", staff.at().at.millis()).parse().map_err(|_| ConsoleError::Missing)?;
    let mut tx = staff.write().await?;
    let sha256 = files::keep(staff, &mut tx, who, &pdf).await?;
    let choice = Choice::Copy {
        title: format!("Afschrift dossier {}", words::day(staff.at().today)),
        sha256,
        size: pdf.len() as u64,
        explanation: Some(explanation.to_owned()),
    };
    let about = ItemKey::record(RecordType::Document, &id);
    decide(staff, &mut tx, who, "copy_published", &[decision(staff, about, choice, None)]).await?;
    tx.commit().await?;
    Ok(login::to(&back(who)))
}

/// The dossier, section by section, in Dutch: the language of the dossier itself.
async fn blocks(
    staff: &Staff,
    tx: &mut crate::store::Tx<'_>,
    who: &PatientRef,
    reader: Viewer,
) -> Result<Vec<pdf::Block>, ConsoleError> {
    let loaded = load(staff, tx, who).await?;
    let full = loaded.full.ok_or(ConsoleError::Missing)?;
    let today = staff.at().today;
    let all = told(&full);
    let confidential = confidential(&full);
    let hidden = hidden(&full);
    // A representative never gets what was confidential towards them, nor what the patient or the practice hid (R-AG-08).
    let is_for = |item: &Item| {
        let is_confidential = item.key.t == RecordType::Entry && confidential.contains(&item.key.id);
        reader == Viewer::Patient || !(is_confidential || is_hidden(item, &full, &hidden))
    };
    let title = format!("Afschrift dossier van {}", loaded.card.name);
    let intro = format!("{}, {}", staff.practice.display_name, words::day(today));
    let mut blocks = vec![pdf::Block::Heading(title), pdf::Block::Paragraph(intro)];
    for section in Section::ALL {
        let of_section =
            all.iter().filter(|told| told.summary.as_ref().is_some_and(|summary| summary.section == section));
        // What is from or about another, and what would harm now, is withheld here too (WGBO 7:456).
        let may_have = of_section.filter(|told| full.index.facts.is_clear_on(told.place, today));
        let rows: Vec<Vec<String>> = may_have
            .filter(|told| !matches!(told.item.topic, Topic::Provider) && is_for(told.item))
            .map(|told| vec![told.date(), told.lines(Lang::Nl).join("\n")])
            .collect();
        if rows.is_empty() {
            continue;
        }
        blocks.push(pdf::Block::Heading(words::section(Lang::Nl, section).to_owned()));
        blocks.push(pdf::Block::Rows { head: vec!["Datum".to_owned(), "Gegevens".to_owned()], rows });
    }
    Ok(blocks)
}

/// The episodes that are not shown to the patient: by the practice, at the patient's own wish, or until somebody confirms them.
fn hidden(full: &InFull) -> HashSet<&SourceId> {
    let items = full.index.facts.items().iter().filter(|item| item.key.t == RecordType::Episode);
    items.filter(|item| is_unshown(item, full)).map(|item| &item.key.id).collect()
}

fn is_hidden(item: &Item, full: &InFull, episodes: &HashSet<&SourceId>) -> bool {
    is_unshown(item, full) || item.episodes.iter().any(|episode| episodes.contains(episode))
}

fn is_unshown(item: &Item, full: &InFull) -> bool {
    let by_patient = full.index.facts.subject.patient_hidden.iter();
    let mut by_patient = by_patient.filter(|record| record.t == item.key.t && record.id == item.key.id);
    let unticked = match &item.topic {
        Topic::Episode { visible, sensitive, .. } => *sensitive || *visible != Visibility::Shown,
        Topic::Treatment { visible, .. } | Topic::Line { visible, .. } => *visible != Visibility::Shown,
        _ => false,
    };
    unticked || by_patient.next().is_some()
}

/// The entries, and with them their lines, that are confidential towards representatives.
fn confidential(full: &InFull) -> HashSet<&SourceId> {
    let items = full.index.facts.items().iter();
    let entries = items.filter(|item| matches!(item.topic, Topic::Entry { not_for_representative: true, .. }));
    entries.map(|item| &item.key.id).collect()
}
