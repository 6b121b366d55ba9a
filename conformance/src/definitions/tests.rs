use serde_json::json;

use super::*;

/// Writes files into a folder, each below its own path.
fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn a_definition_is_found_by_its_url_whatever_its_file_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("package/b.json", r#"{"id":"x","url":"http://x.y/sid/a","resourceType":"CodeSystem","content":"complete"}"#),
        ("package/a.json", r#"{"resourceType":"ValueSet","extension":[{"url":"http://x.y/e"}],"url":"http://x.y/v"}"#),
        ("package/patient.json", r#"{"resourceType":"Patient","url":"http://x.y/p"}"#),
        ("package/broken.json", r#"{"resourceType":"#),
        ("package/list.json", "[1]"),
        (
            "package/c.xml",
            r#"<CodeSystem xmlns="http://hl7.org/fhir"><url value="http://x.y/c"/><content value="complete"/></CodeSystem>"#,
        ),
        ("package/other.xml", r#"<CodeSystem xmlns="http://x.y"><url value="http://x.y/d"/></CodeSystem>"#),
        ("package/broken.xml", "<CodeSystem"),
    ];
    write(folder.path(), &files);
    let definitions = Definitions::in_folders(&[folder.path()]).unwrap();
    assert_eq!(definitions.len(), 3);
    assert_eq!(definitions.code_system("http://x.y/sid/a").unwrap()["content"], "complete");
    assert_eq!(definitions.code_system("http://x.y/c").unwrap()["content"], "complete");
    assert!(definitions.value_set("http://x.y/v|1.2").is_some());
    assert!(definitions.value_set("http://x.y/e").is_none());
    assert!(definitions.structure("http://x.y/v").is_none());
}

#[test]
fn a_definition_in_xml_has_the_form_of_json() {
    let text = r#"<?xml version="1.0"?>
        <f:StructureDefinition xmlns:f="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
            xsi:schemaLocation="http://hl7.org/fhir x.xsd">
          <f:text><f:status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">x</div></f:text>
          <f:url value="http://x.y/s"/><f:abstract value="false"/><f:context value="code"/><f:type value="Observation"/>
          <f:differential><f:element id="Observation.value[x]">
            <f:path value="Observation.value[x]"/>
            <f:slicing><f:discriminator><f:type value="type"/><f:path value="$this"/></f:discriminator>
              <f:ordered value="true"/></f:slicing>
            <f:min value="1"/><f:max value="1"/>
            <f:type><f:code value="Quantity"/><f:profile value="http://x.y/q"/></f:type>
            <f:fixedQuantity><f:value value="7.4"/><f:code value="12"/></f:fixedQuantity><f:maxLength value="20"/>
            <f:patternCodeableConcept><f:coding><f:code value="a"/></f:coding><f:coding><f:code value="true"/></f:coding>
            </f:patternCodeableConcept>
            <f:binding><f:strength value="required"/>
              <f:valueSetReference><f:reference value="http://x.y/v"/></f:valueSetReference></f:binding>
          </f:element></f:differential>
        </f:StructureDefinition>"#;
    let wanted = json!({
        "resourceType": "StructureDefinition", "text": {"status": "generated"},
        "url": "http://x.y/s", "abstract": false, "context": ["code"], "type": "Observation",
        "differential": {"element": [{
            "id": "Observation.value[x]", "path": "Observation.value[x]",
            "slicing": {"discriminator": [{"type": "type", "path": "$this"}], "ordered": true},
            "min": 1, "max": "1", "type": [{"code": "Quantity", "profile": "http://x.y/q"}],
            "fixedQuantity": {"value": 7.4, "code": "12"}, "maxLength": 20,
            "patternCodeableConcept": {"coding": [{"code": "a"}, {"code": "true"}]},
            "binding": {"strength": "required", "valueSetReference": {"reference": "http://x.y/v"}},
        }]},
    });
    assert_eq!(from_xml::definition(text), Some(wanted));
    let set = r#"<ValueSet xmlns="http://hl7.org/fhir"><compose><include><concept><code value="a"/></concept></include>
        </compose></ValueSet>"#;
    let wanted = json!({"resourceType": "ValueSet", "compose": {"include": [{"concept": [{"code": "a"}]}]}});
    assert_eq!(from_xml::definition(set), Some(wanted));
    assert_eq!(from_xml::definition("<ValueSet>"), None);
}

#[test]
fn releases_that_use_the_same_canonicals_are_taken_apart() {
    let folder = tempfile::tempdir().unwrap();
    let of = |version: &str| {
        format!(
            r#"{{"resourceType":"StructureDefinition","url":"http://x.y/s","name":"{version}","fhirVersion":"{version}"}}"#
        )
    };
    let set = |name: &str| format!(r#"{{"resourceType":"ValueSet","url":"http://x.y/{name}","name":"{name}"}}"#);
    let code = r#"<CodeSystem xmlns="http://hl7.org/fhir"><url value="http://x.y/c"/></CodeSystem>"#;
    let files = [
        ("r4/package.json", r#"{"fhirVersions":["4.0.1"]}"#.to_owned()),
        ("r4/v.json", set("v")),
        ("r4/s.json", of("4.0.1")),
        ("r5/s.json", of("5.0.0")),
        ("r5/w.json", set("w")),
        ("stu3/profiles/s.json", of("3.0.2")),
        ("stu3/terminology/v.json", set("v")),
        ("stu3/terminology/c.xml", code.to_owned()),
        ("u.json", set("u")),
    ];
    write(folder.path(), &files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let by = Definitions::by_version(&[folder.path()]).unwrap();
    assert_eq!(by.keys().copied().collect::<Vec<_>>(), [FhirVersion::Stu3, FhirVersion::R4]);
    let (stu3, r4) = (&by[&FhirVersion::Stu3], &by[&FhirVersion::R4]);
    let name = |found: Option<Arc<Value>>| found.and_then(|found| Some(found.get("name")?.as_str()?.to_owned()));
    assert_eq!(name(stu3.structure("http://x.y/s")).as_deref(), Some("3.0.2"));
    assert_eq!(name(r4.structure("http://x.y/s")).as_deref(), Some("4.0.1"));
    for (system, stu3_has, r4_has) in [("v", true, true), ("w", false, false), ("u", true, true)] {
        let has = |of: &Definitions| of.value_set(&format!("http://x.y/{system}")).is_some();
        assert_eq!((has(stu3), has(r4)), (stu3_has, r4_has), "{system}");
    }
    // Its folder has nothing that tells, but the folder around that one is of one release.
    assert!(stu3.code_system("http://x.y/c").is_some() && r4.code_system("http://x.y/c").is_none());
}
