//! `docs/formats/dvza-his-2`: a JSON Schema per record type says exactly what the reader knows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value as Json;

use super::samples::{good, now, put};
use super::samples_two::good_two;
use crate::domain::dossier::RecordType;
use crate::his::fields::{Fields, Path, Reading};
use crate::his::json::{self, Value};
use crate::his::{Format, record};

fn schema(t: RecordType) -> Json {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/formats/dvza-his-2");
    let text = std::fs::read_to_string(folder.join(format!("{t}.schema.json"))).unwrap_or_else(|_| panic!("{t}"));
    serde_json::from_str(&text).unwrap()
}

/// Every member the schema names, as JSON Pointers with `*` for places.
fn named(schema: &Json, at: &str, names: &mut BTreeSet<String>) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{at}/{name}");
        named(member, &path, names);
        names.insert(path);
    }
    for choice in schema["anyOf"].as_array().into_iter().flatten() {
        named(choice, at, names);
    }
    if let Some(items) = schema.get("items") {
        named(items, &format!("{at}/*"), names);
    }
}

/// Every member the reader asks for in records of this type.
fn asked(t: RecordType) -> BTreeSet<String> {
    let full = good_two(t);
    let coded = full.replace(r#""value_type":"q""#, r#""value_type":"c""#);
    let mut all = BTreeSet::new();
    for d in [full, coded] {
        let line = put(t, &d);
        let Ok(Value::Object(object)) = json::parse(line.as_bytes()) else { panic!("{t}") };
        let Some(Value::Object(d)) = object.get("d") else { panic!("{t}") };
        let reading = Reading::delivered(Format::Two, now(), None);
        let mut fields = Fields::new(d, Path::Line, &reading);
        if t.is_patient_bound() {
            fields.take("hidden_by_practice");
            fields.take("hidden_reason");
        }
        record::body(t, &mut fields);
        fields.close();
        all.extend(reading.asked.take());
    }
    all
}

#[test]
fn the_schemas_name_exactly_the_members_the_reader_knows() {
    for t in RecordType::ALL {
        let mut names = BTreeSet::new();
        named(&schema(t), "", &mut names);
        let asked = asked(t);
        let missing: Vec<_> = asked.difference(&names).collect();
        let unknown: Vec<_> = names.difference(&asked).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{t}: not in the schema {missing:?}, not read {unknown:?}");
    }
}

#[test]
fn full_records_fit_their_schemas_and_a_wrong_member_does_not() {
    for t in RecordType::ALL {
        let validator = jsonschema::validator_for(&schema(t)).unwrap();
        for d in [good(t).to_owned(), good_two(t)] {
            let d: Json = serde_json::from_str(&d).unwrap();
            let faults: Vec<_> = validator.iter_errors(&d).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{t}: {faults:?}");
            for name in d.as_object().unwrap().keys() {
                let mut wrong = d.clone();
                wrong[name] = if d[name].is_array() { serde_json::json!({}) } else { serde_json::json!([[]]) };
                assert!(!validator.is_valid(&wrong), "{t}: {name} may be anything");
            }
        }
    }
}

#[test]
fn the_page_of_the_format_names_every_type() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/formats/dvza-his-2.md");
    let page = std::fs::read_to_string(page).unwrap();
    for t in RecordType::ALL {
        assert!(page.contains(&format!("(dvza-his-2/{t}.schema.json)")), "{t}");
    }
}
