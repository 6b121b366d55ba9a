//! A medical device in use: DeviceUseStatement with its Device (nl-core-r4-profiles §6).

use super::coded::{body_site, concept_or_other, notes, period};
use super::codes::{extension, profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{Annotation, Extension, ExtensionValue, Identifier, Members};
use crate::domain::dossier::{CodeSystem, Device};
use crate::fhir::ResourceType;

/// Both resources of one device.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, device: &Device) {
    let label = ctx.words.clean(&device.product.display).unwrap_or("Hulpmiddel".into()).into_owned();
    let product = ctx.link_of(ResourceType::Device, origin.record_type(), origin.key(), &label);
    // The profile has room for one number of the product; our own name of it stands in the statement.
    let number = match (&device.gtin, &device.hibc) {
        (Some(gtin), _) => Some(Identifier::new(system::GTIN, gtin.as_str())),
        (None, Some(hibc)) => ctx.words.clean(hibc).map(|hibc| Identifier::new(system::HIBC, hibc)),
        (None, None) => None,
    };
    let description = ctx.words.clean_some(device.description.as_deref());
    let content = Members::new()
        .all("identifier", number)
        .with("type", concept_or_other(&ctx.words, &device.product, |system, _| system == CodeSystem::Sct))
        .with("patient", ctx.patient.to())
        .all("note", description.map(|text| Annotation { text }));
    out.resource(origin, Draft::new(ResourceType::Device, product.id, profile::DEVICE, &content));

    let kind = ResourceType::DeviceUseStatement;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let author = ctx.role_of(out, origin, "/author", device.author.as_ref());
    let author = author.map(|who| Extension::new(extension::DEVICE_PROFESSIONAL, ExtensionValue::Reference(who)));
    let episodes = ctx.episode_links(out, origin, &device.episodes);
    let strip = if episodes.is_empty() { Vec::new() } else { vec!["/reasonReference".to_owned()] };
    let content = Members::new()
        .all("extension", author)
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("subject", ctx.patient.to())
        .some("timingPeriod", period(device.start.map(|at| at.to_fhir()), device.end.map(|day| day.to_string())))
        .with("device", product.to())
        .all("reasonReference", episodes.iter().map(|links| links.condition.to()))
        .some("bodySite", device.body_site.as_ref().map(|site| body_site(&ctx.words, site)))
        .all("note", notes(ctx, device.note.as_deref()));
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::DEVICE_USE, &content) });
}
