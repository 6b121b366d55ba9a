//! Files of documents: turned into PDF/A before they are shown (R-DOC-08). A file that cannot be turned leaves its document
//! unpublished, in the list of documents that wait.

use crate::audit::{self, Action, Outcome};
use crate::domain::decision::{Aspect, Choice, Converted};
use crate::domain::dossier::Document;
use crate::domain::ids::PatientRef;
use crate::domain::release::ItemKey;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::Staff;
use crate::pdf::{Made, PdfError, SourceKind, convert as to_pdf};
use crate::seal::{hex, sha256};
use crate::store::Tx;
use crate::store::content::{self, Part, hash_from_hex};

/// Makes a PDF of a document's file and keeps it.
pub(super) async fn convert(staff: &Staff, who: &PatientRef, key: &ItemKey) -> Result<Converted, ConsoleError> {
    let document = document(staff, who, key).await?.ok_or_else(|| no_file(staff))?;
    let kind = SourceKind::of_media_type(&document.mime).ok_or_else(|| no_file(staff))?;
    let hash = hash_from_hex(&document.sha256).ok_or_else(|| no_file(staff))?;
    let mut tx = staff.read().await?;
    let bytes = content::find(&mut tx, staff.state.app.sealer(), who, &hash).await?;
    tx.close().await?;
    let bytes = bytes.ok_or_else(|| no_file(staff))?;
    let made = Made::at_millis(staff.at().at.millis());
    // A hundred scanned pages take seconds, in which others are not to wait.
    let title = document.title.clone();
    let pdf = tokio::task::spawn_blocking(move || to_pdf(kind, &bytes, &title, "nl-NL", made)).await;
    match pdf.unwrap_or(Err(PdfError::NotMade("the task ended"))) {
        Ok(pdf) => {
            let mut tx = staff.write().await?;
            let to = keep(staff, &mut tx, who, &pdf).await?;
            tx.commit().await?;
            Ok(Converted { from: document.sha256, to, size: pdf.len() as u64 })
        }
        Err(error) => Err(failed(staff, who, error).await?),
    }
}

/// The conversion that an earlier decision rests on; it goes along with a later one.
pub(super) async fn converted(
    staff: &Staff,
    who: &PatientRef,
    key: &ItemKey,
) -> Result<Option<Converted>, ConsoleError> {
    let mut tx = staff.read().await?;
    let records = staff.state.importer.records(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
    tx.close().await?;
    let found = records.decisions.find(key, Aspect::Document).map(|decision| &decision.choice);
    Ok(match found {
        Some(Choice::Document { converted, .. }) => converted.clone(),
        _ => None,
    })
}

/// Keeps a file that was made here; its name.
pub(super) async fn keep(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    bytes: &[u8],
) -> Result<String, ConsoleError> {
    let hash = sha256(bytes);
    let part = Part { sha256: hash, part: 1, parts: 1, data: bytes };
    content::put_part(tx, staff.state.app.sealer(), who, &part).await?;
    Ok(hex(&hash))
}

async fn document(staff: &Staff, who: &PatientRef, key: &ItemKey) -> Result<Option<Document>, ConsoleError> {
    let mut tx = staff.read().await?;
    let records = staff.state.importer.records(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
    tx.close().await?;
    Ok(records.documents.into_iter().find(|record| record.id == key.id).map(|record| record.d))
}

fn no_file(staff: &Staff) -> ConsoleError {
    let text = staff.pick(
        "Het bestand ontbreekt, of is geen PDF, tekst, RTF, JPEG of TIFF. Het document blijft verborgen.",
        "The file is missing, or is no PDF, text, RTF, JPEG or TIFF. The document stays hidden.",
    );
    ConsoleError::Refused(text.to_owned())
}

async fn failed(staff: &Staff, who: &PatientRef, error: PdfError) -> Result<ConsoleError, ConsoleError> {
    let mut tx = staff.write().await?;
    let event = staff.event("document_conversion_failed", Action::Execute).about(who);
    let event = event.ended(Outcome::Failed, "no_pdf");
    audit::append_in(&mut tx, staff.state.app.sealer(), &[event]).await?;
    tx.commit().await?;
    let text = staff.pick(
        "Het bestand kan niet worden omgezet; het document blijft verborgen",
        "The file cannot be converted; the document stays hidden",
    );
    Ok(ConsoleError::Refused(format!("{text}: {error}")))
}
