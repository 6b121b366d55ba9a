//! What follows a medication agreement, as MP9 has it: use (MedicationStatement), dispense request (MedicationRequest),
//! administration agreement and dispense (MedicationDispense), each with its own Medication (nl-core-r4-profiles §8).
//!
//! A supply refers to its agreement; when that is withheld the supply is too, so the reference never dangles. Status is
//! `unknown` as in MP9 unless the source is certain.

use super::coded::{date_time, notes, period, pieces};
use super::codes::{extension, profile, system};
use super::contacts::episode_extensions;
use super::context::{Context, Draft, Link, Origin, Output, own_identifier, pointers};
use super::dosing::instructions;
use super::medication::{product_code, treatment};
use super::types::{CodeableConcept, Coding, Extension, ExtensionValue, Members, Quantity, Reference};
use crate::domain::dossier::{
    AdministrationAgreement, Amount, Dispense, DispenseRequest, MedicationUse, RecordType, SourceId, Supply, Usage,
};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::mapping::parts::medicines::{course_of, duration, period_of_use};

/// A supply's own resource and its product.
struct Block<'a> {
    id: ResourceId,
    product: Link,
    agreement: Option<Link>,
    encounter: Option<Reference<'a>>,
    /// Extensions for its episodes, and the pointers to cut them.
    episodes: Vec<Extension<'a>>,
    strip: Vec<String>,
}

fn block<'a>(
    ctx: &'a Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    kind: ResourceType,
    supply: &'a Supply,
) -> Block<'a> {
    let code = product_code(ctx, &supply.product);
    let label = code.text.clone().unwrap_or_default().into_owned();
    let product = ctx.link_of(ResourceType::Medication, origin.record_type(), origin.key(), &label);
    let content = Members::new().with("identifier", [own_identifier(product.id)]).with("code", code);
    out.resource(origin, Draft::new(ResourceType::Medication, product.id, profile::PRODUCT, &content));
    let links = ctx.episode_links(out, origin, &supply.episodes);
    let episodes = episode_extensions(&links);
    let agreement = supply.agreement.as_ref();
    // A remark may tell the reason (R-MED-05).
    let note = supply.note.iter().map(|_| "/note".to_owned());
    Block {
        id: ctx.id_of(kind, origin.record_type(), origin.key()),
        product,
        agreement: agreement.map(|key| ctx.link(ResourceType::MedicationRequest, key, "Medicatieafspraak")),
        encounter: ctx.encounter(out, origin, supply.contact.as_ref()),
        strip: pointers("/extension", episodes.len()).into_iter().chain(note).collect(),
        episodes,
    }
}

fn category(code: &'static str, display: &'static str) -> CodeableConcept<'static> {
    Coding::shown(system::SNOMED, code, display).into()
}

fn rendered<'a>(ctx: &Context<'_>, usage: &'a Usage) -> Option<Extension<'a>> {
    let text = ctx.words.clean_some(usage.dosage_text.as_deref())?;
    Some(Extension::string(extension::RENDERED_DOSAGE, text))
}

fn stop_type() -> Extension<'static> {
    let coding = Coding::shown(system::SNOMED, "113371000146109", "definitief gestopt met medicatie");
    Extension::concept(extension::STOP_TYPE, coding.into())
}

/// The list for use has no "definitive".
fn use_stop_type() -> Extension<'static> {
    Extension::concept(extension::STOP_TYPE, Coding::shown(system::SNOMED, "410546004", "stopgezet").into())
}

/// MedicationStatement (mp-MedicationUse2).
pub(super) fn render_use(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, used: &MedicationUse) {
    let kind = ResourceType::MedicationStatement;
    let block = block(ctx, out, origin, kind, &used.supply);
    let prescriber = ctx.role_of(out, origin, "/prescriber", used.prescriber.as_ref());
    let author = ctx.author_of(out, origin, "/author", used.author.as_ref());
    let extensions = rendered(ctx, &used.usage)
        .into_iter()
        .chain(prescriber.map(|who| Extension::new(extension::USE_PRESCRIBER, ExtensionValue::Reference(who))))
        .chain(used.as_agreed.map(|yes| Extension::new(extension::AS_AGREED, ExtensionValue::Boolean(yes))))
        .chain([treatment(course_of(ctx, origin, &used.supply))])
        .chain(author.map(|who| Extension::new(extension::USE_AUTHOR, ExtensionValue::Reference(who))));
    let stopped = used.stopped_at.is_some();
    let status_reason = used.stop_reason.as_deref().filter(|_| stopped);
    let reason = ctx.words.clean_some(used.reason.as_deref());
    let mut strip: Vec<String> = reason.iter().map(|_| "/reasonCode".to_owned()).collect();
    strip.extend(status_reason.iter().map(|_| "/statusReason".to_owned()));
    strip.extend(used.supply.note.iter().map(|_| "/note".to_owned()));
    let derived = block.agreement.as_ref().map(|agreement| {
        let category =
            Extension::concept(extension::RESOURCE_CATEGORY, category("33633005", "voorschrijven van geneesmiddel"));
        let reference = agreement.to();
        Members::new()
            .with("extension", [category])
            .some("reference", reference.reference)
            .with("display", reference.display)
    });
    let content = Members::new()
        .all("extension", extensions)
        .all("modifierExtension", used.stopped_at.map(|_| use_stop_type()))
        .with("identifier", [own_identifier(block.id)])
        .with("status", use_status(used))
        .all("statusReason", ctx.words.clean_some(status_reason).map(super::coded::other))
        .with("category", category("422979000", "bevinding betreffende gedrag met betrekking tot medicatie"))
        .with("medicationReference", block.product.to())
        .with("subject", ctx.patient.to())
        .some("context", block.encounter)
        .some("effectivePeriod", period(used.start.map(|day| day.to_string()), used.end.map(|day| day.to_string())))
        .some("dateAsserted", used.recorded.map(date_time))
        .some("informationSource", ctx.who(out, origin, "/informant", used.informant.as_ref()))
        .all("derivedFrom", derived)
        .all("reasonCode", reason.map(CodeableConcept::words))
        .all("note", notes(ctx, used.supply.note.as_deref()))
        .all("dosage", instructions(ctx, &used.usage));
    let draft = Draft::new(kind, block.id, profile::MEDICATION_USE, &content);
    out.resource(origin, Draft { strip, ..draft });
}

/// The source is certain of it: it is used, it was stopped, or it is not used.
fn use_status(used: &MedicationUse) -> &'static str {
    match (used.supply.entered_in_error, used.stopped_at, used.in_use) {
        (true, _, _) => "entered-in-error",
        (false, Some(_), _) => "stopped",
        (false, None, true) => "active",
        (false, None, false) => "not-taken",
    }
}

/// MedicationRequest (mp-DispenseRequest).
pub(super) fn render_request(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, request: &DispenseRequest) {
    let kind = ResourceType::MedicationRequest;
    let block = block(ctx, out, origin, kind, &request.supply);
    let location = ctx
        .words
        .clean_some(request.location.as_deref())
        .map(|place| Extension::new(extension::DISPENSE_LOCATION, ExtensionValue::Reference(Reference::named(place))));
    let day = |day: jiff::civil::Date| day.to_string();
    let dispense = Members::new()
        .all("extension", location)
        .some("validityPeriod", period(request.valid_from.map(day), request.valid_to.map(day)))
        .some("numberOfRepeatsAllowed", request.repeats)
        .some("quantity", request.amount.as_ref().and_then(|amount| counted(ctx, amount)))
        .non_empty();
    let content = Members::new()
        .all("extension", block.episodes.into_iter().chain([treatment(course_of(ctx, origin, &request.supply))]))
        .with("identifier", [own_identifier(block.id)])
        .with("status", if request.supply.entered_in_error { "entered-in-error" } else { "unknown" })
        .with("intent", "order")
        .with("category", [category("52711000146108", "verstrekkingsverzoek")])
        .with("medicationReference", block.product.to())
        .with("subject", ctx.patient.to())
        .some("encounter", block.encounter)
        .with("authoredOn", request.date.to_string())
        .some("requester", ctx.role_of(out, origin, "/author", request.author.as_ref()))
        .some("performer", ctx.organization(out, origin, "/supplier", request.supplier.as_ref()))
        .all("basedOn", block.agreement.as_ref().map(Link::to))
        .all("note", notes(ctx, request.supply.note.as_deref()))
        .some("dispenseRequest", dispense);
    let draft = Draft::new(kind, block.id, profile::DISPENSE_REQUEST, &content);
    out.resource(origin, Draft { strip: block.strip, ..draft });
}

/// MedicationDispense (mp-AdministrationAgreement).
pub(super) fn render_agreement(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    agreement: &AdministrationAgreement,
) {
    let kind = ResourceType::MedicationDispense;
    let block = block(ctx, out, origin, kind, &agreement.supply);
    let period = period_of_use(agreement.start, agreement.end, agreement.stopped_at);
    let extensions = agreement
        .agreed
        .map(|at| Extension::new(extension::ADMINISTRATION_AGREED, ExtensionValue::DateTime(date_time(at))))
        .into_iter()
        .chain(rendered(ctx, &agreement.usage))
        .chain([Extension::new(extension::PERIOD_OF_USE, ExtensionValue::Period(period))])
        .chain([treatment(course_of(ctx, origin, &agreement.supply))]);
    let supplier = ctx.organization(out, origin, "/supplier", agreement.supplier.as_ref());
    let content = Members::new()
        .all("extension", extensions)
        .all("modifierExtension", agreement.stopped_at.map(|_| stop_type()))
        .with("identifier", [own_identifier(block.id)])
        .with("status", if agreement.supply.entered_in_error { "entered-in-error" } else { "unknown" })
        .with("category", category("422037009", "toedieningsafspraak"))
        .with("medicationReference", block.product.to())
        .with("subject", ctx.patient.to())
        .some("context", block.encounter)
        .all("performer", supplier.map(|actor| Members::new().with("actor", actor)))
        .all("authorizingPrescription", block.agreement.as_ref().map(Link::to))
        .all("note", notes(ctx, agreement.supply.note.as_deref()))
        .all("dosageInstruction", instructions(ctx, &agreement.usage));
    out.resource(origin, Draft::new(kind, block.id, profile::ADMINISTRATION_AGREEMENT, &content));
}

/// MedicationDispense (mp-MedicationDispense).
pub(super) fn render_dispense(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, dispense: &Dispense) {
    let kind = ResourceType::MedicationDispense;
    let block = block(ctx, out, origin, kind, &dispense.supply);
    let request = dispense.request.as_ref().map(|key: &SourceId| {
        ctx.link_of(ResourceType::MedicationRequest, RecordType::DispenseRequest, key, "Verstrekkingsverzoek")
    });
    let supplier = ctx.organization(out, origin, "/supplier", dispense.supplier.as_ref());
    let content = Members::new()
        .with("extension", [treatment(course_of(ctx, origin, &dispense.supply))])
        .with("identifier", [own_identifier(block.id)])
        .with("status", if dispense.supply.entered_in_error { "entered-in-error" } else { "completed" })
        .with("category", category("373784005", "verstrekken van medicatie"))
        .with("medicationReference", block.product.to())
        .with("subject", ctx.patient.to())
        .some("context", block.encounter)
        .all("performer", supplier.map(|actor| Members::new().with("actor", actor)))
        .all("authorizingPrescription", request.as_ref().map(Link::to))
        .some("quantity", dispense.amount.as_ref().and_then(|amount| counted(ctx, amount)))
        .some("daysSupply", duration(dispense.days))
        .with("whenHandedOver", date_time(dispense.handed_over))
        .all("note", notes(ctx, dispense.supply.note.as_deref()));
    out.resource(origin, Draft::new(kind, block.id, profile::DISPENSE, &content));
}

/// Pieces get the unit of the G-Standaard beside UCUM's; what UCUM knows stays UCUM; other units are words.
fn counted<'a>(ctx: &Context<'_>, amount: &'a Amount) -> Option<Quantity<'a>> {
    match amount.unit.as_deref() {
        None | Some("stuk" | "stuks" | "tablet" | "tabletten") => pieces(&amount.value, None, None),
        _ => super::coded::quantity(&ctx.words, amount),
    }
}
