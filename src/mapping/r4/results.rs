//! Determinations as Observation, laboratory reports as DiagnosticReport (his-to-fhir-mapping §10).
//!
//! What comes from a laboratory claims the laboratory profile; a measurement claims a vital-sign profile only when its
//! value is complete, else the base Observation. Systolic and diastolic pressure stay two results, as the HIS has them;
//! `pressure` puts both into one beside them.

use super::coded::{body_site, concept, date_time, is_of};
use super::codes::{profile, system};
use super::contacts::episode_extensions;
use super::context::{Context, Draft, Link, Origin, Output, own_identifier, pointers};
use super::types::{Annotation, CodeableConcept, Coding, DiagnosticReport, Identifier, Observation as Resource};
use crate::domain::dossier::{CodeSystem, Flag, Observation, RecordType, Report};
use crate::fhir::ResourceType;
use crate::mapping::parts::results::{
    Vital, code, conclusion, flag, is_laboratory, laboratory_of, members, reference_range, remark, report_status,
    sampled, status, value, vital_sign,
};

/// The Observation of one determination.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, observation: &Observation) {
    let id = ctx.id(ResourceType::Observation, origin.key());
    let vital = vital_sign(observation);
    let is_laboratory = vital.is_none() && is_laboratory(ctx, origin, observation);
    let episodes = ctx.episode_links(out, origin, &observation.episodes);
    let extension = episode_extensions(&episodes);
    let strip = pointers("/extension", extension.len());
    let encounter = observation.contact.as_ref().and_then(|contact| {
        let links = ctx.contacts.get(contact.as_str());
        if links.is_none() {
            out.problem(origin, "/contact", "names a contact that was not delivered");
        }
        links.map(|links| links.encounter.to())
    });
    let laboratory = laboratory_of(ctx, origin, observation);
    let performer = ctx.who(out, origin, "/performer", observation.performer.as_ref());
    let is_bound = is_laboratory && (observation.nhg45.is_some() || observation.loinc.is_some());
    let own = observation.identifier.as_deref().and_then(|own| ctx.words.clean(own));
    let order = observation
        .order
        .as_ref()
        .map(|key| ctx.link_of(ResourceType::ServiceRequest, RecordType::Order, key, "Aanvraag"));
    let specimen = observation.specimen.as_ref().map(|key| ctx.link(ResourceType::Specimen, key, "Monster"));
    let members: Vec<Link> =
        observation.members.iter().map(|key| ctx.link(ResourceType::Observation, key, "Uitslag")).collect();
    // The laboratory profile binds the method to SNOMED CT.
    let method = observation.method.as_ref().filter(|method| !is_bound || is_of(method, &[CodeSystem::Sct]));
    if method.is_none() && observation.method.is_some() {
        out.problem(origin, "/method", "has no code of SNOMED CT, which the profile asks for");
    }
    let content = Resource {
        extension,
        identifier: [own_identifier(id)]
            .into_iter()
            .chain(own.map(|own| Identifier::new(system::RESULT, own)))
            .collect(),
        based_on: order.as_ref().map(Link::to).into_iter().collect(),
        status: status(observation.status),
        category: category(vital.is_some(), is_laboratory).into_iter().collect(),
        code: code(ctx, observation, vital),
        subject: ctx.patient.to(),
        encounter,
        effective_date_time: date_time(observation.date),
        performer: performer.or(laboratory).into_iter().collect(),
        value: value(ctx, out, origin, observation),
        interpretation: observation
            .flag
            .map(interpretation)
            .into_iter()
            .chain(ctx.words.clean_some(observation.interpretation.as_deref()).map(CodeableConcept::words))
            .collect(),
        note: remark(ctx, observation).map(|text| Annotation { text }).into_iter().collect(),
        body_site: observation.body_site.as_ref().map(|site| body_site(&ctx.words, site)),
        method: method.map(|method| concept(&ctx.words, method)),
        specimen: specimen.as_ref().map(Link::to),
        reference_range: reference_range(ctx, out, origin, observation).into_iter().collect(),
        has_member: members.iter().map(Link::to).collect(),
    };
    let profile = match vital {
        Some(sign) => profile_of(sign.vital),
        // The laboratory profile binds the code to NHG table 45 and LOINC.
        None if is_bound => profile::LABORATORY_RESULT,
        None => profile::OBSERVATION,
    };
    let mut strip = strip;
    if !observation.members.is_empty() {
        // What a panel says of all its members tells of those that are withheld.
        strip.extend(content.interpretation.first().map(|_| "/interpretation".to_owned()));
        strip.extend(content.note.first().map(|_| "/note".to_owned()));
    }
    let draft = Draft::new(ResourceType::Observation, id, profile, &content);
    out.resource(origin, Draft { strip, ..draft });
}

fn category(is_vital: bool, is_laboratory: bool) -> Option<CodeableConcept<'static>> {
    let coding = match (is_vital, is_laboratory) {
        (true, _) => Coding::shown(system::OBSERVATION_CATEGORY, "vital-signs", "Vital Signs"),
        (false, true) => Coding::shown(system::OBSERVATION_CATEGORY, "laboratory", "Laboratory"),
        (false, false) => return None,
    };
    Some(coding.into())
}

fn interpretation(of: Flag) -> CodeableConcept<'static> {
    let (zib, (code, display)) = flag(of);
    let coding = zib.into_iter().chain([Coding::shown(system::INTERPRETATION, code, display)]).collect();
    CodeableConcept { coding, ..CodeableConcept::default() }
}

fn profile_of(vital: Vital) -> &'static str {
    match vital {
        Vital::PulseRate => profile::PULSE_RATE,
        Vital::BodyTemperature => profile::BODY_TEMPERATURE,
        Vital::BodyWeight => profile::BODY_WEIGHT,
        Vital::BodyHeight => profile::BODY_HEIGHT,
        Vital::HeartRate => profile::HEART_RATE,
        Vital::O2Saturation => profile::O2_SATURATION,
        Vital::HeadCircumference => profile::HEAD_CIRCUMFERENCE,
    }
}

/// The DiagnosticReport of one laboratory report.
pub(super) fn render_report(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, report: &Report) {
    let id = ctx.id(ResourceType::DiagnosticReport, origin.key());
    let members = members(ctx, out, origin, report);
    let results: Vec<Link> =
        members.iter().map(|member| ctx.link(ResourceType::Observation, &member.id, "Uitslag")).collect();
    let number = ctx.words.clean(&report.number);
    let performer = ctx.organization(out, origin, "/performer", report.performer.as_ref());
    let order =
        report.order.as_ref().map(|key| ctx.link_of(ResourceType::ServiceRequest, RecordType::Order, key, "Aanvraag"));
    let content = DiagnosticReport {
        identifier: std::iter::once(own_identifier(id))
            .chain(number.map(|number| Identifier::new(system::LABORATORY_REPORT, number)))
            .collect(),
        based_on: order.as_ref().map(Link::to).into_iter().collect(),
        status: report_status(report),
        category: [Coding::shown(system::DIAGNOSTIC_SERVICE, "LAB", "Laboratory").into()],
        code: CodeableConcept::of(vec![Coding::new(system::LOINC, "11502-2")], "Laboratoriumverslag"),
        subject: ctx.patient.to(),
        effective_date_time: sampled(report),
        issued: report.authorised_at.map(|at| at.to_rfc3339()),
        performer: performer
            .or_else(|| ctx.laboratory(report.lab_agb.as_deref(), Some(&report.lab)))
            .into_iter()
            .collect(),
        result: results.iter().map(Link::to).collect(),
        conclusion: conclusion(ctx, report, members),
    };
    out.resource(origin, Draft::new(ResourceType::DiagnosticReport, id, profile::DIAGNOSTIC_REPORT, &content));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_outside_the_reference_range_carry_both_codings() {
        let cases =
            [(Flag::N, 1), (Flag::L, 2), (Flag::H, 2), (Flag::LL, 1), (Flag::HH, 1), (Flag::A, 1), (Flag::I, 2)];
        for (flag, codings) in cases {
            assert_eq!(interpretation(flag).coding.len(), codings, "{flag:?}");
        }
    }
}
