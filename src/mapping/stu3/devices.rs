//! A medical device in use: DeviceUseStatement with its Device.

use super::codes::{extension, profile, system};
use super::types::{body_site, other};
use crate::domain::dossier::{CodeSystem, Device, Who};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, is_of, notes, period};
use crate::mapping::parts::context::{Context, Draft, Origin, Output, own_identifier};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{Extension, ExtensionValue, Identifier};

/// Both resources of one device.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, device: &Device) {
    let label = ctx.words.clean(&device.product.display).unwrap_or("Hulpmiddel".into()).into_owned();
    let product = ctx.link_of(ResourceType::Device, origin.record_type(), origin.key(), &label);
    let code = if is_of(&device.product, &[CodeSystem::Sct]) {
        concept(&ctx.words, &device.product)
    } else {
        other(label.as_str())
    };
    let hibc = ctx.words.clean_some(device.hibc.as_deref()).map(|hibc| Identifier::new(system::HIBC, hibc));
    let content = Members::new()
        .all("identifier", [own_identifier(product.id)].into_iter().chain(hibc))
        .some("udi", device.gtin.as_deref().map(|gtin| Members::new().with("deviceIdentifier", gtin)))
        .with("type", code)
        .with("patient", ctx.patient.to())
        .all("note", notes(ctx, device.description.as_deref()));
    out.resource(origin, Draft::new(ResourceType::Device, product.id, profile::DEVICE, &content));

    let kind = ResourceType::DeviceUseStatement;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let (of, author) = match device.author.as_ref() {
        who @ Some(Who::Organization(_)) => (extension::DEVICE_ORGANIZATION, ctx.who(out, origin, "/author", who)),
        who => (extension::DEVICE_PRACTITIONER, ctx.role_of(out, origin, "/author", who)),
    };
    let author = author.map(|who| Extension::new(of, ExtensionValue::Reference(who)));
    let episodes = ctx.episode_links(out, origin, &device.episodes);
    let strip = if episodes.is_empty() { Vec::new() } else { vec!["/indication".to_owned()] };
    let indications = episodes.iter().map(|links| {
        let problem = ExtensionValue::Reference(links.condition.to());
        Members::new().with("extension", [Extension::new(extension::DEVICE_PROBLEM, problem)])
    });
    let content = Members::new()
        .all("extension", author)
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("subject", ctx.patient.to())
        .some("whenUsed", period(device.start.map(|at| at.to_fhir()), device.end.map(|day| day.to_string())))
        .with("device", product.to())
        .all("indication", indications)
        .some("bodySite", device.body_site.as_ref().map(|site| body_site(&ctx.words, site)))
        .all("note", notes(ctx, device.note.as_deref()));
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::DEVICE_USE, &content) });
}
