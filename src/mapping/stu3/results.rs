//! Determinations as Observation, their material as Specimen, laboratory reports as DiagnosticReport
//! (his-to-fhir-mapping §10).
//!
//! A measurement is a gp-DiagnosticResult; weight and height with a complete value are the zib of that name too. What
//! comes from a laboratory is the zib, and gp-LaboratoryResult too when NHG table 45 names it. There is one comment, which
//! holds an interpretation in words as well.

use super::codes::{profile, system};
use super::contacts::episode_extensions;
use super::types::{body_site, related, snomed, somebody};
use crate::domain::dossier::{Flag, Observation, Record, RecordType, Report, SourceId, Specimen};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, date_time, notes, quantity};
use crate::mapping::parts::context::{Context, Draft, Link, Origin, Output, own_identifier, pointers};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::pressure::{DIASTOLIC, SYSTOLIC, loinc_of};
use crate::mapping::parts::results::{
    Vital, VitalSign, code, conclusion, flag, is_laboratory, laboratory_of, members, reference_range, remark,
    report_status, sampled, status, value, vital_sign,
};
use crate::mapping::parts::types::{CodeableConcept, Coding, Identifier, Text};

/// The Observation of one determination.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, observation: &Observation) {
    let id = ctx.id(ResourceType::Observation, origin.key());
    let vital = vital_sign(observation);
    let is_laboratory = vital.is_none() && is_laboratory(ctx, origin, observation);
    let episodes = ctx.episode_links(out, origin, &observation.episodes);
    let extensions = episode_extensions(&episodes);
    let mut strip = pointers("/extension", extensions.len());
    let context = ctx.encounter(out, origin, observation.contact.as_ref());
    let performer = ctx.who(out, origin, "/performer", observation.performer.as_ref());
    let performer = performer.or_else(|| laboratory_of(ctx, origin, observation));
    let demands_one = vital.is_some_and(|sign| matches!(sign.vital, Vital::BodyWeight | Vital::BodyHeight));
    let performer = performer.or_else(|| demands_one.then(somebody));
    let own = observation.identifier.as_deref().and_then(|own| ctx.words.clean(own));
    let order = order(ctx, observation.order.as_ref());
    let specimen = observation.specimen.as_ref().map(|key| ctx.link(ResourceType::Specimen, key, "Monster"));
    let panel: Vec<Link> =
        observation.members.iter().map(|key| ctx.link(ResourceType::Observation, key, "Uitslag")).collect();
    let interpretation = observation.flag.map(interpretation);
    let comment = comment(ctx, observation);
    if !panel.is_empty() {
        // What a panel says of all its members tells of those that are withheld.
        strip.extend(interpretation.iter().map(|_| "/interpretation".to_owned()));
        strip.extend(comment.iter().map(|_| "/comment".to_owned()));
    }
    let mut code = code(ctx, observation, vital);
    code.coding.extend(loinc_of(observation));
    let found = value(ctx, out, origin, observation);
    let range = reference_range(ctx, out, origin, observation);
    let normal = || CodeableConcept::from(Coding::shown(system::RANGE_MEANING, "normal", "Normal Range"));
    let members = Members::new()
        .all("extension", extensions)
        .all("identifier", [own_identifier(id)].into_iter().chain(own.map(|own| Identifier::new(system::RESULT, own))))
        .all("basedOn", order.as_ref().map(Link::to))
        .with("status", status(observation.status))
        .all("category", category(vital, is_laboratory))
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("context", context)
        .with("effectiveDateTime", date_time(observation.date))
        .all("performer", performer);
    let members = match found {
        Some(found) => found.add_to(members),
        None => members,
    };
    let content = members
        .some("interpretation", interpretation)
        .some("comment", comment)
        .some("bodySite", observation.body_site.as_ref().map(|site| body_site(&ctx.words, site)))
        .some("method", observation.method.as_ref().map(|method| concept(&ctx.words, method)))
        .some("specimen", specimen.as_ref().map(Link::to))
        .all("referenceRange", range.map(|range| range.with("type", normal())))
        .all("related", related("has-member", &panel));
    let profile = claims(observation, vital, is_laboratory);
    let draft =
        Draft { profile, strip, ..Draft::new(ResourceType::Observation, id, profile::LABORATORY_TEST, &content) };
    out.resource(origin, draft);
}

/// The profiles it fits.
fn claims(observation: &Observation, vital: Option<&VitalSign>, is_laboratory: bool) -> Vec<&'static str> {
    match vital.map(|sign| sign.vital) {
        Some(Vital::BodyWeight) => vec![profile::BODY_WEIGHT, profile::DIAGNOSTIC_RESULT],
        Some(Vital::BodyHeight) => vec![profile::BODY_HEIGHT, profile::DIAGNOSTIC_RESULT],
        None if is_laboratory && observation.nhg45.is_some() => {
            vec![profile::LABORATORY_RESULT, profile::LABORATORY_TEST]
        }
        None if is_laboratory => vec![profile::LABORATORY_TEST],
        Some(
            Vital::PulseRate
            | Vital::BodyTemperature
            | Vital::HeartRate
            | Vital::O2Saturation
            | Vital::HeadCircumference,
        )
        | None => vec![profile::DIAGNOSTIC_RESULT],
    }
}

fn order(ctx: &Context<'_>, order: Option<&SourceId>) -> Option<Link> {
    Some(ctx.link_of(ResourceType::ProcedureRequest, RecordType::Order, order?, "Aanvraag"))
}

/// Of laboratory work it is the finding; which kind of laboratory it was is not known.
fn category(vital: Option<&VitalSign>, is_laboratory: bool) -> Option<CodeableConcept<'static>> {
    match vital {
        Some(_) => Some(vital_signs()),
        None => is_laboratory.then(|| snomed("49581000146104", "bevinding betreffende laboratoriumonderzoek").into()),
    }
}

fn vital_signs() -> CodeableConcept<'static> {
    Coding::shown(system::OBSERVATION_CATEGORY, "vital-signs", "Vital Signs").into()
}

fn interpretation(of: Flag) -> CodeableConcept<'static> {
    let (zib, (code, display)) = flag(of);
    let coding = [Coding::shown(system::INTERPRETATION, code, display)].into_iter().chain(zib).collect();
    CodeableConcept { coding, ..CodeableConcept::default() }
}

/// An interpretation in words, the remark and the practice's conclusion.
fn comment<'a>(ctx: &Context<'_>, observation: &'a Observation) -> Option<Text<'a>> {
    let words = ctx.words.clean_some(observation.interpretation.as_deref());
    match (words, remark(ctx, observation)) {
        (Some(words), Some(remark)) => Some(Text::Owned(format!("{words}\n\n{remark}"))),
        (words, remark) => words.or(remark),
    }
}

/// The panel of a systolic and a diastolic result, which are served as they are beside it (`parts::pressure`).
pub(super) fn render_pressure(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    systolic: &Record<Observation>,
    diastolic: &Record<Observation>,
) {
    let kind = ResourceType::Observation;
    let id = ctx.ids.id("Observation.blood_pressure", systolic.id.as_str());
    let performer = ctx.who(out, origin, "/performer", systolic.d.performer.as_ref()).unwrap_or_else(somebody);
    let halves = [&systolic.id, &diastolic.id].map(|key| ctx.link(kind, key, "Uitslag"));
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", status(systolic.d.status))
        .with("category", [vital_signs()])
        .with("code", CodeableConcept::from(Coding::shown(system::LOINC, "85354-9", "Bloeddruk")))
        .with("subject", ctx.patient.to())
        .some("context", ctx.encounter(out, origin, systolic.d.contact.as_ref()))
        .with("effectiveDateTime", date_time(systolic.d.date))
        .with("performer", [performer])
        .all("related", related("derived-from", &halves))
        .with("component", [SYSTOLIC.component(&systolic.d), DIASTOLIC.component(&diastolic.d)]);
    out.resource(origin, Draft::new(kind, id, profile::BLOOD_PRESSURE, &content));
}

/// The Specimen of a result.
pub(super) fn render_specimen(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, specimen: &Specimen) {
    let kind = ResourceType::Specimen;
    let id = ctx.id(kind, origin.key());
    let number = ctx.words.clean_some(specimen.number.as_deref());
    let collection = Members::new()
        .some("collectedDateTime", specimen.collected.map(date_time))
        .some("quantity", specimen.volume.as_ref().and_then(|volume| quantity(&ctx.words, volume)))
        .some("method", specimen.method.as_ref().map(|method| concept(&ctx.words, method)))
        .some("bodySite", specimen.body_site.as_ref().map(|site| body_site(&ctx.words, site)))
        .non_empty();
    let content = Members::new()
        .all(
            "identifier",
            [own_identifier(id)].into_iter().chain(number.map(|number| Identifier::new(system::SPECIMEN, number))),
        )
        .with("type", concept(&ctx.words, &specimen.material))
        .with("subject", ctx.patient.to())
        .some("receivedTime", specimen.received.map(date_time))
        .some("collection", collection)
        .all("note", notes(ctx, specimen.note.as_deref()));
    out.resource(origin, Draft::new(kind, id, profile::SPECIMEN, &content));
}

/// The DiagnosticReport of one laboratory report.
///
/// UNCONFIRMED: the profile asks for the kind of laboratory beside "laboratory report"; it is not known.
pub(super) fn render_report(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, report: &Report) {
    let id = ctx.id(ResourceType::DiagnosticReport, origin.key());
    let members = members(ctx, out, origin, report);
    let results: Vec<Link> =
        members.iter().map(|member| ctx.link(ResourceType::Observation, &member.id, "Uitslag")).collect();
    let number = ctx.words.clean(&report.number);
    let number = number.map(|number| Identifier::new(system::LABORATORY_REPORT, number));
    let performer = ctx
        .organization(out, origin, "/performer", report.performer.as_ref())
        .or_else(|| ctx.laboratory(report.lab_agb.as_deref(), Some(&report.lab)));
    let order = order(ctx, report.order.as_ref());
    let kind =
        vec![snomed("4241000179101", "laboratoriumverslag"), Coding::shown(system::NULL_FLAVOR, "UNK", "Onbekend")];
    let content = Members::new()
        .all("identifier", [own_identifier(id)].into_iter().chain(number))
        .all("basedOn", order.as_ref().map(Link::to))
        .with("status", report_status(report))
        .with("category", CodeableConcept { coding: kind, ..CodeableConcept::default() })
        .with("code", CodeableConcept::of(vec![Coding::new(system::LOINC, "11502-2")], "Laboratoriumverslag"))
        .with("subject", ctx.patient.to())
        .some("effectiveDateTime", sampled(report))
        .some("issued", report.authorised_at.map(|at| at.to_rfc3339()))
        .all("performer", performer.map(|actor| Members::new().with("actor", actor)))
        .all("result", results.iter().map(Link::to))
        .some("conclusion", conclusion(ctx, report, members));
    out.resource(origin, Draft::new(ResourceType::DiagnosticReport, id, profile::LABORATORY_REPORT, &content));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_one_concept_with_the_code_of_hl7_first() {
        let high = interpretation(Flag::H);
        let codes: Vec<&str> = high.coding.iter().map(|coding| &*coding.code).collect();
        assert_eq!(codes, ["H", "281302008"]);
        assert_eq!(high.coding[0].system, system::INTERPRETATION);
        assert_eq!(interpretation(Flag::A).coding.len(), 1);
    }
}
