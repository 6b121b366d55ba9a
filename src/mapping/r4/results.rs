//! Determinations as Observation, laboratory reports as DiagnosticReport (his-to-fhir-mapping §10).
//!
//! What comes from a laboratory claims the laboratory profile; a measurement claims a vital-sign profile only when its
//! value is complete, else the base Observation. Systolic and diastolic pressure stay two results, as the HIS has them;
//! `pressure` puts both into one beside them.

use super::coded::{body_site, concept, is_of};
use super::codes::{profile, system};
use super::contacts::episode_extensions;
use super::context::{Context, Draft, Link, Origin, Output, own_identifier, pointers};
use super::types::{
    Annotation, CodeableConcept, Coding, Decimal, DiagnosticReport, Identifier, Observation as Resource,
    ObservationValue as Value, Quantity, Reference, ReferenceRange, Text,
};
use crate::domain::dossier::{
    CodeSystem, Comparator, Flag, Observation, ObservationDate, ObservationStatus, ObservationValue, Record,
    RecordType, Report, ResultKind, ResultState,
};
use crate::fhir::ResourceType;

/// Rows of NHG table 45 that are laboratory work although their name does not say so.
const LABORATORY_NUMBERS: [&str; 5] = ["371", "372", "1334", "3208", "3272"];

/// What a vital-sign profile asks: a LOINC code, one of these units, and how the source may name it.
struct VitalSign {
    profile: &'static str,
    loinc: &'static str,
    nhg45: Option<&'static str>,
    units: &'static [&'static str],
    /// A second coding that the number in NHG table 45 stands for.
    specification: Option<(&'static str, &'static str)>,
}

/// Oxygen saturation by pulse oximetry.
const PULSE_OXIMETRY: &str = "59408-5";

/// Weight and height have no confirmed number in NHG table 45: there only the LOINC code of the source counts.
const VITAL_SIGNS: [VitalSign; 7] = [
    VitalSign {
        profile: profile::PULSE_RATE,
        loinc: "8893-0",
        nhg45: Some("1875"),
        units: &["/min"],
        specification: None,
    },
    VitalSign {
        profile: profile::BODY_TEMPERATURE,
        loinc: "8310-5",
        nhg45: Some("1915"),
        units: &["Cel"],
        specification: Some(("415945006", "orale temperatuur")),
    },
    VitalSign {
        profile: profile::BODY_WEIGHT,
        loinc: "29463-7",
        nhg45: None,
        units: &["kg", "g"],
        specification: None,
    },
    VitalSign { profile: profile::BODY_HEIGHT, loinc: "8302-2", nhg45: None, units: &["cm"], specification: None },
    VitalSign { profile: profile::HEART_RATE, loinc: "8867-4", nhg45: None, units: &["/min"], specification: None },
    VitalSign { profile: profile::O2_SATURATION, loinc: "59408-5", nhg45: None, units: &["%"], specification: None },
    VitalSign {
        profile: profile::HEAD_CIRCUMFERENCE,
        loinc: "9843-4",
        nhg45: None,
        units: &["cm"],
        specification: None,
    },
];

/// The Observation of one determination.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, observation: &Observation) {
    let id = ctx.id(ResourceType::Observation, origin.key());
    let vital = VITAL_SIGNS.iter().find(|sign| sign.fits(observation));
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
        effective_date_time: effective(observation.date),
        performer: performer.or(laboratory).into_iter().collect(),
        value: value(ctx, out, origin, observation),
        interpretation: observation
            .flag
            .map(interpretation)
            .into_iter()
            .chain(ctx.words.clean_some(observation.interpretation.as_deref()).map(CodeableConcept::words))
            .collect(),
        note: note(ctx, observation).into_iter().collect(),
        body_site: observation.body_site.as_ref().map(|site| body_site(&ctx.words, site)),
        method: method.map(|method| concept(&ctx.words, method)),
        specimen: specimen.as_ref().map(Link::to),
        reference_range: reference_range(ctx, out, origin, observation).into_iter().collect(),
        has_member: members.iter().map(Link::to).collect(),
    };
    let profile = match vital {
        Some(sign) => sign.profile,
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

impl VitalSign {
    /// Is it this measurement, with a complete value in a unit the profile knows?
    fn fits(&self, observation: &Observation) -> bool {
        let is_named = observation.loinc.as_deref() == Some(self.loinc)
            || (observation.loinc.is_none() && self.nhg45.is_some() && observation.nhg45.as_deref() == self.nhg45);
        let ObservationValue::Quantity { unit: Some(unit), ucum: true, comparator: None, value } = &observation.value
        else {
            return false;
        };
        is_named && self.units.contains(&unit.as_str()) && Decimal::parse(value).is_some()
    }
}

fn is_laboratory(ctx: &Context<'_>, origin: &Origin<'_>, observation: &Observation) -> bool {
    if let Some(kind) = observation.kind {
        return kind == ResultKind::Laboratory;
    }
    let is_known = |number: &str| LABORATORY_NUMBERS.contains(&number);
    laboratory_of(ctx, origin, observation).is_some()
        || ctx.threads.report_of.contains_key(origin.key().as_str())
        || observation.nhg45.as_deref().is_some_and(is_known)
        || observation.name.as_deref().is_some_and(|name| name.to_ascii_lowercase().contains("(lab)"))
}

/// The laboratory the determination names, else that of its report.
fn laboratory_of<'c>(ctx: &'c Context<'_>, origin: &Origin<'_>, observation: &'c Observation) -> Option<Reference<'c>> {
    ctx.laboratory(observation.lab_agb.as_deref(), observation.lab.as_deref()).or_else(|| {
        let report = ctx.threads.report_of.get(origin.key().as_str()).copied().flatten()?;
        ctx.laboratory(report.d.lab_agb.as_deref(), Some(&report.d.lab))
    })
}

fn status(status: ObservationStatus) -> &'static str {
    match status {
        ObservationStatus::Prelim => "preliminary",
        ObservationStatus::Final => "final",
        ObservationStatus::Corrected => "corrected",
        ObservationStatus::Cancelled => "cancelled",
        ObservationStatus::Error => "entered-in-error",
    }
}

fn category(is_vital: bool, is_laboratory: bool) -> Option<CodeableConcept<'static>> {
    let coding = match (is_vital, is_laboratory) {
        (true, _) => Coding::shown(system::OBSERVATION_CATEGORY, "vital-signs", "Vital Signs"),
        (false, true) => Coding::shown(system::OBSERVATION_CATEGORY, "laboratory", "Laboratory"),
        (false, false) => return None,
    };
    Some(coding.into())
}

/// NHG table 45 first, then LOINC, then what a vital-sign profile adds.
fn code<'a>(ctx: &Context<'_>, observation: &'a Observation, vital: Option<&VitalSign>) -> CodeableConcept<'a> {
    let name = ctx.words.clean_some(observation.name.as_deref());
    let nhg45 = observation.nhg45.as_deref();
    let loinc = observation.loinc.as_deref().or(vital.map(|sign| sign.loinc));
    let is_named = |sign: &&VitalSign| sign.nhg45.is_some() && sign.nhg45 == nhg45;
    let specification = vital.filter(is_named).and_then(|sign| sign.specification);
    let codings = [
        nhg45.map(|code| Coding { display: name.clone(), ..Coding::new(system::NHG45, code) }),
        loinc.map(|code| Coding::new(system::LOINC, code)),
        // The profile asks for the general code beside that of pulse oximetry.
        (loinc == Some(PULSE_OXIMETRY) && vital.is_some()).then(|| Coding::new(system::LOINC, "2708-6")),
        specification.map(|(code, display)| Coding::shown(system::SNOMED, code, display)),
    ];
    let text = name.unwrap_or_else(|| match (nhg45, loinc) {
        (Some(code), _) => format!("NHG-tabel 45: {code}").into(),
        (None, Some(code)) => format!("LOINC {code}").into(),
        (None, None) => "Bepaling zonder naam".into(),
    });
    CodeableConcept::of(codings.into_iter().flatten().collect(), text)
}

fn effective(date: ObservationDate) -> String {
    match date {
        ObservationDate::Day(day) => day.to_string(),
        ObservationDate::At(at) => at.to_rfc3339(),
    }
}

fn value<'a>(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    observation: &'a Observation,
) -> Option<Value<'a>> {
    match &observation.value {
        ObservationValue::Quantity { value, comparator, .. } => {
            let quantity = quantity(ctx, value, &observation.value);
            if quantity.is_none() {
                out.problem(origin, "/value", "is not a number");
            }
            let quantity = quantity?;
            let unit = ctx.words.clean_some(observation.unit_text.as_deref()).or_else(|| quantity.unit.clone());
            Some(Value::Quantity(Quantity { comparator: comparator.map(sign), unit, ..quantity }))
        }
        ObservationValue::Coded { code, display } => {
            coded_value(ctx, code.as_deref(), display.as_deref()).map(Value::Concept)
        }
        ObservationValue::Text(text) => ctx.words.clean(text).map(Value::String),
        ObservationValue::None => None,
    }
}

/// Digits with the unit of the result; a unit outside UCUM is text.
fn quantity<'a>(ctx: &Context<'_>, digits: &str, of: &'a ObservationValue) -> Option<Quantity<'a>> {
    let ObservationValue::Quantity { unit, ucum, .. } = of else { return None };
    let value = Decimal::parse(digits)?;
    Some(match unit.as_deref().and_then(|unit| ctx.words.clean(unit)) {
        Some(unit) if *ucum => Quantity::coded(value, unit.clone(), system::UCUM, unit),
        unit => Quantity::plain(value, unit),
    })
}

fn sign(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Less => "<",
        Comparator::LessOrEqual => "<=",
        Comparator::Greater => ">",
        Comparator::GreaterOrEqual => ">=",
    }
}

fn coded_value<'a>(ctx: &Context<'_>, code: Option<&'a str>, display: Option<&'a str>) -> Option<CodeableConcept<'a>> {
    let words = ctx.words.clean_some(display);
    match code {
        Some(code) => {
            let coding = Coding { display: words.clone(), ..Coding::new(system::NHG45_RESULT, code) };
            let text = words.unwrap_or_else(|| format!("NHG-tabel 45, uitslag {code}").into());
            Some(CodeableConcept::of(vec![coding], text))
        }
        None => words.map(CodeableConcept::words),
    }
}

fn interpretation(flag: Flag) -> CodeableConcept<'static> {
    let (zib, code, display) = match flag {
        Flag::N => (None, "N", "Normal"),
        Flag::A => (None, "A", "Abnormal"),
        Flag::L => (Some(("281300000", "beneden referentiewaarde")), "L", "Low"),
        Flag::H => (Some(("281302008", "boven referentiewaarde")), "H", "High"),
        Flag::LL => (None, "LL", "Critical low"),
        Flag::HH => (None, "HH", "Critical high"),
        Flag::I => (Some(("11896004", "intermediair")), "I", "Intermediate"),
        Flag::R => (Some(("30714006", "resistent")), "R", "Resistant"),
        Flag::S => (Some(("131196009", "ontvankelijk")), "S", "Susceptible"),
    };
    let zib = zib.map(|(code, display)| Coding::shown(system::SNOMED, code, display));
    let coding = zib.into_iter().chain([Coding::shown(system::INTERPRETATION, code, display)]).collect();
    CodeableConcept { coding, ..CodeableConcept::default() }
}

/// The remark and the practice's conclusion, in one note as nl-core has one; a remark on a third party is cut
/// (R-LAB-13).
fn note<'a>(ctx: &Context<'_>, observation: &'a Observation) -> Option<Annotation<'a>> {
    let comment = observation.comment.as_deref().filter(|_| !observation.comment_third_party);
    let comment = ctx.words.clean_some(comment);
    // Until it is published the practice's conclusion is a draft.
    let is_published = observation.release.state == ResultState::Published;
    let conclusion = observation.release.conclusion.as_deref().filter(|_| is_published);
    let conclusion = ctx.words.clean_some(conclusion);
    let text = match (comment, conclusion) {
        (Some(comment), Some(conclusion)) => Text::Owned(format!("{comment}\n\n{conclusion}")),
        (comment, conclusion) => comment.or(conclusion)?,
    };
    Some(Annotation { text })
}

fn reference_range<'a>(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    observation: &'a Observation,
) -> Option<ReferenceRange<'a>> {
    let ObservationValue::Quantity { .. } = observation.value else { return None };
    let mut bound = |digits: Option<&str>, path: &str| {
        let quantity = quantity(ctx, digits?, &observation.value);
        if quantity.is_none() {
            out.problem(origin, path, "is not a number");
        }
        quantity
    };
    let (low, high) = (bound(observation.low.as_deref(), "/low"), bound(observation.high.as_deref(), "/high"));
    (low.is_some() || high.is_some()).then_some(ReferenceRange { low, high })
}

/// The DiagnosticReport of one laboratory report.
pub(super) fn render_report(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, report: &Report) {
    let id = ctx.id(ResourceType::DiagnosticReport, origin.key());
    let members = ctx.threads.members.get(origin.key().as_str()).map(Vec::as_slice).unwrap_or_default();
    if report.members.iter().any(|named| !members.iter().any(|member| member.id == *named)) {
        out.problem(origin, "/members", "names a determination that was not delivered");
    }
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
        status: match (report.status, report.complete) {
            (Some(given), _) => status(given),
            (None, Some(true)) => "final",
            (None, Some(false)) => "partial",
            (None, None) => "unknown",
        },
        category: [Coding::shown(system::DIAGNOSTIC_SERVICE, "LAB", "Laboratory").into()],
        code: CodeableConcept::of(vec![Coding::new(system::LOINC, "11502-2")], "Laboratoriumverslag"),
        subject: ctx.patient.to(),
        effective_date_time: report
            .sampled_at
            .map(|at| at.to_rfc3339())
            .or_else(|| report.sampled_on.map(|day| day.to_string())),
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

/// The practice's conclusion, only when every determination of the report carries that same text: whichever of
/// them is released then says it already, so the report cannot tell of one that is not.
fn conclusion<'a>(ctx: &Context<'_>, report: &Report, members: &[&'a Record<Observation>]) -> Option<Text<'a>> {
    let published = |member: &&&Record<Observation>| member.d.release.state == ResultState::Published;
    let mut conclusions = members
        .iter()
        .map(|member| member.d.release.conclusion.as_deref().map(str::trim).filter(|_| published(&member)));
    let first = conclusions.next()??;
    let is_complete = report.members.iter().all(|named| members.iter().any(|member| member.id == *named));
    let is_shared = is_complete && conclusions.all(|other| other == Some(first));
    is_shared.then(|| ctx.words.clean(first)).flatten()
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

    #[test]
    fn every_vital_sign_is_known_by_one_code() {
        for (place, sign) in VITAL_SIGNS.iter().enumerate() {
            let others = VITAL_SIGNS.iter().skip(place + 1);
            assert!(others.clone().all(|other| other.loinc != sign.loinc));
            assert!(sign.nhg45.is_none() || others.clone().all(|other| other.nhg45 != sign.nhg45));
        }
    }
}
