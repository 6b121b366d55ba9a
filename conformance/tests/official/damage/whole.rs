//! Damage to what hangs together: references, invariants, bundles.

use super::*;

pub const REFERENCES: &[(&str, Damage)] = &[
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

pub const INVARIANTS: &[(&str, Damage)] = &[
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

pub const BUNDLES: &[(&str, Damage)] = &[
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
