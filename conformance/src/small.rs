//! A FHIR STU3 for tests: as little of the standard as they need, in the forms of definitions that only STU3 has.

use std::path::Path;

use serde_json::{Value, json};

use crate::schema::CORE;

/// A type is a line: what it is, its name, what it is made from. Its elements follow, indented: name, least, most, types and
/// the value set of a code. `@` has elements of its own.
const TYPES: &str = "\
primitive boolean Element
primitive string Element
primitive code string
primitive id string
primitive uri Element
primitive decimal Element
primitive unsignedInt Element
primitive dateTime Element
abstract Element
 id 0 1 string
 extension 0 * Extension
abstract BackboneElement Element
 modifierExtension 0 * Extension
complex Extension Element
 url 1 1 uri
 value[x] 0 1 code|string|CodeableConcept
complex Meta Element
 profile 0 * uri
complex Coding Element
 system 0 1 uri
 code 0 1 code
complex CodeableConcept Element
 coding 0 * Coding
 text 0 1 string
complex Quantity Element
 value 0 1 decimal
 unit 0 1 string
profile Age Quantity
complex Reference Element
 reference 0 1 string
 display 0 1 string
abstract-resource Resource
 id 0 1 id
 meta 0 1 Meta
abstract-resource DomainResource Resource
 contained 0 * Resource
 extension 0 * Extension
resource Bundle Resource
 type 1 1 code
 total 0 1 unsignedInt
 link 0 * @
 link.relation 1 1 string
 link.url 1 1 uri
 entry 0 * @
 entry.fullUrl 0 1 uri
 entry.resource 0 1 Resource
 entry.search 0 1 @
 entry.search.mode 0 1 code
resource Condition DomainResource
 clinicalStatus 0 1 code=states
 code 0 1 CodeableConcept
 subject 1 1 Reference(Patient,Group)
 onset[x] 0 1 dateTime|Age
resource Group DomainResource
resource Patient DomainResource
 active 0 1 boolean
";

/// Definitions as they are published for STU3 profiles: in XML, and differentials only.
const WRITTEN: [(&str, &str); 4] = [
    (
        "states-codes.xml",
        r#"<CodeSystem xmlns="http://hl7.org/fhir"><url value="http://x.y/states"/><content value="complete"/>
            <concept><code value="active"/><concept><code value="recurrence"/></concept></concept>
            <concept><code value="resolved"/></concept></CodeSystem>"#,
    ),
    (
        "states.xml",
        r#"<ValueSet xmlns="http://hl7.org/fhir"><url value="http://x.y/ValueSet/states"/>
            <compose><include><system value="http://x.y/states"/></include></compose></ValueSet>"#,
    ),
    (
        "spec.xml",
        r#"<StructureDefinition xmlns="http://hl7.org/fhir"><url value="http://x.y/StructureDefinition/spec"/>
            <fhirVersion value="3.0.1"/><kind value="complex-type"/><abstract value="false"/>
            <contextType value="datatype"/><context value="CodeableConcept"/><context value="code"/>
            <type value="Extension"/><baseDefinition value="http://hl7.org/fhir/StructureDefinition/Extension"/>
            <derivation value="constraint"/>
            <differential>
              <element id="Extension.url"><path value="Extension.url"/>
                <fixedUri value="http://x.y/StructureDefinition/spec"/></element>
              <element id="Extension.value[x]:valueCodeableConcept"><path value="Extension.valueCodeableConcept"/>
                <sliceName value="valueCodeableConcept"/><min value="1"/><type><code value="CodeableConcept"/></type></element>
            </differential></StructureDefinition>"#,
    ),
    (
        "problem.xml",
        r#"<?xml version="1.0" encoding="utf-8"?><f:StructureDefinition xmlns:f="http://hl7.org/fhir">
            <f:text><f:status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">x</div></f:text>
            <f:url value="http://x.y/StructureDefinition/problem"/><f:fhirVersion value="3.0.1"/><f:kind value="resource"/>
            <f:abstract value="false"/><f:type value="Condition"/>
            <f:baseDefinition value="http://hl7.org/fhir/StructureDefinition/Condition"/><f:derivation value="constraint"/>
            <f:differential>
              <f:element id="Condition"><f:path value="Condition"/>
                <f:constraint><f:key value="x-1"/><f:severity value="error"/><f:human value="x"/>
                  <f:expression value="code.text.exists()"/></f:constraint></f:element>
              <f:element id="Condition.clinicalStatus"><f:path value="Condition.clinicalStatus"/><f:min value="1"/></f:element>
              <f:element id="Condition.clinicalStatus.extension"><f:path value="Condition.clinicalStatus.extension"/>
                <f:slicing><f:discriminator><f:type value="value"/><f:path value="url"/></f:discriminator>
                  <f:rules value="open"/></f:slicing></f:element>
              <f:element id="Condition.clinicalStatus.extension:spec"><f:path value="Condition.clinicalStatus.extension"/>
                <f:sliceName value="spec"/><f:min value="1"/>
                <f:type><f:code value="Extension"/><f:profile value="http://x.y/StructureDefinition/spec"/></f:type></f:element>
              <f:element id="Condition.code.coding"><f:path value="Condition.code.coding"/>
                <f:slicing><f:discriminator><f:type value="value"/><f:path value="system"/></f:discriminator>
                  <f:rules value="open"/></f:slicing></f:element>
              <f:element id="Condition.code.coding:icpc"><f:path value="Condition.code.coding"/>
                <f:sliceName value="icpc"/><f:min value="1"/><f:max value="1"/></f:element>
              <f:element id="Condition.code.coding:icpc.system"><f:path value="Condition.code.coding.system"/>
                <f:fixedUri value="http://x.y/icpc"/></f:element>
            </f:differential></f:StructureDefinition>"#,
    ),
];

/// Writes the types of FHIR as JSON into `core`, and value sets and profiles as XML into `profiles`.
pub(crate) fn write(folder: &Path) {
    let (core, profiles) = (folder.join("core"), folder.join("profiles"));
    std::fs::create_dir(&core).unwrap();
    std::fs::create_dir(&profiles).unwrap();
    let types = types();
    for one in &types {
        std::fs::write(core.join(format!("{}.json", one.name)), one.definition(&types).to_string()).unwrap();
    }
    for (name, text) in WRITTEN {
        std::fs::write(profiles.join(name), text).unwrap();
    }
}

/// A line of the table with its elements.
struct Type {
    sort: &'static str,
    name: &'static str,
    base: Option<&'static str>,
    elements: Vec<&'static str>,
}

fn types() -> Vec<Type> {
    let mut types: Vec<Type> = Vec::new();
    for line in TYPES.lines() {
        if let Some(element) = line.strip_prefix(' ') {
            types.last_mut().unwrap().elements.push(element);
            continue;
        }
        let mut words = line.split(' ');
        let (sort, name) = (words.next().unwrap(), words.next().unwrap());
        types.push(Type { sort, name, base: words.next(), elements: Vec::new() });
    }
    types
}

impl Type {
    fn definition(&self, types: &[Self]) -> Value {
        let kind = match self.sort {
            "primitive" => "primitive-type",
            "resource" | "abstract-resource" => "resource",
            _ => "complex-type",
        };
        let is_profile = self.sort == "profile";
        // A profile has the paths of its type.
        let path = if is_profile { self.base.unwrap() } else { self.name };
        let mut root = json!({"id": path, "path": path, "min": 0, "max": "*"});
        if is_profile {
            root["constraint"] = json!([{"key": "age-1", "severity": "error", "human": "x", "expression": "value.empty() or value > 0"}]);
        }
        let mut elements = vec![root];
        elements.extend(self.lines(types).into_iter().map(|line| element(path, kind, line)));
        if self.sort == "primitive" {
            elements.push(value_of(self.name));
        }
        let mut definition = json!({
            "resourceType": "StructureDefinition", "url": format!("{CORE}{}", self.name), "fhirVersion": "3.0.2",
            "kind": kind, "abstract": self.sort.starts_with("abstract"), "type": path,
            "snapshot": {"element": elements},
        });
        if let Some(base) = self.base {
            definition["baseDefinition"] = json!(format!("{CORE}{base}"));
            definition["derivation"] = json!(if is_profile { "constraint" } else { "specialization" });
        }
        definition
    }

    /// The lines of all its elements, those of what it is made from first.
    fn lines(&self, types: &[Self]) -> Vec<&'static str> {
        let base = self.base.and_then(|base| types.iter().find(|one| one.name == base));
        let mut lines = base.map(|base| base.lines(types)).unwrap_or_default();
        lines.extend(&self.elements);
        lines
    }
}

fn element(holder: &str, kind: &str, line: &str) -> Value {
    let words: Vec<&str> = line.split(' ').collect();
    let [name, min, max, types] = words[..] else { panic!("{line}") };
    let (types, set) = types.split_once('=').map_or((types, None), |(types, set)| (types, Some(set)));
    let path = format!("{holder}.{name}");
    let mut element = json!({
        "id": path, "path": path, "min": min.parse::<u32>().unwrap(), "max": max, "base": {"max": max},
        "type": types.split('|').flat_map(type_of).collect::<Vec<Value>>(),
    });
    if let Some(set) = set {
        let reference = format!("http://x.y/ValueSet/{set}");
        element["binding"] = json!({"strength": "required", "valueSetReference": {"reference": reference}});
    }
    if (name == "id" && kind != "resource") || path == "Extension.url" {
        element["representation"] = json!(["xmlAttr"]);
    }
    element
}

/// STU3 names the type once for every target.
fn type_of(name: &str) -> Vec<Value> {
    let Some((code, targets)) = name.strip_suffix(')').and_then(|name| name.split_once('(')) else {
        return vec![json!({"code": if name == "@" { "BackboneElement" } else { name }})];
    };
    targets.split(',').map(|target| json!({"code": code, "targetProfile": format!("{CORE}{target}")})).collect()
}

/// The value of a primitive; a code has a form.
fn value_of(name: &str) -> Value {
    let form = if name == "code" { r"[^\s]+([\s]?[^\s]+)*" } else { r"[\s\S]*" };
    let (id, url) = (format!("{name}.value"), format!("{CORE}structuredefinition-regex"));
    let json_type = json!([{"url": format!("{CORE}structuredefinition-json-type"), "valueString": "string"}]);
    json!({
        "id": id, "path": id, "representation": ["xmlAttr"], "min": 0, "max": "1",
        "type": [{"extension": [{"url": url, "valueString": form}], "_code": {"extension": json_type}}],
    })
}
