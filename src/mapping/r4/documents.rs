//! A letter as DocumentReference, its bytes as Binary (his-to-fhir-mapping §12, fhir-data-services §4).
//!
//! The Binary stands for bytes that are kept elsewhere under their hash; without complete bytes in PDF there is none,
//! and the DocumentReference has no url to follow.

use super::coded::concept;
use super::codes::{profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{Attachment, Binary, Content, DocumentReference, Identifier, Reference};
use crate::domain::dossier::Document;
use crate::domain::ids::ResourceId;
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType;
use crate::mapping::items::PDF;
use crate::mapping::parts::documents::{document_type, status, urn};

/// The resources of one document.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, document: &Document, servable: bool) {
    let id = ctx.id(ResourceType::DocumentReference, origin.key());
    let binary = servable.then(|| ctx.id(ResourceType::Binary, origin.key()));
    let author = ctx.who(out, origin, "/author", document.author.as_ref());
    let content = document_reference(ctx, document, id, binary, author);
    out.resource(origin, Draft::new(ResourceType::DocumentReference, id, profile::DOCUMENT_REFERENCE, &content));
    if let Some(id) = binary {
        let content = Binary { kind: ResourceType::Binary, id, content_type: PDF };
        out.binary(origin, id, &content, document.sha256.clone());
    }
}

fn document_reference<'a>(
    ctx: &'a Context<'_>,
    document: &'a Document,
    id: ResourceId,
    binary: Option<ResourceId>,
    author: Option<Reference<'a>>,
) -> DocumentReference<'a> {
    let named = ctx.words.clean_some(document.from.as_deref()).map(Reference::named);
    let own = document.identifier.as_deref().and_then(|own| ctx.words.clean(own));
    let date = document.date.unwrap_or(document.received);
    DocumentReference {
        master_identifier: Identifier::new(system::URI, urn(id)),
        identifier: [own_identifier(id)]
            .into_iter()
            .chain(own.map(|own| Identifier::new(system::DOCUMENT, own)))
            .collect(),
        status: status(document),
        kind: document_type(&ctx.words, document),
        category: document.class.as_ref().map(|class| concept(&ctx.words, class)).into_iter().collect(),
        subject: ctx.patient.to(),
        date: Timestamp::start_of_day(date).to_rfc3339(),
        author: author.or(named).into_iter().collect(),
        custodian: ctx.practice.organization.to(),
        description: ctx.words.clean_some(document.explanation.as_deref()),
        content: [Content {
            attachment: Attachment {
                content_type: &document.mime,
                language: document.language.as_deref(),
                url: binary.map(|binary| format!("{}/{binary}", ResourceType::Binary)),
                size: document.size,
                title: ctx.words.clean(&document.title),
            },
        }],
    }
}
