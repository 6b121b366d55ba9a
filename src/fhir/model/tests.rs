use super::*;
use crate::fhir::shared;
use crate::fhir::tree::Json;
use serde_json::{Value, json};

fn faults(resource: &Value) -> Vec<String> {
    faults_by(&R4, resource)
}

fn faults_by(model: &Model, resource: &Value) -> Vec<String> {
    let text = resource.to_string();
    check(model, &Json::parse(text.as_bytes()).unwrap()).into_iter().map(|fault| fault.to_string()).collect()
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "p-1",
        "identifier": [{"system": "http://s", "_value": {"extension": [{"url": "http://e", "valueCode": "masked"}]}}],
        "name": [{"given": ["A", null], "_given": [null, {"extension": [{"url": "http://e", "valueString": "x"}]}]}],
        "deceasedBoolean": false,
        "contained": [{"resourceType": "Organization", "id": "o", "name": "O"}],
    })
}

#[test]
fn a_resource_of_the_right_form_has_no_fault() {
    assert_eq!(faults(&patient()), [""; 0]);
}

#[test]
fn what_is_not_of_the_right_form_is_found_where_it_is() {
    let cases: &[(&str, &str, Value, &str)] = &[
        ("", "resourceType", json!("Recipe"), ": is no resource type of this FHIR release"),
        ("", "colour", json!("red"), ": has a member that FHIR does not know"),
        ("", "name", json!({"family": "A"}), "/name: must be a list"),
        ("", "name", json!([]), "/name: must not be empty"),
        ("", "name", json!(["A"]), "/name/0: must be an object"),
        ("", "gender", json!(["male"]), "/gender: must be a single value"),
        ("", "gender", json!("M"), "/gender: has a code that FHIR does not allow here"),
        ("", "birthDate", json!("soon"), "/birthDate: has a value that is not written as its type is"),
        ("", "active", json!("true"), "/active: has a value of the wrong JSON type"),
        ("", "deceasedDateTime", json!("2026"), "/deceasedDateTime: is a second value where one is allowed"),
        ("", "deceasedString", json!("yes"), ": has a member that FHIR does not know"),
        ("", "_name", json!([{}]), "/_name: stands beside something that is no primitive"),
        ("/name/0", "given", json!([null, "B"]), "/name/0/given/0: must be a single value"),
        ("/identifier/0/_value/extension/0", "url", Value::Null, "/identifier/0/_value/extension/0/url: must be there"),
        ("/identifier/0", "_value", json!([]), "/identifier/0/_value: must be an object, or a list"),
        ("/contained/0", "resourceType", json!("Organ"), "/contained/0: is no resource type"),
        ("/contained/0", "name", json!(7), "/contained/0/name: has a value of the wrong JSON type"),
    ];
    for (holder, name, value, expected) in cases {
        let mut resource = patient();
        let members = resource.pointer_mut(holder).and_then(Value::as_object_mut).unwrap();
        match value {
            Value::Null => drop(members.shift_remove(*name)),
            value => drop(members.insert((*name).to_owned(), value.clone())),
        }
        let found = faults(&resource);
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{holder}/{name}: {found:?}");
    }
    assert_eq!(faults(&json!([1])), [": must be a resource"]);
}

/// A problem as STU3 has it: codes where R4 has concepts, `context` where it has `encounter`.
fn condition() -> Value {
    json!({
        "resourceType": "Condition", "id": "c-1",
        "clinicalStatus": "active", "_clinicalStatus": {"extension": [{"url": "http://e", "valueCode": "x"}]},
        "verificationStatus": "confirmed",
        "subject": {"reference": "Patient/p-1"},
        "context": {"reference": "Encounter/e-1"},
        "onsetAge": {"value": 40, "unit": "jaar"},
        "assertedDate": "2026-06-15",
    })
}

#[test]
fn stu3_has_its_own_elements_types_and_codes() {
    assert_eq!(faults_by(&STU3, &condition()), [""; 0]);
    assert!(!faults(&condition()).is_empty(), "R4 has other elements");
    let cases: &[(&str, Value, &str)] = &[
        ("clinicalStatus", json!({"coding": [{"code": "active"}]}), "/clinicalStatus: must be a single value"),
        ("clinicalStatus", json!("obsolete"), "/clinicalStatus: has a code that FHIR does not allow here"),
        ("verificationStatus", json!("certain"), "/verificationStatus: has a code that FHIR does not allow here"),
        ("encounter", json!({"reference": "Encounter/e-1"}), ": has a member that FHIR does not know"),
        ("recordedDate", json!("2026-06-15"), ": has a member that FHIR does not know"),
        ("assertedDate", json!("gisteren"), "/assertedDate: has a value that is not written as its type is"),
        ("onsetDateTime", json!("2026"), "/onsetDateTime: is a second value where one is allowed"),
        ("id", json!("a_b"), "/id: has a value that is not written as its type is"),
    ];
    for (name, value, expected) in cases {
        let mut resource = condition();
        resource[*name] = value.clone();
        let found = faults_by(&STU3, &resource);
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{name}: {found:?}");
    }
    let manifest = json!({
        "resourceType": "DocumentManifest", "status": "current",
        "content": [{"pReference": {"reference": "DocumentReference/d-1"}}],
    });
    assert_eq!(faults_by(&STU3, &manifest), [""; 0]);
    let binary = json!({"resourceType": "Binary", "contentType": "application/pdf", "content": "QUJD"});
    assert_eq!(faults_by(&STU3, &binary), [""; 0]);
    assert_eq!(
        faults_by(&STU3, &json!({"resourceType": "ServiceRequest"})),
        [": is no resource type of this FHIR release"]
    );
}

fn resources(model: &Model) -> usize {
    model.types.values().filter(|kind| kind.is_resource).count()
}

#[test]
fn the_tables_name_nothing_that_they_do_not_have() {
    for model in [&*R4, &*STU3] {
        let is_known = |name: &str| name == "Resource" || Primitive::find(name).is_some() || model.find(name).is_some();
        for kind in model.types.values() {
            assert!(kind.base.is_empty() || model.find(kind.base).is_some(), "{}", kind.name);
            for element in &kind.own {
                assert!(!element.types.is_empty(), "{}.{}", kind.name, element.name);
                assert!(element.types.iter().copied().all(is_known), "{}.{}", kind.name, element.name);
                let codes = element.codes.map(|name| model.codes.get(name).is_some_and(|codes| !codes.is_empty()));
                assert_ne!(codes, Some(false), "{}.{}", kind.name, element.name);
            }
        }
    }
    assert_eq!((resources(&R4), resources(&STU3)), (148, 119), "two of each are abstract");
}

#[test]
fn elements_come_in_the_order_of_fhir() {
    let mut value = Json::parse(
        br#"{"status":"final","_status":{"id":"s"},"valueQuantity":{"unit":"kg","value":7.40},"code":{"text":"c"},"id":"1","resourceType":"Observation","x":1}"#,
    )
    .unwrap();
    arrange(&R4, &mut value);
    let mut out = Vec::new();
    value.write(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"resourceType":"Observation","id":"1","status":"final","_status":{"id":"s"},"code":{"text":"c"},"valueQuantity":{"value":7.40,"unit":"kg"},"x":1}"#
    );
    let mut value = Json::parse(
        br#"{"comment":"d","related":[{"target":{"reference":"Observation/2"},"type":"has-member"}],"context":{"reference":"Encounter/1"},"code":{"text":"c"},"status":"final","resourceType":"Observation"}"#,
    )
    .unwrap();
    arrange(&STU3, &mut value);
    let mut out = Vec::new();
    value.write(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"resourceType":"Observation","status":"final","code":{"text":"c"},"context":{"reference":"Encounter/1"},"comment":"d","related":[{"type":"has-member","target":{"reference":"Observation/2"}}]}"#
    );
}

/// One element of the official definitions, in the words of our table.
fn row(element: &Value, has_children: bool, codes: &Codes) -> String {
    let path = element["path"].as_str().unwrap();
    let name = path.rsplit('.').next().unwrap();
    let min = if element["min"].as_u64() == Some(0) { '0' } else { '1' };
    let max = if matches!(element["max"].as_str(), Some("0" | "1")) { '1' } else { '*' };
    let codes = codes.of(element).map_or(String::new(), |(name, _)| format!("={name}"));
    let mut types: Vec<String> = Vec::new();
    if let Some(reference) = element["contentReference"].as_str() {
        types.push(format!("@{}", reference.trim_start_matches('#')));
    }
    for kind in element["type"].as_array().into_iter().flatten() {
        let code = kind["code"].as_str().unwrap();
        let code = match code {
            "http://hl7.org/fhirpath/System.String" => "string".to_owned(),
            "BackboneElement" | "Element" if has_children => format!("@{path}"),
            code => code.to_owned(),
        };
        if !types.contains(&code) {
            types.push(code);
        }
    }
    format!("{name} {min}{max} {}{codes}", types.join("|"))
}

/// The codes of every required binding that can be listed, by the name of the value set.
struct Codes {
    value_sets: HashMap<String, Value>,
    systems: HashMap<String, Value>,
}

impl Codes {
    fn read(folder: &std::path::Path) -> Self {
        let read = |prefix: &str| -> HashMap<String, Value> {
            let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            let named = paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
            let all = named.map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
            all.map(|one: Value| (one["url"].as_str().unwrap().to_owned(), one)).collect()
        };
        Self { value_sets: read("ValueSet-"), systems: read("CodeSystem-") }
    }

    fn of_system(concepts: &Value, codes: &mut Vec<String>) {
        for concept in concepts.as_array().into_iter().flatten() {
            let mut properties = concept["property"].as_array().into_iter().flatten();
            if !properties.any(|property| property["code"] == "notSelectable" && property["valueBoolean"] == true) {
                codes.push(concept["code"].as_str().unwrap().to_owned());
            }
            Self::of_system(&concept["concept"], codes);
        }
    }

    /// `None` where FHIR does not list them, or lists too many to be worth a table.
    fn of(&self, element: &Value) -> Option<(String, Vec<String>)> {
        let binding = &element["binding"];
        let is_code = element["type"].as_array().is_some_and(|types| types.len() == 1 && types[0]["code"] == "code");
        if binding["strength"] != "required" || !is_code {
            return None;
        }
        // STU3 names the set as an address or as a reference.
        let named = [&binding["valueSet"], &binding["valueSetUri"], &binding["valueSetReference"]["reference"]];
        let url = named.into_iter().find_map(Value::as_str)?.split('|').next()?;
        let codes = self.in_value_set(url)?;
        let is_listed = codes.len() <= 60 && codes.iter().all(|code| !code.contains([' ', ',', '|']));
        is_listed.then(|| (url.rsplit('/').next().unwrap().to_owned(), codes))
    }

    fn in_value_set(&self, url: &str) -> Option<Vec<String>> {
        let compose = &self.value_sets.get(url)?["compose"];
        if compose["exclude"].is_array() {
            return None;
        }
        let mut codes = Vec::new();
        for include in compose["include"].as_array()? {
            if include["filter"].is_array() {
                return None;
            }
            for inner in include["valueSet"].as_array().into_iter().flatten() {
                codes.extend(self.in_value_set(inner.as_str()?)?);
            }
            match (&include["concept"], include["system"].as_str()) {
                (Value::Array(_), _) => Self::of_system(&include["concept"], &mut codes),
                (_, Some(system)) => {
                    let system = self.systems.get(system).filter(|system| system["content"] == "complete")?;
                    Self::of_system(&system["concept"], &mut codes);
                }
                _ => {}
            }
        }
        Some(codes)
    }
}

/// Holds a table against the official definitions; how many types were compared.
fn hold_against(model: &Model, folder: &std::path::Path, lists: Lists) -> usize {
    let codes = Codes::read(folder);
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with("StructureDefinition-") {
            continue;
        }
        let definition: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let kind = definition["kind"].as_str().unwrap();
        if definition["derivation"] == "constraint" || !["resource", "complex-type"].contains(&kind) {
            continue;
        }
        let elements = definition["snapshot"]["element"].as_array().unwrap();
        let paths: Vec<&str> = elements.iter().map(|element| element["path"].as_str().unwrap()).collect();
        let has_children = |path: &str| paths.iter().any(|other| other.starts_with(&format!("{path}.")));
        for holder in paths.iter().filter(|path| has_children(path)) {
            let children = elements.iter().filter(|element| {
                let path = element["path"].as_str().unwrap();
                path.rsplit_once('.').is_some_and(|(parent, _)| parent == *holder)
            });
            let official: Vec<String> =
                children.map(|child| row(child, has_children(child["path"].as_str().unwrap()), &codes)).collect();
            let ours = model.find(holder).unwrap_or_else(|| panic!("{holder} is not in the table"));
            let ours: Vec<String> = model.elements(ours).map(in_words).collect();
            assert_eq!(lists.seen(ours), lists.seen(official), "{holder}");
            for (name, official) in elements.iter().filter_map(|element| codes.of(element)) {
                let official: HashSet<&str> = official.iter().map(String::as_str).collect();
                let ours = model.codes.get(name.as_str());
                assert!(ours == Some(&official) || (ours.is_none() && lists == Lists::Several), "{name}: {ours:?}");
            }
            compared += 1;
        }
    }
    compared
}

/// Which closed lists a table has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    /// Every one.
    All,
    /// Not every one; those it has must be right.
    Several,
}

impl Lists {
    fn seen(self, rows: Vec<String>) -> Vec<String> {
        let without = |row: String| row.split('=').next().map(str::to_owned).unwrap_or_default();
        if self == Self::All { rows } else { rows.into_iter().map(without).collect() }
    }
}

#[test]
fn every_element_is_as_the_official_definitions_say() {
    let Some(folder) = shared::folder("fhir/r4-core/package") else { return };
    let compared = hold_against(&R4, &folder, Lists::All);
    assert!(compared > 600, "only {compared} types");
}

#[test]
fn every_element_of_stu3_is_as_the_official_definitions_say() {
    let Some(folder) = shared::folder("fhir/stu3-core/package") else { return };
    let compared = hold_against(&STU3, &folder, Lists::Several);
    assert!(compared > 400, "only {compared} types");
}

fn in_words(element: &Element) -> String {
    let kinds =
        element.types.iter().map(|kind| if kind.contains('.') { format!("@{kind}") } else { (*kind).to_owned() });
    let kinds: Vec<String> = kinds.collect();
    let (min, max) = (if element.is_required { '1' } else { '0' }, if element.is_list { '*' } else { '1' });
    let choice = if element.is_choice { "[x]" } else { "" };
    let codes = element.codes.map_or(String::new(), |name| format!("={name}"));
    format!("{}{choice} {min}{max} {}{codes}", element.name, kinds.join("|"))
}

#[test]
fn official_examples_have_the_right_form() {
    let Some(folder) = shared::folder("fhir/nl-core-r4/examples") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read(&path).unwrap();
        let found = check(&R4, &Json::parse(&text).unwrap());
        assert_eq!(found, [], "{}", path.display());
    }
}

proptest::proptest! {
    #[test]
    fn any_tree_is_judged_and_arranged_without_panic(mut tree in crate::fhir::tree::tests::any_tree()) {
        for model in [&*R4, &*STU3] {
            let _ = check(model, &tree);
            arrange(model, &mut tree);
        }
    }
}
