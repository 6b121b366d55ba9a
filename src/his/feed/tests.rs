use std::collections::BTreeSet;

use super::*;
use crate::domain::dossier::{Body, FedRelease, RecordType};
use crate::his::{BatchReader, Format, Frame, Op, SourceRecord};

const NOW: &str = "2026-06-15T10:00:00+02:00";

fn feed(numbers: &BTreeMap<String, Bsn>) -> Feed<'_> {
    Feed {
        release: FhirRelease::R4,
        batch: Uuid::nil(),
        ura: "90009992",
        agb: "01999992",
        kind: BatchKind::Patient,
        seq: 1,
        made: Timestamp::parse_rfc3339(NOW).unwrap(),
        day_t: None,
        numbers,
    }
}

fn translated(files: &[(&str, &str)]) -> Result<Translated, FeedFault> {
    translated_of(FhirRelease::R4, files)
}

fn translated_of(release: FhirRelease, files: &[(&str, &str)]) -> Result<Translated, FeedFault> {
    let files: Vec<File<'_>> = files.iter().map(|(name, text)| File { name, bytes: text.as_bytes() }).collect();
    let numbers = BTreeMap::new();
    translate(&Feed { release, ..feed(&numbers) }, &files)
}

/// The records of a delivery, and what is wrong with the others.
fn records(delivery: &[u8]) -> (Vec<SourceRecord>, Vec<String>) {
    let mut reader = BatchReader::open(delivery).unwrap();
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    let frame = Frame { now, nhg45: None, format: Format::Two };
    let (mut records, mut findings) = (Vec::new(), Vec::new());
    while let Some((_, outcome)) = reader.next_record(&frame).unwrap() {
        records.extend(outcome.record);
        let name =
            |finding: &crate::his::Finding| format!("{} {}", finding.code, finding.path.clone().unwrap_or_default());
        findings.extend(outcome.findings.iter().map(name));
    }
    reader.finish().unwrap();
    (records, findings)
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}],"active":true,"name":[{"family":"XXX_Proef"}],"gender":"female","birthDate":"1980-05"}"#;

fn fed(record: &SourceRecord) -> &crate::domain::dossier::FedResource {
    match &record.op {
        Op::Put(Body::Resource(fed) | Body::SharedResource(fed), _) => fed,
        other => panic!("no resource: {other:?}"),
    }
}

#[test]
fn json_xml_lines_and_bundles_are_read_alike() {
    let allergy = r#"{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p"}}"#;
    let xml = r#"<AllergyIntolerance xmlns="http://hl7.org/fhir"><id value="a"/><patient><reference value="Patient/p"/></patient></AllergyIntolerance>"#;
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{PATIENT}}},{{"resource":{allergy}}}]}}"#
    );
    let lines = format!("{PATIENT}\n\n{allergy}\n");
    let forms: [&[(&str, &str)]; 4] = [
        &[("p.json", PATIENT), ("a.json", allergy)],
        &[("p.json", PATIENT), ("a.xml", xml)],
        &[("b.json", &bundle)],
        &[("l.ndjson", &lines)],
    ];
    for files in forms {
        let (records, findings) = records(&translated(files).unwrap().delivery);
        assert_eq!(findings, [""; 0]);
        let names: Vec<_> = records.iter().map(|record| (record.t, record.id.as_str())).collect();
        assert_eq!(
            names,
            [
                (RecordType::Patient, "Patient:p"),
                (RecordType::Resource, "Patient:p"),
                (RecordType::Resource, "AllergyIntolerance:a")
            ]
        );
        assert!(records[1..].iter().all(|record| record.pat.as_ref().unwrap().as_str() == "Patient:p"));
        let Op::Put(Body::Patient(patient), _) = &records[0].op else { panic!("no patient") };
        assert_eq!(patient.bsn.as_ref().unwrap().digits(), "999990019");
        assert!(!patient.bsn_verified, "FHIR cannot say so");
        assert_eq!((patient.birth.year, patient.birth.month, patient.birth.day), (1980, Some(5), None));
    }
}

#[test]
fn references_are_written_by_type_and_id_whatever_they_were() {
    let bundle = r#"{"resourceType":"Bundle","type":"transaction","entry":[
        {"fullUrl":"urn:uuid:7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01","resource":{"resourceType":"Patient","name":[{"text":"XXX"}],"gender":"male","birthDate":"1980-01-01","identifier":[{"system":"urn:oid:2.16.840.1.113883.2.4.6.3","value":"999990019"}]}},
        {"fullUrl":"https://his.example/fhir/Organization/o","resource":{"resourceType":"Organization","id":"o","name":"O"}},
        {"resource":{"resourceType":"Flag","id":"f1","subject":{"reference":"urn:uuid:7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01"},"author":{"reference":"https://his.example/fhir/Organization/o/_history/3"},"status":"active","code":{"text":"x"}}},
        {"resource":{"resourceType":"Flag","id":"f2","subject":{"identifier":{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}},"author":{"reference":"https://elsewhere.example/Organization/o"},"status":"active","code":{"text":"x"}}},
        {"resource":{"resourceType":"Flag","id":"f3","subject":{"reference":"Group/1"},"status":"active","code":{"text":"x"}}}
    ]}"#;
    let (records, findings) = records(&translated(&[("b.json", bundle)]).unwrap().delivery);
    assert_eq!(findings, ["E-VAL-001 /pat"], "a flag that is about nobody is refused");
    let body = |id: &str| fed(records.iter().find(|record| record.id.as_str() == id).unwrap()).body.clone();
    let patient = "Patient/7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01";
    assert!(
        body("Flag:f1").contains(patient) && body("Flag:f1").contains(r#""Organization/o""#),
        "{}",
        body("Flag:f1")
    );
    assert!(body("Flag:f2").contains(patient) && body("Flag:f2").contains("elsewhere.example"), "{}", body("Flag:f2"));
    let organization = records.iter().find(|record| record.id.as_str() == "Organization:o").unwrap();
    assert_eq!((organization.t, &organization.pat), (RecordType::SharedResource, &None));
}

#[test]
fn s_and_o_lines_are_left_out_and_counted() {
    let line = |id: &str, code: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","subject":{{"reference":"Patient/p"}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{code}"}}]}},"valueString":"x"}}"#
        )
    };
    let section = |code: &str| {
        format!(
            r#"{{"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{code}"}}]}},"text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">t</div>"}}}}"#
        )
    };
    let report = format!(
        r#"{{"resourceType":"Composition","id":"c","status":"final","type":{{"text":"t"}},"subject":{{"reference":"Patient/p"}},"date":"2026","author":[{{"display":"d"}}],"title":"t","section":[{},{}]}}"#,
        section("255362007"),
        section("129265001")
    );
    let files = [
        ("p", PATIENT.to_owned()),
        ("s", line("s", "255362007")),
        ("o", line("o", "260224007")),
        ("e", line("e", "129265001")),
        ("c", report),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let translated = translated(&files).unwrap();
    assert_eq!(translated.lines_dropped, 3);
    let (records, findings) = records(&translated.delivery);
    assert_eq!(findings, [""; 0]);
    assert_eq!(records.len(), 4);
    let all: String = records[1..].iter().map(|record| fed(record).body.as_str()).collect();
    assert!(all.contains("129265001") && !all.contains("255362007") && !all.contains("260224007"));
}

#[test]
fn s_and_o_lines_of_stu3_are_left_out_and_counted() {
    let code = |code: &str| {
        format!(r#"{{"coding":[{{"system":"http://fhir.nl/fhir/NamingSystem/journaalregeltypen","code":"{code}"}}]}}"#)
    };
    let line = |id: &str, letter: &str| {
        let code = code(letter);
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","subject":{{"reference":"Patient/p"}},"context":{{"reference":"Encounter/n"}},"code":{code},"valueString":"x"}}"#
        )
    };
    let section = |letter: &str| {
        let code = code(letter);
        format!(
            r#"{{"code":{code},"text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">t</div>"}}}}"#
        )
    };
    let report = format!(
        r#"{{"resourceType":"Composition","id":"c","status":"final","type":{{"text":"t"}},"subject":{{"reference":"Patient/p"}},"date":"2026","author":[{{"display":"d"}}],"title":"t","section":[{},{}]}}"#,
        section("S"),
        section("E")
    );
    let (s, o, e) = (line("s", "S"), line("o", "O"), line("e", "E"));
    let files = [("p", PATIENT), ("s", &s), ("o", &o), ("e", &e), ("c", &report)];
    let translated = translated_of(FhirRelease::Stu3, &files).unwrap();
    assert_eq!(translated.lines_dropped, 3);
    let (records, findings) = records(&translated.delivery);
    assert_eq!(findings, [""; 0]);
    assert_eq!(records.len(), 4);
    let all: String = records[1..].iter().map(|record| fed(record).body.as_str()).collect();
    assert!(all.contains(r#""code":"E""#) && !all.contains(r#""code":"S""#) && !all.contains(r#""code":"O""#));
    assert!(records[1..].iter().all(|record| fed(record).release == FedRelease::Stu3));
}

#[test]
fn a_feed_is_of_one_release_and_its_form_is_that_one() {
    let flag = |more: &str| {
        format!(
            r#"{{"resourceType":"Flag","id":"f","status":"active","code":{{"text":"x"}},"subject":{{"reference":"Patient/p"}},{more}}}"#
        )
    };
    let (one, list) = (flag(r#""category":{"text":"x"}"#), flag(r#""category":[{"text":"x"}]"#));
    let findings = |release: FhirRelease, flag: &str| {
        let translated = translated_of(release, &[("p", PATIENT), ("f", flag)]).unwrap();
        records(&translated.delivery).1.len()
    };
    assert_eq!((findings(FhirRelease::R4, &list), findings(FhirRelease::Stu3, &one)), (0, 0));
    assert!(findings(FhirRelease::R4, &one) > 0 && findings(FhirRelease::Stu3, &list) > 0);
    let request = r#"{"resourceType":"ServiceRequest","id":"r"}"#;
    let fault = translated_of(FhirRelease::Stu3, &[("a.json", request)]).unwrap_err().to_string();
    assert!(fault.starts_with("a.json: is no resource of STU3"), "{fault}");
    let of_r4 = translated(&[("p", PATIENT)]).unwrap().delivery;
    assert!(!String::from_utf8(of_r4).unwrap().contains(r#""fhir":"#), "R4 need not be said");
}

#[test]
fn the_bytes_of_a_binary_of_stu3_are_its_content() {
    let reference = r#"{"resourceType":"DocumentReference","id":"d","status":"current","type":{"text":"t"},"indexed":"2026-06-01T00:00:00Z","subject":{"reference":"Patient/p"},"content":[{"attachment":{"url":"Binary/b"}}]}"#;
    let binary = r#"{"resourceType":"Binary","id":"b","contentType":"application/pdf","content":"QUJD"}"#;
    let files = [("p", PATIENT), ("d", reference), ("b", binary)];
    let (records, findings) = records(&translated_of(FhirRelease::Stu3, &files).unwrap().delivery);
    assert_eq!(findings, [""; 0]);
    assert_eq!(records.iter().filter(|record| record.t == RecordType::Blob).count(), 1);
    let binary = records.iter().find(|record| record.id.as_str() == "Binary:b").unwrap();
    assert!(fed(binary).sha256.is_some() && !fed(binary).body.contains("QUJD"));
}

#[test]
fn a_resource_of_the_wrong_form_is_refused_alone_and_by_its_place() {
    let flag = r#"{"resourceType":"Flag","id":"f","subject":{"reference":"Patient/p"},"status":7,"code":{"txt":"x"}}"#;
    let (records, findings) = records(&translated(&[("p", PATIENT), ("f", flag)]).unwrap().delivery);
    assert_eq!(findings, ["E-VAL-002 /d/resource/status", "E-VAL-019 /d/resource/code"]);
    assert_eq!(records.len(), 2);
}

#[test]
fn a_line_of_the_other_kind_cannot_be_smuggled_in() {
    let at = NOW;
    let line = |t: &str, pat: &str, resource: &str| {
        format!(r#"{{"t":"{t}","id":"x","v":1,"op":"put",{pat}"at":"{at}","d":{{"resource":{resource}}}}}"#)
    };
    let s_line = r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://fhir.nl/fhir/NamingSystem/journaalregeltypen","code":"S"}]}}"#;
    let cases = [
        (line("resource", r#""pat":"p","#, s_line), "E-POL-001 /d/resource"),
        (line("shared_resource", "", r#"{"resourceType":"Flag"}"#), "E-VAL-004 /d/resource/resourceType"),
        (line("resource", r#""pat":"p","#, r#"{"resourceType":"Recipe"}"#), "E-VAL-004 /d/resource/resourceType"),
        (line("resource", r#""pat":"p","#, "7"), "E-VAL-002 /d/resource"),
        (
            line("resource", r#""pat":"p","#, r#"{"resourceType":"ProcedureRequest"}"#),
            "E-VAL-004 /d/resource/resourceType",
        ),
    ];
    let now = Timestamp::parse_rfc3339(at).unwrap();
    for (line, expected) in cases {
        let outcome = crate::his::read_record(line.as_bytes(), 2, &Frame { now, nhg45: None, format: Format::Two });
        let finding = &outcome.findings[0];
        assert_eq!(format!("{} {}", finding.code, finding.path.clone().unwrap_or_default()), expected);
        assert!(outcome.record.is_none());
    }
}

#[test]
fn what_is_no_feed_is_refused_whole_and_by_its_file() {
    let cases = [
        ("", "a.json: "),
        ("{", "a.json: "),
        ("[]", "a.json: is no resource of R4"),
        (r#"{"resourceType":"Recipe"}"#, "a.json: is no resource of R4"),
        (r#"{"resourceType":"Flag"}"#, "a.json: a Flag has no id"),
        ("{\"resourceType\":\"Flag\",\"id\":\"1\"}\n{", "a.json: line 2: "),
        ("<Flag xmlns=\"http://hl7.org/fhir\"><colour/></Flag>", "a.json: Flag: an element"),
        (r#"{"resourceType":"Bundle","type":"batch","entry":[7]}"#, "a.json: entry 1: is no object"),
        (r#"{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1"}]}"#, "a.json: entry 1: has no resource"),
        (
            r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Flag/1"}}]}"#,
            "a.json: entry 1: deletions are not taken",
        ),
    ];
    for (text, expected) in cases {
        let fault = translated(&[("a.json", text)]).unwrap_err().to_string();
        assert!(fault.starts_with(expected), "{text}: {fault}");
    }
    let task = translated(&[("a.json", r#"{"resourceType":"Task","id":"1"}"#)]).unwrap();
    assert_eq!(task.not_served, BTreeMap::from([("Task".to_owned(), 1)]));
}

#[test]
fn numbers_and_dates_of_test_data_are_filled_in() {
    let patient = r#"{"resourceType":"Patient","id":"p","name":[{"family":"XXX"}],"gender":"male","birthDate":"${DATE, T, Y, -30}"}"#;
    let numbers = BTreeMap::from([("Patient/p".to_owned(), "999990019".parse::<Bsn>().unwrap())]);
    let feed = Feed { day_t: Some(jiff::civil::date(2026, 6, 15)), ..feed(&numbers) };
    let translated = translate(&feed, &[File { name: "p", bytes: patient.as_bytes() }]).unwrap();
    let (records, findings) = records(&translated.delivery);
    assert_eq!(findings, [""; 0]);
    let Op::Put(Body::Patient(patient), _) = &records[0].op else { panic!("no patient") };
    assert_eq!((patient.birth.year, patient.bsn.is_some()), (1996, true));
}

#[test]
fn the_bytes_of_a_binary_travel_in_parts_of_their_own() {
    let data = "QUJD".repeat(300_000);
    let reference = r#"{"resourceType":"DocumentReference","id":"d","status":"current","subject":{"reference":"Patient/p"},"content":[{"attachment":{"url":"Binary/b"}}]}"#;
    let binary = format!(r#"{{"resourceType":"Binary","id":"b","contentType":"application/pdf","data":"{data}"}}"#);
    let lonely = r#"{"resourceType":"Binary","id":"c","contentType":"application/pdf","data":"QUJD"}"#;
    let files = [("p", PATIENT), ("d", reference), ("b", &binary), ("c", lonely)];
    let (records, findings) = records(&translated(&files).unwrap().delivery);
    assert_eq!(findings, [""; 0]);
    let parts: Vec<_> = records.iter().filter(|record| record.t == RecordType::Blob).collect();
    assert_eq!(parts.len(), 2);
    let binary = records.iter().find(|record| record.id.as_str() == "Binary:b").unwrap();
    assert!(fed(binary).sha256.is_some() && !fed(binary).body.contains("QUJD"));
    assert!(!records.iter().any(|record| record.id.as_str() == "Binary:c"), "nothing refers to it");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_translated_without_panic(bytes: Vec<u8>) {
        let _ = translate(&feed(&BTreeMap::new()), &[File { name: "x", bytes: &bytes }]);
    }

    #[test]
    fn any_tree_is_translated_without_panic(tree in crate::fhir::tree::tests::any_tree(), kind in "(Patient|Bundle|Observation|Binary)") {
        let text = crate::fhir::tree::tests::text_of(&tree);
        let text = format!(r#"{{"resourceType":"{kind}","id":"1","entry":[{{"resource":{text}}}],"code":{text},"identifier":[{text}],"meta":{text}}}"#);
        for release in FhirRelease::ALL {
            let _ = translated_of(release, &[("x", &text)]);
        }
    }
}

fn patient(id: &str, identifiers: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","identifier":[{identifiers}],"name":[{{"family":"XXX"}}],"gender":"male","birthDate":"1980-01-01"}}"#
    )
}

fn number(value: &str, more: &str) -> String {
    format!(r#"{{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"{value}"{more}}}"#)
}

fn bundle(entries: &[(&str, String)]) -> String {
    let entries: Vec<String> =
        entries.iter().map(|(url, resource)| format!(r#"{{"fullUrl":"{url}","resource":{resource}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

fn flag(id: &str, subject: &str) -> String {
    format!(
        r#"{{"resourceType":"Flag","id":"{id}","status":"active","code":{{"text":"x"}},"subject":{{"reference":"{subject}"}}}}"#
    )
}

#[test]
fn an_address_means_what_its_own_bundle_says() {
    let uuid = "urn:uuid:00000000-0000-0000-0000-000000000001";
    let of = |id: &str, bsn: &str| bundle(&[(uuid, patient(id, &number(bsn, ""))), ("urn:uuid:2", flag(id, uuid))]);
    let (a, b) = (of("a", "999990019"), of("b", "999990020"));
    let (records, findings) = records(&translated(&[("a", &a), ("b", &b)]).unwrap().delivery);
    assert_eq!(findings, [""; 0]);
    let owner = |id: &str| records.iter().find(|record| record.id.as_str() == id).unwrap().pat.clone().unwrap();
    assert_eq!((owner("Flag:a").as_str(), owner("Flag:b").as_str()), ("Patient:a", "Patient:b"));
}

#[test]
fn nobody_gets_what_is_at_another_server() {
    let here = bundle(&[
        ("https://a.example/fhir/Patient/p", patient("p", &number("999990019", ""))),
        ("https://b.example/fhir/Organization/5", r#"{"resourceType":"Organization","id":"5","name":"O"}"#.to_owned()),
        ("https://b.example/fhir/Flag/1", flag("1", "https://b.example/fhir/Patient/p")),
    ]);
    let (records, findings) = records(&translated(&[("a", &here)]).unwrap().delivery);
    assert_eq!(findings, ["E-VAL-001 /pat"]);
    assert!(records.iter().all(|record| record.id.as_str() != "Flag:1"));
}

#[test]
fn a_feed_in_which_a_name_means_two_things_is_refused_whole() {
    let one = patient("p", &number("999990019", ""));
    let other = patient("p", &number("999990020", ""));
    let second = patient("q", &number("999990020", ""));
    let cases: [(&[String], &str); 4] = [
        (&[one.clone(), other.clone()], "Patient:p: two Patients that are not the same person"),
        (
            &[one.clone(), second.clone(), flag("f", "Patient/p"), flag("f", "Patient/q")],
            "Flag:f: resources of two patients",
        ),
        (
            &[
                bundle(&[("https://a/Flag/1", flag("1", "Patient/p"))]),
                bundle(&[("https://b/Flag/1", flag("1", "Patient/p"))]),
            ],
            "resources at two addresses",
        ),
        (&[one.clone(), flag("x-999990019", "Patient/p")], "the id of a Flag is a citizen service number"),
    ];
    for (texts, expected) in cases {
        let files: Vec<(&str, &str)> = texts.iter().map(|text| ("f.json", text.as_str())).collect();
        let fault = translated(&files).unwrap_err().to_string();
        assert!(fault.contains(expected) && !fault.contains("999990019"), "{fault}");
    }
    assert!(translated(&[("a", &one), ("b", &one), ("c", &flag("f", "Patient/p"))]).is_ok(), "the same twice is one");
}

#[test]
fn of_two_numbers_none_is_the_patients() {
    let old = number("999990019", r#","use":"old""#);
    let cases = [
        (format!("{},{}", number("999990019", ""), number("999990020", "")), None),
        (format!("{old},{}", number("999990020", "")), Some("999990020")),
        (format!("{},{}", number("999990019", ""), number("999990019", "")), Some("999990019")),
        (old, None),
    ];
    for (identifiers, expected) in cases {
        let (records, _) = records(&translated(&[("p", &patient("p", &identifiers))]).unwrap().delivery);
        let Op::Put(Body::Patient(patient), _) = &records[0].op else { panic!("no patient") };
        assert_eq!(patient.bsn.as_ref().map(Bsn::digits), expected, "{identifiers}");
    }
}

#[test]
fn what_is_about_somebody_unknown_is_nobodys() {
    let device =
        |patient: &str| format!(r#"{{"resourceType":"Device","id":"d","patient":{{"reference":"{patient}"}}}}"#);
    let (_, findings) = records(&translated(&[("p", PATIENT), ("d", &device("Group/1"))]).unwrap().delivery);
    assert_eq!(findings, ["E-VAL-001 /pat"], "it is not the practice's");
    let (_, findings) = records(&translated(&[("p", PATIENT), ("d", &device("Patient/p"))]).unwrap().delivery);
    assert_eq!(findings, [""; 0]);
}

#[test]
fn s_and_o_lines_are_found_at_every_depth_and_rules_hold_for_what_is_contained() {
    let s_line = r#"{"coding":[{"system":"http://fhir.nl/fhir/NamingSystem/journaalregeltypen","code":"S"}]}"#;
    let e_line = r#"{"coding":[{"system":"http://snomed.info/sct","code":"129265001"}]}"#;
    let report = format!(
        r#"{{"resourceType":"Composition","id":"c","status":"final","type":{{"text":"t"}},"subject":{{"reference":"Patient/p"}},"date":"2026","author":[{{"display":"d"}}],"title":"t","section":[{{"code":{e_line},"section":[{{"code":{s_line},"title":"geheim"}}],"entry":[{{"reference":"Observation/e"}}]}}]}}"#
    );
    let holder = |contained: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"h","status":"final","code":{{"text":"c"}},"subject":{{"reference":"Patient/p"}},"contained":[{contained}]}}"#
        )
    };
    let contained_line = format!(r#"{{"resourceType":"Observation","id":"x","status":"final","code":{s_line}}}"#);
    let nested = translated(&[("p", PATIENT), ("c", &report), ("h", &holder(&contained_line))]).unwrap();
    assert_eq!(nested.lines_dropped, 2);
    assert!(!String::from_utf8_lossy(&nested.delivery).contains("geheim"));
    let condition = r##"{"resourceType":"Condition","id":"x","subject":{"reference":"#"}}"##;
    let (_, findings) = records(&translated(&[("p", PATIENT), ("h", &holder(condition))]).unwrap().delivery);
    assert_eq!(findings, ["E-VAL-004 /d/resource/contained/0/resourceType"]);
    let product = r#"{"resourceType":"Medication","id":"x"}"#;
    let (_, findings) = records(&translated(&[("p", PATIENT), ("h", &holder(product))]).unwrap().delivery);
    assert_eq!(findings, [""; 0]);
}

#[test]
fn two_persons_with_one_id_are_found_by_whatever_differs() {
    let with = |identifiers: &str, birth: &str| patient("p", identifiers).replace("1980-01-01", birth);
    let one = with(&number("999990019", ""), "1980-01-01");
    let others = [
        with("", "1980-01-01"),
        with(&number("999990019", ""), "1950-01-01"),
        with(&format!("{},{}", number("999990019", ""), number("999990020", "")), "1980-01-01"),
        one.replace("male", "female"),
    ];
    for other in others {
        let fault = translated(&[("a", &one), ("b", &other)]).unwrap_err().to_string();
        assert!(fault.contains("not the same person"), "{fault}");
    }
    let without_id =
        |name: &str| bundle(&[("urn:uuid:1", patient("x", "").replace(r#""id":"x","#, "").replace("XXX", name))]);
    let fault = translated(&[("a", &without_id("A")), ("b", &without_id("B"))]).unwrap_err().to_string();
    assert!(fault.contains("the same urn:uuid"), "{fault}");
    // One Bundle in both formats is one Bundle.
    let twice = translated(&[("a", &without_id("A")), ("b", &without_id("A"))]).unwrap();
    let ids = |delivery: &[u8]| -> BTreeSet<String> {
        records(delivery).0.iter().map(|record| record.id.as_str().to_owned()).collect()
    };
    assert_eq!(ids(&twice.delivery), ids(&translated(&[("a", &without_id("A"))]).unwrap().delivery));
}

#[test]
fn a_narrative_that_fits_in_no_line_is_left_out() {
    let long = format!(r#""text":{{"status":"generated","div":"<div>{}</div>"}},"id":"x""#, "y".repeat(2_000_000));
    let (records, findings) = records(
        &translated(&[("a", &patient("x", &number("999990019", "")).replace(r#""id":"x""#, &long))]).unwrap().delivery,
    );
    assert!(findings.iter().all(|finding| !finding.starts_with("E-FMT")), "{findings:?}");
    assert_eq!(records.len(), 2);
    let short = long.replace(&"y".repeat(2_000_000), "y");
    let kept = translated(&[("a", &patient("x", &number("999990019", "")).replace(r#""id":"x""#, &short))]).unwrap();
    assert!(
        String::from_utf8(kept.delivery).unwrap().contains("<div>y</div>"),
        "what was stored before stays the same"
    );
}

#[test]
fn a_relative_address_stands_below_that_of_its_own_entry() {
    let entries = |base: &str| {
        bundle(&[
            ("https://a.example/fhir/Patient/p", patient("p", &number("999990019", ""))),
            (&format!("{base}/Flag/1"), flag("1", "Patient/p")),
        ])
    };
    let owner = |text: &str| {
        let (records, _) = records(&translated(&[("f", text)]).unwrap().delivery);
        records.iter().find(|record| record.id.as_str() == "Flag:1").and_then(|record| record.pat.clone())
    };
    assert!(owner(&entries("https://a.example/fhir")).is_some());
    assert_eq!(owner(&entries("https://b.example/fhir")), None, "b's Patient is not there");
}

#[test]
fn labels_of_a_bundle_and_of_bytes_are_not_lost() {
    let labelled = r#"{"resourceType":"Bundle","type":"collection","meta":{"security":[{"code":"R"}]},"entry":[]}"#;
    let fault = translated(&[("b", labelled)]).unwrap_err().to_string();
    assert!(fault.contains("security labels"), "{fault}");
    let document = r#"{"resourceType":"DocumentReference","id":"d","status":"current","subject":{"reference":"Patient/p"},"content":[{"attachment":{"url":"Binary/b"}}]}"#;
    let binary = r#"{"resourceType":"Binary","id":"b","contentType":"application/pdf","meta":{"security":[{"code":"R"}]},"data":"JVBERi0="}"#;
    let (records, _) = records(&translated(&[("p", PATIENT), ("d", document), ("b", binary)]).unwrap().delivery);
    let bytes = records.iter().find(|record| record.id.as_str() == "Binary:b").unwrap();
    assert!(fed(bytes).body.contains("security") && !fed(bytes).body.contains("JVBERi0="));
}

#[test]
fn nothing_is_contained_in_what_is_contained() {
    let nested = r#"{"resourceType":"Flag","id":"f","status":"active","code":{"text":"x"},"subject":{"reference":"Patient/p"},"contained":[{"resourceType":"Organization","id":"o","contained":[{"resourceType":"Condition","id":"c"}]}]}"#;
    let (_, findings) = records(&translated(&[("p", PATIENT), ("f", nested)]).unwrap().delivery);
    assert!(findings.contains(&"E-VAL-004 /d/resource/contained/0/resourceType".to_owned()), "{findings:?}");
}
