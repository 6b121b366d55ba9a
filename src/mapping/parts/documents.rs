//! What a document is, in the codes that every release writes alike.

use uuid::Builder;

use super::coded::concept;
use super::codes::system;
use super::types::{CodeableConcept, Coding};
use super::words::Words;
use crate::domain::dossier::{Document, DocumentKind};
use crate::domain::ids::ResourceId;

/// Does it stand, or did another one take its place?
pub(in crate::mapping) fn status(document: &Document) -> &'static str {
    match (document.entered_in_error, document.superseded) {
        (true, _) => "entered-in-error",
        (false, true) => "superseded",
        (false, false) => "current",
    }
}

/// A name that is unique everywhere, as a `masterIdentifier` has to be.
pub(in crate::mapping) fn urn(id: ResourceId) -> String {
    Builder::from_custom_bytes(*id.as_bytes()).into_uuid().urn().to_string()
}

/// The source's own type, else what its kind says.
pub(in crate::mapping) fn document_type<'a>(words: &Words<'_>, document: &'a Document) -> CodeableConcept<'a> {
    document.doc_type.as_ref().map_or_else(|| kind(document.kind), |given| concept(words, given))
}

/// LOINC where a code says what it is, else the generic note.
fn kind(kind: DocumentKind) -> CodeableConcept<'static> {
    let (loinc, words) = match kind {
        DocumentKind::SpecialistLetter => ("11488-4", "Specialistenbrief"),
        DocumentKind::Discharge => ("18842-5", "Ontslagbrief"),
        DocumentKind::ReferralOut => ("57133-1", "Verwijsbrief"),
        DocumentKind::HapReport => ("34109-9", "Waarneembericht huisartsenspoedpost"),
        DocumentKind::ParamedicReport => ("34109-9", "Verslag paramedicus"),
        DocumentKind::LabLetter => ("11502-2", "Laboratoriumbrief"),
        DocumentKind::Letter => ("34109-9", "Brief"),
        DocumentKind::Form => ("34109-9", "Formulier"),
        DocumentKind::Copy => ("34109-9", "Kopie van het dossier"),
        DocumentKind::Other => ("34109-9", "Document"),
    };
    CodeableConcept::of(vec![Coding::new(system::LOINC, loinc)], words)
}
