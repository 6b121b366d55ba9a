//! A resource in words, for people: the patient's own pages and the practice's preview.
//!
//! Made of the finished body that a PGO would get, and of nothing else, so that no page can say more than is served. It is read
//! by the members of R4; where STU3 has others, `stu3` says which. What cannot be read is left out.

mod stu3;

use serde_json::Value;

use crate::fhir::ResourceType;

/// The headings of the patient's pages: the zibs of the BgZ as far as a GP holds them, in the alphabetical order of their
/// Dutch names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "named after the zibs")]
pub enum Section {
    Afspraken,
    AllergieIntolerantie,
    Behandelaanwijzing,
    Betaler,
    Contacten,
    Contactpersonen,
    Contactverslagen,
    Documenten,
    FunctioneleStatus,
    Leefstijl,
    Medicatie,
    MedischHulpmiddel,
    Metingen,
    Patient,
    Problemen,
    Profylaxe,
    Uitslagen,
    Vaccinaties,
    Verrichtingen,
    Verwijzingen,
    Waarschuwingen,
}

impl Section {
    /// All of them, in order.
    pub const ALL: [Self; 21] = [
        Self::Afspraken,
        Self::AllergieIntolerantie,
        Self::Behandelaanwijzing,
        Self::Betaler,
        Self::Contacten,
        Self::Contactpersonen,
        Self::Contactverslagen,
        Self::Documenten,
        Self::FunctioneleStatus,
        Self::Leefstijl,
        Self::Medicatie,
        Self::MedischHulpmiddel,
        Self::Metingen,
        Self::Patient,
        Self::Problemen,
        Self::Profylaxe,
        Self::Uitslagen,
        Self::Vaccinaties,
        Self::Verrichtingen,
        Self::Verwijzingen,
        Self::Waarschuwingen,
    ];

    /// A short name, for addresses and tests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Afspraken => "afspraken",
            Self::AllergieIntolerantie => "allergie",
            Self::Behandelaanwijzing => "behandelaanwijzing",
            Self::Betaler => "betaler",
            Self::Contacten => "contacten",
            Self::Contactpersonen => "contactpersonen",
            Self::Contactverslagen => "contactverslagen",
            Self::Documenten => "documenten",
            Self::FunctioneleStatus => "functionele-status",
            Self::Leefstijl => "leefstijl",
            Self::Medicatie => "medicatie",
            Self::MedischHulpmiddel => "hulpmiddel",
            Self::Metingen => "metingen",
            Self::Patient => "patient",
            Self::Problemen => "problemen",
            Self::Profylaxe => "profylaxe",
            Self::Uitslagen => "uitslagen",
            Self::Vaccinaties => "vaccinaties",
            Self::Verrichtingen => "verrichtingen",
            Self::Verwijzingen => "verwijzingen",
            Self::Waarschuwingen => "waarschuwingen",
        }
    }

    /// The section of this short name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.as_str() == name)
    }
}

/// What a detail is about; pages have a word for each in their language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Label {
    Address,
    Birth,
    Conclusion,
    Dosage,
    Kind,
    Note,
    Period,
    Phone,
    Reason,
    Reference,
    Status,
    Text,
    Value,
    Who,
}

/// A resource in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Under which heading it stands.
    pub section: Section,
    /// What it is.
    pub title: String,
    /// Its date as FHIR writes it; an instant with offset, or a (partial) day.
    pub date: Option<String>,
    /// What else is known.
    pub details: Vec<(Label, String)>,
}

/// The words of a finished body; `None` for what stands behind others and has no heading of its own.
pub fn summary(kind: ResourceType, body: &Value) -> Option<Summary> {
    use ResourceType as R;
    let body: &Value = &stu3::as_r4(kind, body);
    let concept_title = |member: &str| concept(&body[member]);
    let made =
        |section: Section, title: Option<String>, date: Option<String>, details: Vec<Option<(Label, String)>>| {
            let title = title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| "–".to_owned());
            Some(Summary { section, title, date, details: details.into_iter().flatten().collect() })
        };
    let note = || texts(&body["note"], "text").map(|text| (Label::Note, text));
    match kind {
        R::Patient => {
            let phone = texts(&body["telecom"], "value").map(|text| (Label::Phone, text));
            let born = text(&body["birthDate"]).map(|day| (Label::Birth, day));
            let address = body["address"].as_array().and_then(|all| all.first()).and_then(address);
            let details = vec![born, address.map(|text| (Label::Address, text)), phone];
            made(Section::Patient, name(&body["name"]), None, details)
        }
        R::EpisodeOfCare => None,
        R::Condition => {
            let status = concept_title("clinicalStatus").map(|text| (Label::Status, text));
            let date = text(&body["onsetDateTime"]).or_else(|| text(&body["recordedDate"]));
            made(Section::Problemen, concept_title("code"), date, vec![status, denied(body), note()])
        }
        R::Encounter => {
            let title = body["type"].as_array().and_then(|all| all.first()).and_then(concept);
            let who = body["participant"].as_array().and_then(|all| all.first());
            let who = who.and_then(|who| text(&who["individual"]["display"])).map(|text| (Label::Who, text));
            let reason = body["reasonCode"].as_array().and_then(|all| all.first()).and_then(concept);
            let details = vec![who, reason.map(|text| (Label::Reason, text))];
            made(Section::Contacten, title, text(&body["period"]["start"]), details)
        }
        R::Composition => None,
        R::Observation => observation(body),
        R::DiagnosticReport => {
            let conclusion = text(&body["conclusion"]).map(|text| (Label::Conclusion, text));
            conclusion.as_ref()?;
            let date = text(&body["effectiveDateTime"]).or_else(|| text(&body["issued"]));
            made(Section::Uitslagen, concept_title("code"), date, vec![conclusion])
        }
        R::MedicationRequest | R::MedicationStatement | R::MedicationDispense | R::MedicationAdministration => {
            let product =
                text(&body["medicationReference"]["display"]).or_else(|| concept_title("medicationCodeableConcept"));
            let dosage = body["dosageInstruction"].as_array().or_else(|| body["dosage"].as_array());
            let dosage = dosage.and_then(|all| all.first()).and_then(|first| text(&first["text"]));
            let dosage = dosage.or_else(|| extension_text(body, "ext-RenderedDosageInstruction"));
            let period = period_of_use(body).map(|text| (Label::Period, text));
            let who = text(&body["requester"]["display"]).map(|text| (Label::Who, text));
            let kind = Some((Label::Kind, medication_kind(kind, body).to_owned()));
            let date = text(&body["authoredOn"])
                .or_else(|| text(&body["whenHandedOver"]))
                .or_else(|| text(&body["dateAsserted"]))
                .or_else(|| use_period(body).and_then(|period| text(&period["start"])));
            let details = vec![kind, denied(body), dosage.map(|text| (Label::Dosage, text)), period, who, note()];
            made(Section::Medicatie, product, date, details)
        }
        R::AllergyIntolerance => {
            let reaction = body["reaction"].as_array().and_then(|all| all.first());
            let reaction = reaction.and_then(|first| first["manifestation"].as_array()?.first().and_then(concept));
            let date = text(&body["onsetDateTime"]).or_else(|| text(&body["recordedDate"]));
            // One that holds needs no word for it.
            let status = concept_title("clinicalStatus").filter(|status| !status.eq_ignore_ascii_case("active"));
            let status = status.map(|text| (Label::Status, text));
            let details = vec![reaction.map(|text| (Label::Text, text)), status, denied(body), note()];
            made(Section::AllergieIntolerantie, concept_title("code"), date, details)
        }
        R::Immunization => {
            let date = text(&body["occurrenceDateTime"]);
            made(Section::Vaccinaties, concept_title("vaccineCode"), date, vec![denied(body), note()])
        }
        R::Procedure => {
            let date = text(&body["performedDateTime"]).or_else(|| text(&body["performedPeriod"]["start"]));
            made(Section::Verrichtingen, concept_title("code"), date, vec![denied(body), note()])
        }
        R::ServiceRequest | R::ProcedureRequest => {
            let is_plan = body["intent"] == "plan";
            let section = if is_plan { Section::Profylaxe } else { Section::Verwijzingen };
            let period = period(&body["occurrencePeriod"]).map(|text| (Label::Period, text));
            let reason = body["reasonCode"].as_array().and_then(|all| all.first()).and_then(concept);
            let details = vec![denied(body), period, reason.map(|text| (Label::Reason, text)), note()];
            made(section, concept_title("code"), text(&body["authoredOn"]), details)
        }
        R::Flag => {
            let title = concept_title("code");
            let details = vec![period(&body["period"]).map(|text| (Label::Period, text))];
            made(Section::Waarschuwingen, title, text(&body["period"]["start"]), details)
        }
        R::DocumentReference => {
            let attachment = &body["content"][0]["attachment"];
            let title = text(&attachment["title"]).or_else(|| concept_title("type"));
            let words = text(&body["description"]).map(|text| (Label::Note, text));
            let who = body["author"].as_array().and_then(|all| all.first()).and_then(|who| text(&who["display"]));
            let date = text(&body["date"]).or_else(|| text(&attachment["creation"]));
            made(Section::Documenten, title, date, vec![words, who.map(|text| (Label::Who, text))])
        }
        R::Appointment => {
            let title = body["serviceType"].as_array().and_then(|all| all.first()).and_then(concept);
            let title = title.or_else(|| concept_title("appointmentType")).or_else(|| text(&body["description"]));
            let who = body["participant"].as_array().into_iter().flatten();
            let who = who.filter_map(|who| text(&who["actor"]["display"])).next_back().map(|text| (Label::Who, text));
            made(Section::Afspraken, title, text(&body["start"]), vec![who])
        }
        R::RelatedPerson => {
            let relation = body["relationship"].as_array().and_then(|all| all.first()).and_then(concept);
            made(Section::Contactpersonen, name(&body["name"]), None, vec![relation.map(|text| (Label::Kind, text))])
        }
        R::Consent => {
            let title = body["provision"]["code"].as_array().and_then(|all| all.first()).and_then(concept);
            let title = title.or_else(|| body["category"].as_array().and_then(|all| all.first()).and_then(concept));
            // A treatment without what was decided about it could be read as its opposite.
            let decided = text(&body["provision"]["type"]).or_else(|| {
                let words = extension(&body["modifierExtension"], "TreatmentDirective2.SpecificationOther")?;
                text(&words["valueString"])
            });
            let details = vec![decided.map(|text| (Label::Value, text)), note()];
            made(Section::Behandelaanwijzing, title, text(&body["dateTime"]), details)
        }
        R::Coverage => {
            let payer = body["payor"].as_array().and_then(|all| all.first()).and_then(|payer| text(&payer["display"]));
            let details = vec![period(&body["period"]).map(|text| (Label::Period, text))];
            made(Section::Betaler, payer.or_else(|| concept_title("type")), None, details)
        }
        R::DeviceUseStatement => {
            let title = text(&body["device"]["display"]);
            made(Section::MedischHulpmiddel, title, text(&body["timingPeriod"]["start"]), vec![note()])
        }
        _ => None,
    }
}

fn observation(body: &Value) -> Option<Summary> {
    let categories = body["category"].as_array().into_iter().flatten();
    let codes: Vec<&str> = categories
        .flat_map(|category| category["coding"].as_array().into_iter().flatten())
        .filter_map(|coding| coding["code"].as_str())
        .collect();
    let profile = body["meta"]["profile"][0].as_str().unwrap_or_default();
    let is = |name: &str| profile.ends_with(name);
    let section = match () {
        () if is("SoapReport-Observation") || is("SOAPReport-Observation") || is_line(body) => {
            Section::Contactverslagen
        }
        () if codes.contains(&"laboratory") => Section::Uitslagen,
        () if profile.contains("Use") || profile.contains("LivingSituation") => Section::Leefstijl,
        () if profile.contains("FunctionalOrMentalStatus") => Section::FunctioneleStatus,
        () if codes.contains(&"vital-signs") => Section::Metingen,
        () => Section::Uitslagen,
    };
    let reference = body["referenceRange"].as_array().and_then(|all| all.first()).map(|range| {
        let bound = |name: &str| quantity(&range[name]).unwrap_or_default();
        format!("{} – {}", bound("low"), bound("high"))
    });
    let flag = body["interpretation"].as_array().and_then(|all| all.first()).and_then(concept);
    let details = [
        value(body).map(|text| (Label::Value, text)),
        reference.map(|text| (Label::Reference, text)),
        flag.map(|text| (Label::Status, text)),
        texts(&body["note"], "text").map(|text| (Label::Note, text)),
    ];
    Some(Summary {
        section,
        title: concept(&body["code"]).unwrap_or_else(|| "–".to_owned()),
        date: text(&body["effectiveDateTime"]).or_else(|| text(&body["effectivePeriod"]["start"])),
        details: details.into_iter().flatten().collect(),
    })
}

/// A journal line is coded as evaluation or plan, in SNOMED CT or, in STU3, by its letter.
fn is_line(body: &Value) -> bool {
    let mut codings = body["code"]["coding"].as_array().into_iter().flatten();
    codings.any(|coding| match coding["code"].as_str() {
        Some("129265001" | "129271007") => true,
        Some("E" | "P") => coding["system"].as_str().is_some_and(|system| system.ends_with("journaalregeltypen")),
        _ => false,
    })
}

/// That something did not happen, does not hold, or must not be done: without it the rest would say the opposite.
fn denied(body: &Value) -> Option<(Label, String)> {
    let word = match body["status"].as_str() {
        Some("not-done" | "not-taken" | "declined") => "not-done",
        _ if body["doNotPerform"] == true => "do-not-perform",
        _ if has_code(&body["verificationStatus"], "refuted") => "refuted",
        _ => return None,
    };
    Some((Label::Status, word.to_owned()))
}

fn value(body: &Value) -> Option<String> {
    let own = quantity(&body["valueQuantity"])
        .or_else(|| concept(&body["valueCodeableConcept"]))
        .or_else(|| text(&body["valueString"]))
        .or_else(|| body["valueBoolean"].as_bool().map(|yes| yes.to_string()));
    own.or_else(|| {
        let parts = body["component"].as_array()?.iter();
        let parts: Vec<String> =
            parts.filter_map(|part| Some(format!("{}: {}", concept(&part["code"])?, value(part)?))).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    })
}

fn quantity(value: &Value) -> Option<String> {
    let number = value.get("value")?;
    let sign = value["comparator"].as_str().unwrap_or_default();
    let unit = value["unit"].as_str().or_else(|| value["code"].as_str()).unwrap_or_default();
    Some(format!("{sign}{number} {unit}").trim().to_owned())
}

/// The words of a CodeableConcept: its text, else a display, else a code.
fn concept(value: &Value) -> Option<String> {
    let codings = || value["coding"].as_array().into_iter().flatten();
    text(&value["text"])
        .or_else(|| codings().find_map(|coding| text(&coding["display"])))
        .or_else(|| codings().find_map(|coding| text(&coding["code"])))
}

/// Has this CodeableConcept this code?
fn has_code(value: &Value, code: &str) -> bool {
    value["coding"].as_array().into_iter().flatten().any(|coding| coding["code"] == code)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn texts(list: &Value, member: &str) -> Option<String> {
    let all: Vec<String> = list.as_array()?.iter().filter_map(|element| text(&element[member])).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

fn name(names: &Value) -> Option<String> {
    let names = names.as_array()?;
    let official = names.iter().find(|name| name["use"] == "official").or_else(|| names.first())?;
    text(&official["text"]).or_else(|| {
        let given = official["given"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let parts: Vec<&str> = given.chain(official["family"].as_str()).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

fn address(address: &Value) -> Option<String> {
    let lines = address["line"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let rest = ["postalCode", "city"].into_iter().filter_map(|member| address[member].as_str());
    let parts: Vec<&str> = lines.chain(rest).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn period(period: &Value) -> Option<String> {
    let (start, end) = (period["start"].as_str(), period["end"].as_str());
    let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
    match (start, end) {
        (None, None) => None,
        (start, end) => Some(
            format!("{} – {}", start.map(day).unwrap_or_default(), end.map(day).unwrap_or_default()).trim().to_owned(),
        ),
    }
}

fn extension_text(body: &Value, name: &str) -> Option<String> {
    text(&extension(&body["extension"], name)?["valueString"])
}

/// The first of these extensions whose address ends with this name.
fn extension<'b>(extensions: &'b Value, name: &str) -> Option<&'b Value> {
    let mut all = extensions.as_array()?.iter();
    all.find(|extension| extension["url"].as_str().is_some_and(|url| url.ends_with(name)))
}

fn period_of_use(body: &Value) -> Option<String> {
    use_period(body).and_then(period)
}

/// When a medicine is used: of the building blocks in an extension, of a statement in its own element.
fn use_period(body: &Value) -> Option<&Value> {
    const NAMES: [&str; 2] = ["PeriodOfUse", "TimeInterval.Period"];
    let is_it =
        |extension: &&Value| extension["url"].as_str().is_some_and(|url| NAMES.iter().any(|name| url.ends_with(name)));
    let extension = body["extension"].as_array().into_iter().flatten().find(is_it);
    extension.map(|extension| &extension["valuePeriod"]).or_else(|| body.get("effectivePeriod"))
}

/// The building block of medication, by its Dutch name.
fn medication_kind(kind: ResourceType, body: &Value) -> &'static str {
    let has = |code: &str| {
        let lists = [&body["category"]].into_iter().flat_map(|value| match value {
            Value::Array(all) => all.iter().collect::<Vec<_>>(),
            one => vec![one],
        });
        lists
            .flat_map(|category| category["coding"].as_array().into_iter().flatten())
            .any(|coding| coding["code"] == code)
    };
    match kind {
        ResourceType::MedicationStatement => "Medicatiegebruik",
        ResourceType::MedicationDispense if has("422037009") => "Toedieningsafspraak",
        ResourceType::MedicationDispense => "Medicatieverstrekking",
        ResourceType::MedicationAdministration => "Medicatietoediening",
        _ if has("52711000146108") => "Verstrekkingsverzoek",
        _ => "Medicatieafspraak",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sections_stand_in_the_order_of_their_names_and_are_found() {
        let names: Vec<&str> = Section::ALL.iter().map(|section| section.as_str()).collect();
        assert!(Section::ALL.is_sorted());
        assert!(names.iter().all(|name| Section::find(name).is_some_and(|section| section.as_str() == *name)));
    }

    #[test]
    fn a_result_keeps_its_digits_sign_and_unit() {
        let body: Value = serde_json::from_str(
            r#"{"code":{"text":"kalium"},"category":[{"coding":[{"code":"laboratory"}]}],"effectiveDateTime":"2026-06-01",
            "valueQuantity":{"comparator":"<","value":4.1,"unit":"mmol/L"},"referenceRange":[{"low":{"value":3.5},"high":{"value":5.0}}],
            "note":[{"text":"Goed."}]}"#,
        )
        .unwrap();
        let summary = summary(ResourceType::Observation, &body).unwrap();
        assert_eq!((summary.section, summary.title.as_str()), (Section::Uitslagen, "kalium"));
        assert_eq!(summary.details[0], (Label::Value, "<4.1 mmol/L".to_owned()));
        assert_eq!(summary.details.last(), Some(&(Label::Note, "Goed.".to_owned())));
    }

    #[test]
    fn a_medicine_has_the_period_of_its_use_and_stands_by_its_start() {
        let body = json!({
            "medicationReference": {"display": "Metformine"},
            "extension": [{"url": "http://x/ext-TimeInterval.Period", "valuePeriod": {"start": "2026-05-01", "end": "2026-06-01"}}],
        });
        let summary = summary(ResourceType::MedicationRequest, &body).unwrap();
        assert_eq!(summary.date.as_deref(), Some("2026-05-01"));
        assert!(summary.details.contains(&(Label::Period, "2026-05-01 – 2026-06-01".to_owned())));
    }

    #[test]
    fn a_line_is_told_by_its_code_and_what_has_no_heading_is_left_out() {
        let line = json!({"code": {"coding": [{"code": "129265001", "display": "evaluatie"}]}, "valueString": "Griep"});
        assert_eq!(summary(ResourceType::Observation, &line).unwrap().section, Section::Contactverslagen);
        assert_eq!(summary(ResourceType::Organization, &json!({})), None);
        assert_eq!(summary(ResourceType::Condition, &json!({})).unwrap().title, "–");
    }
}
