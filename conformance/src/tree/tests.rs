use std::sync::{Arc, OnceLock};

use super::*;
use crate::definitions::Definitions;

/// The types of R4, read once for all tests.
pub(crate) fn schema() -> Option<&'static Schema> {
    static SCHEMA: OnceLock<Option<Schema>> = OnceLock::new();
    let load = || {
        let folder = crate::shared("fhir/r4-core/package")?;
        Some(Schema::new(Arc::new(Definitions::in_folders(&[folder]).unwrap())))
    };
    SCHEMA.get_or_init(load).as_ref()
}

const PATIENT: &str = r##"{
    "resourceType": "Patient", "id": "p", "contained": [{"resourceType": "Organization", "id": "o", "name": "x"}],
    "active": true, "birthDate": "1970-01-01", "_birthDate": {"id": "b"},
    "name": [{"given": ["a", null, "c"], "_given": [null, {"extension": [{"url": "http://x.y/z", "valueCode": "masked"}]}, null]}],
    "multipleBirthInteger": 2, "managingOrganization": {"reference": "#o"}
}"##;

const PATIENT_XML: &str = r##"<?xml version="1.0"?><f:Patient xmlns:f="http://hl7.org/fhir"><f:id value="p"/>
    <f:contained><f:Organization><f:id value="o"/><f:name value="x"/></f:Organization></f:contained>
    <f:active value="true"/><f:name><f:given value="a"/><f:given><f:extension url="http://x.y/z"><f:valueCode value="masked"/>
    </f:extension></f:given><f:given value="c"/></f:name><f:birthDate id="b" value="1970-01-01"/>
    <f:multipleBirthInteger value="2"/><f:managingOrganization><f:reference value="#o"/></f:managingOrganization></f:Patient>"##;

fn outline(tree: &Tree<'_>) -> Vec<String> {
    let line = |id| format!("{} {} {:?}", tree.path(id), tree.ty(id).name, tree.value(id));
    let mut lines: Vec<String> = tree.descendants(tree.root()).into_iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn both_forms_give_the_same_tree() {
    let Some(schema) = schema() else { return };
    let json = Tree::read(schema, Form::Json, PATIENT.as_bytes()).unwrap();
    let xml = Tree::read(schema, Form::of(PATIENT_XML.as_bytes()), PATIENT_XML.as_bytes()).unwrap();
    assert_eq!((json.issues(), xml.issues()), (&[][..], &[][..]));
    assert_eq!(outline(&json), outline(&xml));
    let wanted = [
        "Patient.multipleBirthInteger integer Some(\"2\")",
        "Patient.name[0].given[1].extension[0].valueCode code Some(\"masked\")",
        "Patient.contained[0].name string Some(\"x\")",
        "Patient.birthDate.id string Some(\"b\")",
    ];
    for line in wanted {
        assert!(outline(&json).contains(&line.to_owned()), "{line}: {:#?}", outline(&json));
    }
}

#[test]
fn a_tree_is_written_as_it_was_read() {
    let Some(schema) = schema() else { return };
    for text in [PATIENT, PATIENT_XML] {
        let tree = Tree::read(schema, Form::of(text.as_bytes()), text.as_bytes()).unwrap();
        let again = Tree::read(schema, Form::Json, tree.to_json().as_bytes()).unwrap();
        assert_eq!(again.issues(), []);
        assert_eq!(outline(&again), outline(&tree));
    }
}

#[test]
fn what_the_json_form_does_wrong_is_reported() {
    let Some(schema) = schema() else { return };
    let cases = [
        (r#""colour": 1"#, "Patient.colour", Rule::UnknownElement),
        (r#""_colour": {}"#, "Patient.colour", Rule::UnknownElement),
        (r#""active": "true""#, "Patient.active", Rule::Format),
        (r#""active": [true]"#, "Patient.active", Rule::Format),
        (r#""active": null"#, "Patient.active", Rule::Form),
        (r#""name": {"text": "x"}"#, "Patient.name", Rule::Form),
        (r#""name": []"#, "Patient.name", Rule::Form),
        (r#""name": ["x"]"#, "Patient.name", Rule::Form),
        (r#""name": [{}]"#, "Patient.name[0]", Rule::Form),
        (r#""name": [null]"#, "Patient.name", Rule::Form),
        (r#""_name": [{"id": "x"}]"#, "Patient.name", Rule::Form),
        (r#""gender": "male", "gender": "male""#, "Patient.gender", Rule::Form),
        (r#""gender": "male", "_gender": "x""#, "Patient.gender", Rule::Form),
        (r#""contained": [{"resourceType": "Human"}]"#, "Patient.contained", Rule::Type),
        (r#""contained": ["x"]"#, "Patient.contained", Rule::Form),
        (r#""multipleBirthDecimal": 1.5"#, "Patient.multipleBirthDecimal", Rule::UnknownElement),
        (r#""multipleBirth": 1"#, "Patient.multipleBirth", Rule::UnknownElement),
        (r#""name": [{"given": ["a"], "_given": [null, null]}]"#, "Patient.name[0].given", Rule::Form),
    ];
    for (member, path, rule) in cases {
        let text = format!(r#"{{"resourceType": "Patient", {member}}}"#);
        let tree = Tree::read(schema, Form::Json, text.as_bytes()).unwrap();
        let found = tree.issues().iter().any(|issue| issue.path == path && issue.rule == rule);
        assert!(found, "{member}: {:?}", tree.issues());
    }
}

#[test]
fn what_the_xml_form_does_wrong_is_reported() {
    let Some(schema) = schema() else { return };
    let cases = [
        ("<colour value=\"1\"/>", "Patient.colour", Rule::UnknownElement),
        ("<gender value=\"male\"/><active value=\"true\"/>", "Patient.active", Rule::Form),
        ("<active/>", "Patient.active", Rule::Form),
        ("<active value=\"true\" colour=\"x\"/>", "Patient.active.colour", Rule::Form),
        ("<active xmlns=\"http://x.y\" value=\"true\"/>", "Patient.active", Rule::Form),
        ("<name value=\"x\"/>", "Patient.name[0].value", Rule::Form),
        ("text", "Patient", Rule::Form),
        ("<contained/>", "Patient.contained", Rule::Form),
        ("<contained><Human/></contained>", "Patient.contained", Rule::Type),
        ("<text><status value=\"generated\"/><div>x</div></text>", "Patient.text.div", Rule::Form),
    ];
    for (inside, path, rule) in cases {
        let text = format!("<Patient xmlns=\"http://hl7.org/fhir\">{inside}</Patient>");
        let tree = Tree::read(schema, Form::Xml, text.as_bytes()).unwrap();
        let found = tree.issues().iter().any(|issue| issue.path == path && issue.rule == rule);
        assert!(found, "{inside}: {:?}", tree.issues());
    }
}

#[test]
fn what_is_no_resource_has_no_tree() {
    let Some(schema) = schema() else { return };
    let cases = [
        "",
        "{",
        "[]",
        "{}",
        r#"{"resourceType": "Human"}"#,
        r#"{"resourceType": "Resource"}"#,
        "<Patient/>",
        "<Patient xmlns='http://hl7.org/fhir'>",
        "<!DOCTYPE x><Patient xmlns='http://hl7.org/fhir'/>",
        "<html/>",
    ];
    for text in cases {
        assert!(Tree::read(schema, Form::of(text.as_bytes()), text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(Tree::read(schema, Form::Json, &[0xff]).err(), Some(Unreadable::NotUtf8));
}

#[test]
fn damaged_bytes_never_panic() {
    let Some(schema) = schema() else { return };
    let mut seed = 11;
    for text in [PATIENT, PATIENT_XML] {
        for _ in 0..2_000 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=crate::random(&mut seed, 4) {
                let at = crate::random(&mut seed, bytes.len());
                match crate::random(&mut seed, 3) {
                    0 => bytes[at] = b"{}[]<>\"/,:0"[crate::random(&mut seed, 11)],
                    1 => drop(bytes.remove(at)),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            let _ = Tree::read(schema, Form::of(&bytes), &bytes);
        }
    }
}
