//! What one resource of a feed says that a rule looks at.

use jiff::civil::{Date, date};

use super::read::{first_day, has_code, list, period, record_of, word};
use crate::domain::dossier::{
    AllergyStatus, AppointmentStatus, Attention, ContactKind, EpisodeStatus, Flag, LineKind, ObservationDate,
    Visibility,
};
use crate::domain::release::{Topic, ValueKind};
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType as R;
use crate::fhir::search::Span;
use crate::fhir::tree::{Json, Member};

pub(super) const SNOMED: &str = "http://snomed.info/sct";
const LINE_TYPES: &str = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";
const CONTACT_KINDS: &str = "nhg-tabel-14-contactwijze";
pub(super) const PERIOD_OF_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period";

/// A day that never comes: what FHIR does not date is in no period.
pub(super) const NEVER: Date = date(9999, 12, 31);

/// The end of what has one; of what is over without saying since when, a day long past.
pub(super) fn until(end: Option<Date>, usual: bool) -> Option<Date> {
    if usual { end } else { Some(date(1, 1, 1)) }
}

/// Is its status one that these rules are about? Of others (not done, revoked, no longer active) FHIR does not say since
/// when; only a practice that trusts its feed shows them.
pub(super) fn has_usual_status(kind: R, status: Option<&str>) -> bool {
    let usual: &[&str] = match kind {
        R::Flag | R::Coverage | R::Consent => &["active"],
        R::Procedure => &["completed", "in-progress"],
        R::Immunization => &["completed"],
        R::DeviceUseStatement => &["active", "intended"],
        R::ServiceRequest => &["active", "completed"],
        R::Encounter => &["arrived", "triaged", "in-progress", "onleave", "finished"],
        R::DiagnosticReport => &["partial", "preliminary", "final", "amended", "corrected", "appended"],
        R::Composition => &["preliminary", "final", "amended"],
        R::MedicationStatement => &["active", "intended", "completed"],
        R::MedicationDispense => &["preparation", "in-progress", "completed"],
        R::MedicationAdministration => &["in-progress", "completed"],
        _ => return true,
    };
    status.is_some_and(|status| usual.contains(&status))
}

pub(super) fn episode(json: &Json<'_>, status: &str, open: &[&str]) -> Topic {
    let is_open = word(json, status).is_some_and(|status| open.contains(&status));
    Topic::Episode {
        status: if is_open { EpisodeStatus::Open } else { EpisodeStatus::Closed },
        attention: Attention::Unknown,
        visible: Visibility::Unconfirmed,
        sensitive: false,
        named: true,
    }
}

pub(super) fn episode_of_condition(json: &Json<'_>) -> Topic {
    let codings = json.member("clinicalStatus").into_iter().flat_map(|concept| list(concept, "coding"));
    let is_open = codings
        .filter_map(|coding| word(coding, "code"))
        .any(|code| matches!(code, "active" | "recurrence" | "relapse"));
    match episode(json, "status", &[]) {
        Topic::Episode { attention, visible, sensitive, named, .. } => Topic::Episode {
            status: if is_open { EpisodeStatus::Open } else { EpisodeStatus::Closed },
            attention,
            visible,
            sensitive,
            named,
        },
        other => other,
    }
}

/// The kind by NHG table 14; without it by the class, of which only some are surely with the patient (R-SP-04).
pub(super) fn contact(json: &Json<'_>, usual: bool) -> Topic {
    let kinds = list(json, "type").flat_map(|concept| list(concept, "coding"));
    let nhg = kinds.filter(|coding| word(coding, "system").is_some_and(|system| system.ends_with(CONTACT_KINDS)));
    let kind = match nhg.filter_map(|coding| word(coding, "code")).next().map(|code| code.trim_start_matches('0')) {
        Some("1" | "2") => ContactKind::Visite,
        Some("3" | "4") => ContactKind::Consult,
        Some("5" | "6") => ContactKind::TelefonischConsult,
        Some("8") => ContactKind::Post,
        Some("9") => ContactKind::Overleg,
        Some("10") => ContactKind::Herhaalrecept,
        Some("11") => ContactKind::Memo,
        Some("12") => ContactKind::EConsult,
        Some(_) => ContactKind::Overig,
        None => match json.member("class").and_then(|class| word(class, "code")) {
            Some("AMB") => ContactKind::Consult,
            Some("HH") => ContactKind::Visite,
            _ => ContactKind::Overig,
        },
    };
    let start = json.member("period").and_then(|period| word(period, "start")).and_then(Span::parse);
    let start = start.and_then(|span| span.from).filter(|_| usual);
    let start = start.unwrap_or_else(|| Timestamp::start_of_day(NEVER));
    Topic::Contact { start, kind, with_patient: None }
}

pub(super) fn medication(json: &Json<'_>) -> Topic {
    // Stopped without saying when: stopped.
    let stopped = matches!(word(json, "status"), Some("stopped" | "cancelled" | "on-hold"));
    Topic::Medication {
        end: end_of_use(json),
        stopped_at: stopped.then(|| Timestamp::from_millis(0)),
        chronic: false,
        entered_in_error: false,
    }
}

pub(super) fn supply(json: &Json<'_>, usual: bool) -> Topic {
    let named = ["authorizingPrescription", "basedOn", "derivedFrom"].into_iter().flat_map(|name| list(json, name));
    let named = named.chain(json.member("request")).filter_map(record_of);
    let agreement = named.into_iter().find(|record| record.starts_with("MedicationRequest:"));
    Topic::Supply {
        request: None,
        agreement: agreement.and_then(|record| record.parse().ok()),
        end: end_of_use(json),
        // Not taken, stopped or called off, without saying when.
        stopped_at: (!usual).then(|| Timestamp::from_millis(0)),
        in_use: false,
        entered_in_error: false,
    }
}

pub(super) fn end_of_use(json: &Json<'_>) -> Option<Date> {
    if let Some(end) = period(json, "effectivePeriod").1 {
        return Some(end);
    }
    let extension = list(json, "extension").find(|extension| word(extension, "url") == Some(PERIOD_OF_USE))?;
    period(extension, "valuePeriod").1
}

pub(super) fn allergy(json: &Json<'_>) -> Topic {
    let code = |member: &str| {
        let codings = json.member(member).into_iter().flat_map(|concept| list(concept, "coding"));
        codings.filter_map(|coding| word(coding, "code")).next()
    };
    let for_medication = list(json, "category").any(|category| category.as_text() == Some("medication"));
    let status = match (code("clinicalStatus"), code("verificationStatus")) {
        (_, Some("refuted")) => AllergyStatus::Error,
        (Some("active"), _) => AllergyStatus::Active,
        _ => AllergyStatus::Inactive,
    };
    Topic::Allergy { for_medication, status }
}

pub(super) fn flag(json: &Json<'_>, usual: bool) -> Topic {
    let (start, end) = period(json, "period");
    let (start, end) = (start.unwrap_or(NEVER), until(end, usual));
    if has_code(json, "category", SNOMED, "140401000146105") {
        Topic::ContraIndication { start, end }
    } else {
        Topic::Alert { start, end }
    }
}

pub(super) fn appointment(json: &Json<'_>) -> Topic {
    let start = word(json, "start").and_then(|text| Timestamp::parse_rfc3339(text).ok());
    let status = match (word(json, "status"), start) {
        (Some("booked"), Some(_)) => AppointmentStatus::Booked,
        (Some("fulfilled"), _) => AppointmentStatus::Done,
        (Some("noshow"), _) => AppointmentStatus::Noshow,
        _ => AppointmentStatus::Cancelled,
    };
    Topic::Appointment { start: start.unwrap_or_else(|| Timestamp::from_millis(0)), status }
}

/// E or P, by the codes of R4 and of STU3.
pub(super) fn line_kind(json: &Json<'_>) -> Option<LineKind> {
    let codings = json.member("code").into_iter().flat_map(|concept| list(concept, "coding"));
    let kinds = codings.filter_map(|coding| match (word(coding, "system")?, word(coding, "code")?) {
        (SNOMED, "129265001") | (LINE_TYPES, "E") => Some(LineKind::E),
        (SNOMED, "129271007") | (LINE_TYPES, "P") => Some(LineKind::P),
        _ => None,
    });
    kinds.into_iter().next()
}

/// Living situation, drugs, alcohol, tobacco; functional and mental status.
pub(super) fn is_social(json: &Json<'_>) -> bool {
    let codes = ["365508006", "228366006", "228273003", "365980008"];
    let categories = ["118228005", "384821006"];
    codes.iter().any(|code| has_code(json, "code", SNOMED, code))
        || categories.iter().any(|code| has_code(json, "category", SNOMED, code))
}

/// The one interpretation of a result and its components; `None` when there is none, when it is no code of ours, and when
/// they say different things.
pub(super) fn interpretation(json: &Json<'_>) -> Option<Flag> {
    let all = [json].into_iter().chain(list(json, "component"));
    let concepts = all.flat_map(|part| list(part, "interpretation"));
    let of_hl7 = |coding: &&Json<'_>| {
        let system = word(coding, "system").unwrap_or_default().to_ascii_lowercase();
        ["v3-observationinterpretation", "v3/observationinterpretation", "2.16.840.1.113883.5.83"]
            .iter()
            .any(|known| system.ends_with(known))
    };
    // One in words only, or of another system, has to be read by somebody.
    let mut codes = concepts.map(|concept| {
        let mut codings = list(concept, "coding");
        codings.find(of_hl7).and_then(|coding| word(coding, "code"))
    });
    let first = codes.next()??;
    if codes.any(|code| code != Some(first)) {
        return None;
    }
    match first {
        "N" => Some(Flag::N),
        "L" => Some(Flag::L),
        "H" => Some(Flag::H),
        "LL" => Some(Flag::LL),
        "HH" => Some(Flag::HH),
        "A" => Some(Flag::A),
        _ => None,
    }
}

/// Whatever is neither a number nor a code has to be read, so it counts as text.
pub(super) fn value_kind(json: &Json<'_>) -> ValueKind {
    let Json::Object(members) = json else { return ValueKind::None };
    let of = |part: &[Member<'_>]| {
        part.iter().find_map(|(name, _)| match name.as_ref() {
            "valueQuantity" | "valueInteger" => Some(ValueKind::Quantity),
            "valueCodeableConcept" | "valueBoolean" => Some(ValueKind::Coded),
            other if other.starts_with("value") => Some(ValueKind::Text),
            _ => None,
        })
    };
    let parts = list(json, "component").filter_map(|part| match part {
        Json::Object(members) => of(members),
        _ => None,
    });
    let kinds: Vec<ValueKind> = of(members).into_iter().chain(parts).collect();
    match kinds.first() {
        Some(_) if kinds.contains(&ValueKind::Text) => ValueKind::Text,
        Some(kind) => *kind,
        None => ValueKind::None,
    }
}

/// When it was made; what is not dated lies outside every window.
pub(super) fn when(json: &Json<'_>) -> ObservationDate {
    let text = word(json, "effectiveDateTime").or_else(|| word(json, "effectiveInstant"));
    let text = text.or_else(|| json.member("effectivePeriod").and_then(|period| word(period, "start")));
    match text {
        Some(text) => match Timestamp::parse_rfc3339(text) {
            Ok(at) => ObservationDate::At(at),
            Err(_) => ObservationDate::Day(first_day(text).unwrap_or(NEVER)),
        },
        None => ObservationDate::Day(NEVER),
    }
}
