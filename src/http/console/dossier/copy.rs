//! A copy of the dossier in place of access ("publiceer medisch dossier", R-DOC-09): one PDF/A, with an explanation, which the
//! patient can collect although the dossier is not open.

use axum::response::Response;

use super::items::told;
use super::{back, decide, decisions::decision, files, load};
use crate::domain::decision::Choice;
use crate::domain::dossier::RecordType;
use crate::domain::ids::PatientRef;
use crate::domain::release::{ItemKey, Topic};
use crate::domain::rights::Right;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff, Who};
use crate::http::console::{Button, answer, login, words};
use crate::http::pages::Lang;
use crate::http::pages::blocks::{Block, Input};
use crate::mapping::summary::Section;
use crate::pdf::{self, Made, PdfError};

/// The longest explanation, in characters.
const LONGEST: usize = 2000;

/// The form, for who may publish a copy.
pub(super) fn form(staff: &Staff, who: &PatientRef) -> Option<Block> {
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
    Some(Block::More(staff.pick("Afschrift in plaats van inzage", "Copy in place of access").to_owned(), vec![form]))
}

/// Makes the copy and publishes it.
pub(in crate::http::console) async fn publish(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = make(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn make(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let explanation =
        fields.get("explanation").ok_or_else(|| refuse("Een uitleg is verplicht.", "An explanation is mandatory."))?;
    if explanation.chars().count() > LONGEST {
        return Err(refuse("De uitleg is langer dan 2000 tekens.", "The explanation is longer than 2000 characters."));
    }
    let mut tx = staff.read().await?;
    let blocks = blocks(staff, &mut tx, who).await?;
    tx.close().await?;
    let made = Made::at_millis(staff.at().at.millis());
    let pdf = tokio::task::spawn_blocking(move || pdf::document("Afschrift dossier", "nl-NL", &blocks, made)).await;
    let pdf = pdf.unwrap_or(Err(PdfError::NotMade("the task ended")));
    let pdf = pdf.map_err(|error| ConsoleError::Refused(error.to_string()))?;
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
) -> Result<Vec<pdf::Block>, ConsoleError> {
    let loaded = load(staff, tx, who).await?;
    let full = loaded.full.ok_or(ConsoleError::Missing)?;
    let today = staff.at().today;
    let all = told(&full);
    let title = format!("Afschrift dossier van {}", loaded.card.name);
    let intro = format!("{}, {}", staff.practice.display_name, words::day(today));
    let mut blocks = vec![pdf::Block::Heading(title), pdf::Block::Paragraph(intro)];
    for section in Section::ALL {
        let of_section =
            all.iter().filter(|told| told.summary.as_ref().is_some_and(|summary| summary.section == section));
        // What is from or about another, and what would harm now, is withheld here too (WGBO 7:456).
        let may_have = of_section.filter(|told| told.item.marks.is_clear_on(today));
        let rows: Vec<Vec<String>> = may_have
            .filter(|told| !matches!(told.item.topic, Topic::Provider))
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
