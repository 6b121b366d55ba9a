//! Damage to the content: codes, values that profiles state, slices, extensions.

use super::*;

pub const CODES: &[(&str, Damage)] = &[
    ("a code outside of a set that the base of the profile names", |r| {
        claims(r, "nl-core-Patient")
            && first(r, "extension", &mut |m| {
                m.get("url").is_some_and(|url| url == "level")
                    && m.get_mut("valueCoding").is_some_and(|coding| reset(coding, "code", json!("splendid")))
            })
    }),
    ("an unknown status", |r| {
        ["Observation", "Composition", "Flag", "Encounter", "EpisodeOfCare", "Immunization", "Consent"]
            .iter()
            .any(|k| is(r, k))
            && reset(r, "status", json!("finnished"))
    }),
    ("an unknown gender", |r| reset(r, "gender", json!("M"))),
    ("an unknown use of a name", |r| reset_in(r, "name", "use", &json!("oficial"))),
    ("an unknown system of a telecom", |r| reset_in(r, "telecom", "system", &json!("telephone"))),
    ("an unknown status of a narrative", |r| {
        r["text"].is_object() && {
            r["text"]["status"] = json!("done");
            true
        }
    }),
    ("an unknown clinical status", |r| {
        is(r, "Condition")
            && first(r, "clinicalStatus", &mut |m| {
                m.insert(
                    "coding".into(),
                    json!([{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "ill"}]),
                )
                .is_some()
            })
    }),
    ("a clinical status of another system", |r| {
        is(r, "Condition")
            && first(r, "clinicalStatus", &mut |m| {
                m.insert("coding".into(), json!([{"system": "http://snomed.info/sct", "code": "active"}])).is_some()
            })
    }),
    ("a clinical status without a system", |r| {
        is(r, "Condition")
            && first(r, "clinicalStatus", &mut |m| m.insert("coding".into(), json!([{"code": "active"}])).is_some())
    }),
    ("only a text where a code must be", |r| {
        is(r, "Condition")
            && first(r, "clinicalStatus", &mut |m| {
                m.remove("extension");
                m.insert("text".into(), json!("x"));
                m.remove("coding").is_some()
            })
    }),
    ("a code outside of a set of the profile", |r| {
        claims(r, "nl-core-SOAPReport.SOAPLine")
            && first(r, "code", &mut |m| {
                m.insert("coding".into(), json!([{"system": "http://snomed.info/sct", "code": "1"}])).is_some()
            })
    }),
    ("a code outside of a set of an extension", |r| {
        first(r, "extension", &mut |m| {
            m.get("url").is_some_and(|url| url.as_str().is_some_and(|url| url.ends_with("iso21090-EN-qualifier")))
                && m.insert("valueCode".into(), json!("XX")).is_some()
        })
    }),
];

pub const VALUES: &[(&str, Damage)] = &[
    ("another code than the pattern of the profile", |r| {
        claims(r, "nl-core-BodyWeight")
            && reset_in(r, "code", "coding", &json!([{"system": "http://loinc.org", "code": "1-8"}]))
    }),
    ("another code than the pattern of any of many profiles", |r| {
        let has_pattern = [
            "nl-core-AlcoholUse",
            "nl-core-DrugUse",
            "nl-core-TobaccoUse",
            "nl-core-HeartRate",
            "nl-core-PulseRate",
            "nl-core-PainScore",
            "nl-core-LivingSituation",
            "nl-core-O2Saturation",
            "nl-core-BodyHeight",
            "nl-core-GlasgowComaScale",
        ];
        has_pattern.iter().any(|p| claims(r, p))
            && reset(r, "code", json!({"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "x"}]}))
    }),
    ("the code of the pattern in another system", |r| {
        claims(r, "nl-core-AlcoholUse")
            && first(r, "code", &mut |m| {
                m.get_mut("coding").and_then(|c| c.get_mut(0)).is_some_and(|c| {
                    c["system"] = json!("http://x.y");
                    true
                })
            })
    }),
    ("another type of report than the pattern", |r| {
        claims(r, "nl-core-SOAPReport")
            && reset(r, "type", json!({"coding": [{"system": "http://loinc.org", "code": "67781-5"}]}))
    }),
    ("a type of value that the profile leaves out", |r| {
        claims(r, "nl-core-BodyWeight") && take(r, "valueQuantity") && put(r, "valueString", json!("80 kg"))
    }),
    ("another unit than the profile fixes", |r| {
        claims(r, "nl-core-BodyWeight") && reset_in(r, "valueQuantity", "system", &json!("http://x.y"))
    }),
    ("a quantity beyond its largest value", |r| {
        claims(r, "nl-core-Refraction") && reset_in(r, "valueQuantity", "value", &json!(1_000_000))
    }),
    ("a score that is too high", |r| claims(r, "nl-core-GlasgowComaScale") && reset(r, "valueInteger", json!(99))),
    ("a score that is too low", |r| claims(r, "nl-core-BarthelADLIndex") && reset(r, "valueInteger", json!(-1))),
];

pub const EXTENSIONS: &[(&str, Damage)] = &[
    ("an unknown extension of a known publisher", |r| {
        extend(r, json!({"url": "http://nictiz.nl/fhir/StructureDefinition/ext-Colour", "valueString": "x"}))
    }),
    ("an unknown extension of HL7", |r| {
        extend(r, json!({"url": "http://hl7.org/fhir/StructureDefinition/colour", "valueString": "x"}))
    }),
    ("an unknown modifierExtension", |r| {
        put(r, "modifierExtension", json!([{"url": "http://example.org/x", "valueString": "x"}]))
    }),
    ("an extension with another type of value", |r| {
        first(r, "*", &mut |m| {
            m.get("url").is_some_and(|u| u.as_str().is_some_and(|u| u.ends_with("ext-CodeSpecification")))
                && m.remove("valueCodeableConcept").is_some()
                && m.insert("valueString".into(), json!("x")).is_none()
        })
    }),
    ("an extension without a value", |r| first(r, "extension", &mut |m| m.remove("valueCodeableConcept").is_some())),
    ("an extension with a value and parts", |r| {
        first(r, "extension", &mut |m| {
            m.contains_key("valueString")
                && m.insert("extension".into(), json!([{"url": EXTENSION, "valueCodeableConcept": {"text": "x"}}]))
                    .is_none()
        })
    }),
    ("an extension in a place it is not meant for", |r| {
        (is(r, "Observation") || is(r, "Condition"))
            && extend(
                r,
                json!({"url": "http://hl7.org/fhir/StructureDefinition/patient-nationality", "extension": [{"url": "code", "valueCodeableConcept": {"text": "x"}}]}),
            )
    }),
    ("an extension more often than it may be", |r| {
        first(r, "*", &mut |m| {
            let list = m.get_mut("extension").and_then(Value::as_array_mut);
            list.is_some_and(|list| {
                list.iter()
                    .position(|one| {
                        one["url"].as_str().is_some_and(|url| url.ends_with("/ext-EpisodeOfCare.EpisodeOfCareName"))
                    })
                    .is_some_and(|at| {
                        let one = list[at].clone();
                        list.push(one);
                        true
                    })
            })
        })
    }),
    ("an extension with a relative url", |r| extend(r, json!({"url": "colour", "valueString": "x"}))),
    ("an unknown part of a complex extension", |r| {
        first(r, "extension", &mut |m| {
            let parts = m.get_mut("extension").and_then(Value::as_array_mut);
            parts.is_some_and(|parts| {
                parts.push(json!({"url": "colour", "valueString": "x"}));
                true
            })
        })
    }),
    ("an extension that its profile forbids here", |r| {
        claims(r, "nl-core-SOAPReport.SOAPLine")
            && first(r, "code", &mut |m| {
                m.insert("coding".into(), json!([{"system": "http://snomed.info/sct", "code": "260224007"}])).is_some()
            })
            && {
                take(r, "extension");
                extend(
                    r,
                    json!({"url": "http://nictiz.nl/fhir/StructureDefinition/ext-SOAPReport.SOAPLineCode", "valueCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/sid/icpc-1-nl", "code": "A01"}]}}),
                )
            }
    }),
];

pub const SLICES: &[(&str, Damage)] = &[
    ("more of a slice than there may be", |r| {
        claims(r, "nl-core-SOAPReport") && r["section"].is_array() && {
            let one = r["section"][0].clone();
            reset(r, "section", Value::Array(vec![one; 5]))
        }
    }),
    ("a slice without what it must have", |r| claims(r, "nl-core-SOAPReport") && take_in(r, "section", "entry")),
    ("less of a slice than there must be", |r| {
        claims(r, "nl-core-BloodPressure")
            && r["component"].as_array_mut().is_some_and(|all| {
                all.remove(0);
                true
            })
    }),
    ("the code of a slice is another", |r| {
        claims(r, "nl-core-BloodPressure") && r["component"].is_array() && {
            r["component"][0]["code"] = json!({"coding": [{"system": "http://loinc.org", "code": "1-8"}]});
            true
        }
    }),
    ("the category of a slice is another", |r| {
        claims(r, "nl-core-BodyHeight")
            && reset(
                r,
                "category",
                json!([{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "exam"}]}]),
            )
    }),
    ("a prefix without the name it belongs to", |r| {
        first(r, "_family", &mut |m| {
            m.get_mut("extension").and_then(Value::as_array_mut).is_some_and(|all| {
                let has_prefix =
                    all.iter().any(|one| one["url"].as_str().is_some_and(|url| url.ends_with("humanname-own-prefix")));
                let before = all.len();
                all.retain(|one| !one["url"].as_str().is_some_and(|url| url.ends_with("humanname-own-name")));
                has_prefix && all.len() < before
            })
        })
    }),
];
