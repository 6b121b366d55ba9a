//! A letter as DocumentReference with a DocumentManifest of its own, its bytes as Binary (fhir-data-services §4: IHE MHD,
//! minimal).
//!
//! The Binary stands for bytes that are kept elsewhere under their hash; without complete bytes in PDF there is none, no
//! manifest, and the DocumentReference has no url to follow. All of them are one item: they are shown together.
//!
//! The author of a DocumentReference may be a contained resource or words (IHE.MHD.Minimal.DocumentReference): it is words.
//! The profile of the manifest lets its author be referred to.

use super::codes::system;
use crate::domain::dossier::Document;
use crate::domain::ids::ResourceId;
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType;
use crate::mapping::items::PDF;
use crate::mapping::parts::coded::concept;
use crate::mapping::parts::context::{Context, Draft, Origin, Output, own_identifier};
use crate::mapping::parts::documents::{document_type, status, urn};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Identifier, Reference};

const DOCUMENT_REFERENCE: &str = "http://nictiz.nl/fhir/StructureDefinition/IHE.MHD.Minimal.DocumentReference";
const DOCUMENT_MANIFEST: &str = "http://nictiz.nl/fhir/StructureDefinition/IHE.MHD.DocumentManifest";
const CONFIDENTIALITY: &str = "http://hl7.org/fhir/v3/Confidentiality";

/// The resources of one document.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, document: &Document, servable: bool) {
    let id = ctx.id(ResourceType::DocumentReference, origin.key());
    let binary = servable.then(|| ctx.id(ResourceType::Binary, origin.key()));
    let author = ctx.who(out, origin, "/author", document.author.as_ref());
    let author = author.or_else(|| ctx.words.clean_some(document.from.as_deref()).map(Reference::named));
    let content = document_reference(ctx, document, id, binary, author.clone());
    out.resource(origin, Draft::new(ResourceType::DocumentReference, id, DOCUMENT_REFERENCE, &content));
    let Some(binary) = binary else { return };
    let manifest = ctx.id(ResourceType::DocumentManifest, origin.key());
    let content = document_manifest(ctx, origin, document, manifest, author);
    out.resource(origin, Draft::new(ResourceType::DocumentManifest, manifest, DOCUMENT_MANIFEST, &content));
    let content = Members::new().with("resourceType", ResourceType::Binary).with("id", binary).with("contentType", PDF);
    out.binary(origin, binary, &content, document.sha256.clone());
}

fn document_reference(
    ctx: &Context<'_>,
    document: &Document,
    id: ResourceId,
    binary: Option<ResourceId>,
    author: Option<Reference<'_>>,
) -> Members {
    let own = ctx.words.clean_some(document.identifier.as_deref());
    let own = own.map(|own| Identifier::new(system::DOCUMENT, own));
    let title = ctx.words.clean(&document.title);
    let explanation = ctx.words.clean_some(document.explanation.as_deref());
    let attachment = Members::new()
        .with("contentType", document.mime.as_str())
        .some("language", document.language.as_deref())
        .some("url", binary.map(|binary| format!("{}/{binary}", ResourceType::Binary)))
        .with("size", document.size)
        .some("title", title.clone());
    Members::new()
        .with("masterIdentifier", Identifier::new(system::URI, urn(id)))
        .all("identifier", [own_identifier(id)].into_iter().chain(own))
        .with("status", status(document))
        .with("type", document_type(&ctx.words, document))
        .some("class", document.class.as_ref().map(|class| concept(&ctx.words, class)))
        .with("subject", ctx.patient.to())
        .with("indexed", Timestamp::start_of_day(day_of(document)).to_rfc3339())
        .all("author", author.map(|who| Reference::named(who.display)))
        .some("description", explanation.or(title))
        .with("securityLabel", [normal()])
        .with("content", [Members::new().with("attachment", attachment)])
}

/// One manifest for one document: what belongs together the dossier does not say.
fn document_manifest(
    ctx: &Context<'_>,
    origin: &Origin<'_>,
    document: &Document,
    id: ResourceId,
    author: Option<Reference<'_>>,
) -> Members {
    let title = ctx.words.clean(&document.title).unwrap_or("Document".into());
    let reference = ctx.link(ResourceType::DocumentReference, origin.key(), &title);
    Members::new()
        .with("masterIdentifier", Identifier::new(system::URI, urn(id)))
        .with("identifier", [own_identifier(id)])
        .with("status", status(document))
        .with("type", document_type(&ctx.words, document))
        .with("subject", ctx.patient.to())
        .with("created", day_of(document).to_string())
        .all("author", author)
        // The practice as a source of documents; UNCONFIRMED whether anybody expects an address here.
        .with("source", urn(ctx.practice.organization.id))
        .some("description", ctx.words.clean(&document.title))
        .with("content", [Members::new().with("pReference", reference.to())])
}

/// The day on the document, else that of its receipt (R-DOC-05).
fn day_of(document: &Document) -> jiff::civil::Date {
    document.date.unwrap_or(document.received)
}

/// What is more than normally confidential is not shown at all.
fn normal() -> CodeableConcept<'static> {
    Coding::shown(CONFIDENTIALITY, "N", "normal").into()
}
