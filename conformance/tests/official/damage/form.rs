//! Damage to the form: structure, cardinality, values of primitives.

use super::*;

pub const STRUCTURE: &[(&str, Damage)] = &[
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

pub const CARDINALITY: &[(&str, Damage)] = &[
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

pub const FORMATS: &[(&str, Damage)] = &[
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
