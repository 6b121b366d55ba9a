//! Damage of every kind done to official examples: the validator must see each, wherever it was done.
//!
//! A kind is a small change that makes a conforming resource wrong. It is done to every example that it fits (up to a
//! number), and each time there must be an error that the example did not have before.

use std::collections::BTreeSet;

use dvza_conformance::issue::Severity;
use dvza_conformance::tree::Form;
use dvza_conformance::validate::Validator;
use serde_json::{Map, Value, json};

/// Examples that one kind of damage is done to at most.
const EACH: usize = 25;
/// A bundle made of examples has so many of them.
const ENTRIES: usize = 3;

type Damage = fn(&mut Value) -> bool;

const EXTENSION: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-CodeSpecification";

/// The first object of this name (or any, for `*`) for which `change` says that it changed it.
fn first(value: &mut Value, name: &str, change: &mut impl FnMut(&mut Map<String, Value>) -> bool) -> bool {
    fn walk(
        value: &mut Value,
        own: &str,
        name: &str,
        change: &mut impl FnMut(&mut Map<String, Value>) -> bool,
    ) -> bool {
        match value {
            Value::Object(members) => {
                if (name == own || name == "*") && change(members) {
                    return true;
                }
                // Narrative and metadata are damaged by kinds of their own.
                members.iter_mut().any(|(member, value)| {
                    !matches!(member.as_str(), "text" | "meta") && walk(value, member, name, change)
                })
            }
            Value::Array(elements) => elements.iter_mut().any(|element| walk(element, own, name, change)),
            _ => false,
        }
    }
    walk(value, "", name, change)
}

/// Sets a member of the resource that is there already.
fn reset(resource: &mut Value, name: &str, value: Value) -> bool {
    let Some(member) = resource.get_mut(name) else { return false };
    *member = value;
    true
}

/// Adds a member to the resource.
fn put(resource: &mut Value, name: &str, value: Value) -> bool {
    resource.as_object_mut().is_some_and(|members| members.insert(name.to_owned(), value).is_none())
}

fn take(resource: &mut Value, name: &str) -> bool {
    resource.as_object_mut().is_some_and(|members| members.remove(name).is_some())
}

fn is(resource: &Value, kind: &str) -> bool {
    resource["resourceType"] == kind
}

fn claims(resource: &Value, profile: &str) -> bool {
    let claims = resource["meta"]["profile"].as_array().into_iter().flatten().filter_map(Value::as_str);
    claims.into_iter().any(|claim| claim.ends_with(&format!("/{profile}")))
}

/// Sets a member of the first object of this name that has it.
fn reset_in(resource: &mut Value, holder: &str, name: &str, value: &Value) -> bool {
    first(resource, holder, &mut |members| match members.get_mut(name) {
        Some(member) => {
            *member = value.clone();
            true
        }
        None => false,
    })
}

fn take_in(resource: &mut Value, holder: &str, name: &str) -> bool {
    first(resource, holder, &mut |members| members.remove(name).is_some())
}

/// A resource with a subject or patient that can be referred to.
fn subject(resource: &mut Value) -> Option<&mut Value> {
    let name = ["subject", "patient"].into_iter().find(|name| resource[*name].is_object())?;
    resource.get_mut(name)
}

fn extend(resource: &mut Value, extension: Value) -> bool {
    let Some(members) = resource.as_object_mut() else { return false };
    let list = members.entry("extension").or_insert_with(|| json!([]));
    list.as_array_mut().map(|list| list.push(extension)).is_some()
}

const STRUCTURE: &[(&str, Damage)] = &[
    ("an unknown member", |r| put(r, "colour", json!("red"))),
    ("an unknown member with _", |r| put(r, "_colour", json!({"id": "x"}))),
    ("an unknown member in a Coding", |r| first(r, "coding", &mut |m| m.insert("colour".into(), json!(1)).is_none())),
    ("an unknown member in a reference", |r| subject(r).is_some_and(|s| put(s, "url", json!("http://x.y")))),
    ("a misspelt element", |r| take(r, "code") && put(r, "codes", json!({"text": "x"}))),
    ("an element of another resource", |r| is(r, "Observation") && put(r, "clinicalStatus", json!({"text": "x"}))),
    ("an unknown resourceType", |r| reset(r, "resourceType", json!("Observations"))),
    ("no resourceType", |r| take(r, "resourceType")),
    ("the resourceType of another", |r| !is(r, "Basic") && reset(r, "resourceType", json!("Slot"))),
    ("an object instead of an array", |r| {
        r.get("identifier").is_some_and(Value::is_array) && {
            let only = r["identifier"][0].clone();
            reset(r, "identifier", only)
        }
    }),
    ("an array instead of a value", |r| {
        r.get("status").is_some() && {
            let only = r["status"].clone();
            reset(r, "status", json!([only]))
        }
    }),
    ("an empty array", |r| put(r, "identifier", json!([]))),
    ("an empty object", |r| put(r, "implicitRules", json!({}))),
    ("an empty Coding", |r| first(r, "code", &mut |m| m.insert("coding".into(), json!([{}])).is_some())),
    ("a null", |r| put(r, "language", json!(null))),
    ("a null in an array", |r| put(r, "identifier", json!([null]))),
    ("a text instead of a boolean", |r| {
        is(r, "Patient") && reset(r, "active", json!("true")) || is(r, "Patient") && put(r, "active", json!("true"))
    }),
    ("a number instead of a text", |r| reset_in(r, "coding", "display", &json!(1))),
    ("a boolean instead of a text", |r| reset_in(r, "coding", "code", &json!(true))),
    ("a text instead of a number", |r| reset_in(r, "valueQuantity", "value", &json!("1"))),
    ("an object instead of a primitive", |r| reset_in(r, "coding", "display", &json!({"value": "x"}))),
    ("a primitive instead of an object", |r| r["code"].is_object() && reset(r, "code", json!("x"))),
    ("a primitive in an array of objects", |r| r["category"].is_array() && reset(r, "category", json!(["x"]))),
    ("a complex element with _", |r| r["code"].is_object() && put(r, "_code", json!({"id": "x"}))),
    ("two types of a choice", |r| r.get("valueQuantity").is_some() && put(r, "valueString", json!("x"))),
    ("a type that the choice does not have", |r| {
        is(r, "Observation") && !r.to_string().contains("\"value") && put(r, "valueAddress", json!({"text": "x"}))
    }),
    ("a choice without a type", |r| is(r, "Observation") && put(r, "value", json!("x"))),
    ("arrays of different length", |r| {
        put(r, "identifier", json!([{"value": "x"}])) && put(r, "_identifier", json!([null, null]))
    }),
    ("an element with nothing but an id", |r| put(r, "_language", json!({"id": "x"}))),
];

const CARDINALITY: &[(&str, Damage)] = &[
    ("no status", |r| {
        !is(r, "Procedure2")
            && ["Observation", "Composition", "Flag", "Encounter", "EpisodeOfCare", "Immunization"]
                .iter()
                .any(|k| is(r, k))
            && take(r, "status")
    }),
    ("no code", |r| is(r, "Observation") && take(r, "code")),
    ("no subject", |r| is(r, "Condition") && take(r, "subject")),
    ("no class", |r| is(r, "Encounter") && take(r, "class")),
    ("no author", |r| is(r, "Composition") && take(r, "author")),
    ("no medication", |r| is(r, "Immunization") && take(r, "vaccineCode")),
    ("no url of an extension", |r| take_in(r, "extension", "url")),
    ("no code of a component", |r| take_in(r, "component", "code")),
    ("more than the profile allows", |r| {
        claims(r, "nl-core-EpisodeOfCare") && r["diagnosis"].is_array() && {
            let one = r["diagnosis"][0].clone();
            reset(r, "diagnosis", json!([one, one]))
        }
    }),
    ("more authors than the profile allows", |r| {
        claims(r, "nl-core-SOAPReport") && {
            let one = r["author"][0].clone();
            reset(r, "author", json!([one, one]))
        }
    }),
    ("less than the profile wants", |r| claims(r, "nl-core-BloodPressure") && take(r, "component")),
    ("no vital signs category", |r| claims(r, "nl-core-BodyWeight") && take(r, "category")),
    ("no moment of a vital sign", |r| claims(r, "nl-core-BodyWeight") && take(r, "effectiveDateTime")),
    ("no subject of a vital sign", |r| claims(r, "nl-core-BodyWeight") && take(r, "subject")),
];

const FORMATS: &[(&str, Damage)] = &[
    ("a day that does not exist", |r| is(r, "Observation") && reset(r, "effectiveDateTime", json!("2021-02-30"))),
    ("a date with slashes", |r| reset(r, "birthDate", json!("1970/01/01"))),
    ("a month that does not exist", |r| reset(r, "birthDate", json!("1970-13-01"))),
    ("a time without a zone", |r| reset(r, "effectiveDateTime", json!("2021-02-03T10:00:00"))),
    ("an hour that does not exist", |r| reset(r, "effectiveDateTime", json!("2021-02-03T25:00:00Z"))),
    ("a start that is no date", |r| reset_in(r, "*", "start", &json!("yesterday"))),
    ("an instant without a time", |r| {
        r["meta"].is_object() && {
            r["meta"]["lastUpdated"] = json!("2021-02-03");
            true
        }
    }),
    ("an id with an underscore", |r| reset(r, "id", json!("a_b"))),
    ("an id that is too long", |r| reset(r, "id", json!("a".repeat(65)))),
    ("a code with a space before it", |r| reset_in(r, "coding", "code", &json!(" 1"))),
    ("a uri with a space", |r| reset_in(r, "coding", "system", &json!("http://x y"))),
    ("an empty text", |r| reset_in(r, "coding", "display", &json!(""))),
    ("a text of spaces", |r| reset_in(r, "coding", "display", &json!("  "))),
    ("a control character", |r| reset_in(r, "coding", "display", &json!("a\u{1}b"))),
    ("an integer with a point", |r| {
        reset(r, "multipleBirthInteger", json!(1.5))
            || is(r, "Observation") && take(r, "valueQuantity") && put(r, "valueInteger", json!(1.5))
    }),
    ("an integer that is too large", |r| {
        is(r, "Observation") && take(r, "valueQuantity") && put(r, "valueInteger", json!(3_000_000_000_u64))
    }),
    ("a positive integer that is zero", |r| {
        reset_in(r, "telecom", "rank", &json!(0))
            || first(r, "telecom", &mut |m| m.insert("rank".into(), json!(0)).is_none())
    }),
    ("base64 that is none", |r| {
        is(r, "Patient") && put(r, "photo", json!([{"contentType": "image/png", "data": "a"}]))
    }),
    ("a boolean with a capital", |r| {
        is(r, "Patient") && {
            take(r, "deceasedBoolean");
            take(r, "deceasedDateTime");
            put(r, "deceasedBoolean", json!("True"))
        }
    }),
];

const CODES: &[(&str, Damage)] = &[
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

const VALUES: &[(&str, Damage)] = &[
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

const EXTENSIONS: &[(&str, Damage)] = &[
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

const REFERENCES: &[(&str, Damage)] = &[
    ("a reference to another type", |r| {
        is(r, "Condition")
            && subject(r).is_some_and(|s| {
                take(s, "type");
                reset(s, "reference", json!("Medication/1"))
            })
    }),
    ("a reference to a type that the profile leaves out", |r| {
        claims(r, "nl-core-BodyWeight")
            && subject(r).is_some_and(|s| {
                take(s, "type");
                reset(s, "reference", json!("Device/1"))
            })
    }),
    ("a reference that says another type than it has", |r| {
        subject(r).is_some_and(|s| {
            reset(s, "reference", json!("Patient/1")) && {
                s["type"] = json!("Group");
                true
            }
        })
    }),
    ("a reference to nothing contained", |r| subject(r).is_some_and(|s| reset(s, "reference", json!("#nobody")))),
    ("a contained resource that nothing refers to", |r| {
        put(r, "contained", json!([{"resourceType": "Organization", "id": "o", "name": "x"}]))
    }),
    ("a contained resource without an id", |r| {
        put(r, "contained", json!([{"resourceType": "Organization", "name": "x"}]))
    }),
    ("a contained resource of an unknown type", |r| {
        put(r, "contained", json!([{"resourceType": "Organisation", "id": "o"}]))
    }),
    ("a contained resource within a contained one", |r| {
        is(r, "Condition")
            && subject(r).is_some_and(|s| {
                take(s, "type");
                reset(s, "reference", json!("#p"))
            })
            && put(
                r,
                "contained",
                json!([{"resourceType": "Patient", "id": "p", "contained": [{"resourceType": "Patient", "id": "q", "contact": [{"organization": {"reference": "#"}}]}]}]),
            )
    }),
    ("a contained resource with a version", |r| {
        is(r, "Condition")
            && subject(r).is_some_and(|s| {
                take(s, "type");
                reset(s, "reference", json!("#p"))
            })
            && put(r, "contained", json!([{"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}]))
    }),
    ("a contained resource of the wrong type", |r| {
        is(r, "Condition")
            && subject(r).is_some_and(|s| {
                take(s, "type");
                reset(s, "reference", json!("#p"))
            })
            && put(r, "contained", json!([{"resourceType": "Organization", "id": "p", "name": "x"}]))
    }),
    ("a contained resource that is wrong itself", |r| {
        is(r, "Condition")
            && subject(r).is_some_and(|s| {
                take(s, "type");
                reset(s, "reference", json!("#p"))
            })
            && put(r, "contained", json!([{"resourceType": "Patient", "id": "p", "gender": "x"}]))
    }),
];

const SLICES: &[(&str, Damage)] = &[
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

const INVARIANTS: &[(&str, Damage)] = &[
    ("a value and a reason for having none (obs-6)", |r| {
        r.get("valueQuantity").is_some()
            && put(
                r,
                "dataAbsentReason",
                json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]}),
            )
    }),
    ("a start after the end (per-1)", |r| {
        first(r, "*", &mut |m| {
            m.contains_key("start") && !m.contains_key("url") && {
                m.insert("start".into(), json!("2021-02-03"));
                m.insert("end".into(), json!("2020-02-03"));
                true
            }
        })
    }),
    ("a code of a unit without a system (qty-3)", |r| {
        first(r, "valueQuantity", &mut |m| m.contains_key("code") && m.remove("system").is_some())
    }),
    ("a telecom without a system (cpt-2)", |r| {
        first(r, "telecom", &mut |m| {
            m.contains_key("value") && m.remove("system").is_some() && m.remove("_system").is_none_or(|_| true)
        })
    }),
    ("an allergy without a clinical status (ait-1)", |r| is(r, "AllergyIntolerance") && take(r, "clinicalStatus")),
    ("a narrative that runs something (txt-1)", |r| {
        r["text"].is_object() && {
            r["text"]["div"] = json!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>");
            true
        }
    }),
    ("a narrative without text (txt-2)", |r| {
        r["text"].is_object() && {
            r["text"]["div"] = json!("<div xmlns=\"http://www.w3.org/1999/xhtml\"> </div>");
            true
        }
    }),
    ("a narrative that is no XHTML", |r| {
        r["text"].is_object() && {
            r["text"]["div"] = json!("<div>x");
            true
        }
    }),
    ("an organization without a name (org-1)", |r| {
        is(r, "Organization") && {
            take(r, "identifier");
            take(r, "name")
        }
    }),
    ("a contact without anything (pat-1)", |r| {
        is(r, "Patient") && {
            take(r, "contact");
            put(r, "contact", json!([{"gender": "male"}]))
        }
    }),
    ("a component that repeats the code (obs-7)", |r| {
        r.get("valueQuantity").is_some() && r["code"]["coding"].is_array() && {
            let code = r["code"].clone();
            put(r, "component", json!([{"code": code, "valueString": "x"}]))
        }
    }),
    ("a range upside down (rng-2)", |r| {
        is(r, "Condition")
            && !r.to_string().contains("\"onset")
            && put(r, "onsetRange", json!({"low": {"value": 2, "unit": "x"}, "high": {"value": 1, "unit": "x"}}))
    }),
    ("a reference range without anything (obs-3)", |r| {
        is(r, "Observation")
            && !r.to_string().contains("referenceRange")
            && put(r, "referenceRange", json!([{"type": {"text": "x"}}]))
    }),
    ("an unknown profile", |r| {
        r["meta"].is_object() && {
            r["meta"]["profile"] = json!(["http://nictiz.nl/fhir/StructureDefinition/nl-core-Nothing"]);
            true
        }
    }),
    ("the profile of another resource", |r| {
        !is(r, "Patient") && r["meta"].is_object() && {
            r["meta"]["profile"] = json!(["http://nictiz.nl/fhir/StructureDefinition/nl-core-Patient"]);
            true
        }
    }),
    ("the profile of another observation", |r| {
        claims(r, "nl-core-BodyHeight") && {
            r["meta"]["profile"] = json!(["http://nictiz.nl/fhir/StructureDefinition/nl-core-BodyWeight"]);
            true
        }
    }),
];

const BUNDLES: &[(&str, Damage)] = &[
    ("a fullUrl of another resource", |b| {
        b["entry"][0]["fullUrl"] = json!("http://x.y/fhir/Patient/other");
        true
    }),
    ("a relative fullUrl", |b| {
        b["entry"][0]["fullUrl"] = json!("Patient/1");
        true
    }),
    ("a fullUrl twice (bdl-7)", |b| {
        let entry = b["entry"][0].clone();
        b["entry"].as_array_mut().is_some_and(|all| {
            all.push(entry);
            true
        })
    }),
    ("a total that is no result (bdl-1)", |b| {
        b["type"] = json!("collection");
        for e in b["entry"].as_array_mut().into_iter().flatten() {
            take(e, "search");
        }
        true
    }),
    ("a search that is no result (bdl-2)", |b| {
        b["type"] = json!("collection");
        take(b, "total")
    }),
    ("an unknown mode", |b| {
        b["entry"][0]["search"]["mode"] = json!("hit");
        true
    }),
    ("an unknown type of bundle", |b| {
        b["type"] = json!("searchSet");
        true
    }),
    ("a link without a url", |b| {
        b["link"] = json!([{"relation": "self"}]);
        true
    }),
    ("an entry without anything (bdl-5)", |b| {
        take(b, "total");
        b["entry"] = json!([{"fullUrl": "http://x.y/Patient/1"}]);
        true
    }),
    ("a resource in it that is wrong", |b| put(&mut b["entry"][1]["resource"], "colour", json!(1))),
    ("a resource in it with an unknown profile", |b| {
        b["entry"][1]["resource"]["meta"]["profile"] = json!(["http://x.y/nothing"]);
        true
    }),
    ("a negative total", |b| {
        b["total"] = json!(-1);
        true
    }),
    ("a reference in it to a resource of another profile", |b| {
        let Some(entries) = b["entry"].as_array_mut() else { return false };
        entries.push(json!({"fullUrl": "http://x.y/fhir/Condition/c1", "resource": {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Observation/none-of-these"}}, "search": {"mode": "include"}}));
        true
    }),
];

struct Bench {
    validator: Validator,
    /// Caught and not caught, by kind.
    kinds: BTreeSet<&'static str>,
    missed: Vec<String>,
}

impl Bench {
    fn errors(&self, resource: &Value) -> BTreeSet<String> {
        let issues = self.validator.check_bytes(Form::Json, resource.to_string().as_bytes());
        issues.into_iter().filter(|issue| issue.severity == Severity::Error).map(|issue| issue.to_string()).collect()
    }

    fn damage(&mut self, kinds: &'static [(&'static str, Damage)], resources: &[(String, Value)]) {
        for (kind, damage) in kinds {
            assert!(self.kinds.insert(kind), "{kind} is there twice");
            let mut done = 0;
            for (name, resource) in resources {
                let mut damaged = resource.clone();
                if done == EACH || !damage(&mut damaged) || damaged == *resource {
                    continue;
                }
                done += 1;
                let before = self.errors(resource);
                if self.errors(&damaged).is_subset(&before) {
                    self.missed.push(format!("{kind}: {name}"));
                }
            }
            if done == 0 {
                self.missed.push(format!("{kind}: fits no example"));
            }
        }
    }
}

/// Answers to searches made of examples.
fn bundles(examples: &[(String, Value)]) -> Vec<(String, Value)> {
    let with_ids: Vec<&Value> =
        examples.iter().map(|(_, example)| example).filter(|example| example["id"].is_string()).collect();
    let bundle = |part: &[&Value]| {
        let entry = |resource: &&Value| {
            let url = format!(
                "http://x.y/fhir/{}/{}",
                resource["resourceType"].as_str().unwrap_or_default(),
                resource["id"].as_str().unwrap_or_default()
            );
            json!({"fullUrl": url, "resource": resource, "search": {"mode": "match"}})
        };
        json!({
            "resourceType": "Bundle", "type": "searchset", "total": part.len(),
            "link": [{"relation": "self", "url": "http://x.y/fhir/Observation"}],
            "entry": part.iter().map(entry).collect::<Vec<_>>(),
        })
    };
    with_ids.chunks_exact(ENTRIES).take(8).map(|part| ("a bundle".to_owned(), bundle(part))).collect()
}

#[test]
fn every_kind_of_damage_is_seen() {
    let Some(validator) = super::support::official() else { return };
    let parsed =
        super::support::examples().into_iter().map(|(name, bytes)| (name, serde_json::from_slice(&bytes).unwrap()));
    let examples: Vec<(String, Value)> = parsed.collect();
    let bundles = bundles(&examples);
    let mut bench = Bench { validator, kinds: BTreeSet::new(), missed: Vec::new() };
    for kinds in [STRUCTURE, CARDINALITY, FORMATS, CODES, VALUES, EXTENSIONS, REFERENCES, SLICES, INVARIANTS] {
        bench.damage(kinds, &examples);
    }
    bench.damage(BUNDLES, &bundles);
    println!("{} kinds of damage", bench.kinds.len());
    assert!(bench.kinds.len() >= 60);
    assert!(bench.missed.is_empty(), "not seen:\n{}", bench.missed.join("\n"));
}

#[test]
fn bundles_of_examples_are_as_right_as_the_examples() {
    let Some(validator) = super::support::official() else { return };
    let parsed =
        super::support::examples().into_iter().map(|(name, bytes)| (name, serde_json::from_slice(&bytes).unwrap()));
    let examples: Vec<(String, Value)> = parsed.collect();
    for (_, bundle) in bundles(&examples) {
        let issues = validator.check_bytes(Form::Json, bundle.to_string().as_bytes());
        let errors: Vec<_> = issues.iter().filter(|issue| issue.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
