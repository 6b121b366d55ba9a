//! Each code that one line decides: the good record, one change, the finding.

use std::collections::HashSet;

use proptest::prelude::*;

use super::samples::{HEADER, batch, findings, frame, good, now, put, read};
use crate::domain::dossier::{Body, ObservationValue, RecordType, Visibility};
use crate::his::{BatchError, BatchReader, Format, Frame, Op, Reference, SourceRecord, read_record, read_stored};

use RecordType as T;

#[test]
fn a_full_record_of_every_type_is_accepted_without_a_word() {
    for t in RecordType::ALL.into_iter().filter(|t| t.is_of_his_1()) {
        let outcome = read(&put(t, good(t)));
        assert_eq!(outcome.findings, [], "{t}");
        let record = outcome.record.unwrap_or_else(|| panic!("{t}"));
        assert_eq!((record.t, record.v, record.stored), (t, 1, None));
        assert_eq!(record.pat.is_some(), t.is_patient_bound());
    }
}

#[test]
#[rustfmt::skip]
fn one_change_in_the_content_gives_one_finding() {
    let cut = "";
    let table: &[(RecordType, &str, &str, &str)] = &[
        (T::Practice, r#""name":"Praktijk De Linde","#, cut, "E-VAL-001 /d/name"),
        (T::Practice, "90009991", "9000999", "E-VAL-006 /d/ura"),
        (T::Practice, "2020-07-01", "2020-07-32", "E-VAL-008 /d/online_access_since"),
        (T::Practice, r#""ep_lines":true"#, r#""ep_lines":1"#, "E-VAL-002 /d/facility/ep_lines"),
        (T::Practice, r#""ep_lines":true"#, r#""eplines":true"#, "W-FMT-007 /d/facility/eplines"),
        (T::Practice, r#""lab_delay_days":7"#, r#""lab_delay_days":31"#, "E-VAL-007 /d/lab_delay_days"),
        (T::Practice, "manual", "vanzelf", "E-VAL-004 /d/request_mode"),
        (T::Practice, "wed,17:00", "wed,24:00", "E-VAL-005 /d/appointment_release"),
        (T::Practice, "strip", "drop", "E-VAL-004 /d/cascade/documents"),
        (T::Practice, "hoog", "basis", "E-VAL-004 /d/min_loa"),
        (T::Practice, r#""idle_minutes":15"#, r#""idle_minutes":16"#, "E-VAL-007 /d/idle_minutes"),
        (T::Employee, "huisarts", "tandarts", "E-VAL-004 /d/role"),
        (T::Employee, "01.015", "1.15", "E-VAL-005 /d/uzi_role"),
        (T::Employee, "01999992", "1234567", "E-VAL-006 /d/agb"),
        (T::Employee, "999900001", "99990000", "E-VAL-005 /d/uzi"),
        (T::Employee, "19999999901", "1", "E-VAL-005 /d/big"),
        (T::Employee, r#","active":true"#, cut, "E-VAL-001 /d/active"),
        (T::Patient, "999990019", "999999999", "E-ID-001 /d/bsn"),
        (T::Patient, "999990019", "99999001", "E-ID-001 /d/bsn"),
        (T::Patient, r#""999990019""#, "999990019", "E-VAL-002 /d/bsn"),
        (T::Patient, r#""last":"Horst""#, r#""last":" ""#, "E-VAL-001 /d/name/last"),
        (T::Patient, r#""M.A.""#, r#""MMMMMMMMMMMMMMMMMMMMM""#, "E-VAL-003 /d/name/initials"),
        (T::Patient, "NL3", "NL5", "E-VAL-004 /d/name/use"),
        (T::Patient, "1958-03-00", "1899-12-31", "E-VAL-008 /d/birth"),
        (T::Patient, r#","deceased":"2026-01-02""#, r#","deceased":"1950-01-01""#, "E-VAL-012 /d/deceased"),
        (T::Patient, r#""nr":12"#, r#""nr":0"#, "E-VAL-007 /d/addr/nr"),
        (T::Patient, r#""nr_letter":"a""#, r#""nr_letter":"ab""#, "E-VAL-005 /d/addr/nr_letter"),
        (T::Patient, r#""country":"NL""#, r#""country":"Nederland""#, "E-VAL-005 /d/addr/country"),
        (T::Patient, r#"["0600000001"]"#, r#"["0600000001",6]"#, "E-VAL-002 /d/phone/1"),
        (T::Patient, "marga@voorbeeld.example", "marga", "E-VAL-005 /d/email"),
        (T::Patient, r#""0101""#, r#""101""#, "E-VAL-005 /d/insurer/uzovi"),
        (T::Patient, r#""registered_to":"2026-01-02""#, r#""registered_to":"1999-03-31""#, "E-VAL-012 /d/registered_to"),
        (T::Patient, r#""gp":"e1""#, r#""gp":"e 1""#, "E-VAL-005 /d/gp"),
        (T::Release, r#""opened_at":"2021-03-02T09:12:00+01:00","#, cut, "E-VAL-001 /d/opened_at"),
        (T::Release, r#""t":"episode""#, r#""t":"note""#, "E-VAL-004 /d/patient_hidden/0/t"),
        (T::Release, r#""block":"none""#, r#""block":"deceased""#, "E-VAL-004 /d/block"),
        (T::Representative, "999991061", "999991062", "E-ID-001 /d/bsn"),
        (T::Representative, "2022-06-15", "2010-06-15", "E-VAL-012 /d/valid_to"),
        (T::Merge, r#""p8""#, r#""p1""#, "E-VAL-005 /d/to"),
        (T::Merge, r#","to":"p1""#, cut, "E-VAL-001 /d/to"),
        (T::Episode, r#""title":"Hartinfarct","friendly_title":"Hart","icpc":"K75.01","#, cut, "E-VAL-013 /d"),
        (T::Episode, "K75.01", "K7501", "E-CODE-001 /d/icpc"),
        (T::Episode, "2011-12-20", "2011-01-16", "E-VAL-012 /d/end"),
        (T::Episode, r#""end":"2011-12-20","#, cut, "W-VAL-014 /d/end"),
        (T::Episode, r#""visible":true,"#, cut, "E-VAL-001 /d/visible"),
        (T::Episode, r#""attention":"yes""#, r#""attention":true"#, "E-VAL-002 /d/attention"),
        (T::Contact, "14:05:00+02:00", "14:05:00", "E-VAL-010 /d/start"),
        (T::Contact, "14:05:00+02:00", "14:05:00+01:00", "E-VAL-011 /d/start"),
        (T::Contact, "14:20:00", "14:00:00", "E-VAL-012 /d/end"),
        (T::Contact, r#""03""#, r#""3""#, "E-VAL-005 /d/nhg14"),
        (T::Contact, r#""with_patient":null"#, r#""with_patient":"ja""#, "E-VAL-002 /d/with_patient"),
        (T::Contact, r#""location":"Testhoven""#, r#""location":null"#, "E-VAL-002 /d/location"),
        (T::Entry, r#""seq":1"#, r#""seq":0"#, "E-VAL-007 /d/seq"),
        (T::Entry, r#""k":"P""#, r#""k":"X""#, "E-VAL-004 /d/lines/1/k"),
        (T::Entry, r#""k":"P""#, r#""k":"S""#, "W-POL-002 /d/lines/1"),
        (T::Entry, r#""text":"Rust.""#, r#""text":"""#, "E-VAL-003 /d/lines/1/text"),
        (T::Entry, "N02", "N2", "E-CODE-001 /d/lines/0/icpc"),
        (T::Entry, r#"["ep1"]"#, r#"["ep1",1]"#, "E-VAL-002 /d/episodes/1"),
        (T::Medication, "12345678", "123456789", "E-CODE-002 /d/prk"),
        (T::Medication, "A10BA02", "A10BA2", "E-VAL-005 /d/atc"),
        (T::Medication, "2026-06-18", "2026-05-17", "E-VAL-012 /d/end"),
        (T::Medication, r#""90""#, r#""0""#, "E-VAL-007 /d/qty"),
        (T::Medication, r#""90""#, r#""9,0""#, "E-VAL-016 /d/qty"),
        (T::Medication, r#""repeats":3"#, r#""repeats":100"#, "E-VAL-007 /d/repeats"),
        (T::Medication, r#"["1137"]"#, r#"["B1137"]"#, "E-VAL-005 /d/nhg25/0"),
        (T::Medication, r#"{"code":"9","display":"oraal"}"#, "{}", "E-VAL-001 /d/route/code"),
        (T::Medication, "agreement", "afspraak", "E-VAL-004 /d/kind"),
        (T::Allergy, "373873005", "373873006", "E-VAL-005 /d/agent/code"),
        (T::Allergy, r#","display":"Middel""#, cut, "E-VAL-001 /d/agent/display"),
        (T::Allergy, r#""onset":"2009""#, r#""onset":"2009-13""#, "E-VAL-008 /d/onset"),
        (T::Contraindication, "2011-01-01", "2009-01-01", "E-VAL-012 /d/end"),
        (T::Observation, r#""nhg45":"372""#, r#""nhg45":"372x""#, "E-VAL-005 /d/nhg45"),
        (T::Observation, "GLUCBVR ", "GLUC", "E-VAL-005 /d/key"),
        (T::Observation, "14631-6", "14631", "E-VAL-005 /d/loinc"),
        (T::Observation, "2026-06-04T08:10:00", "2026-06-16T10:00:01", "E-VAL-009 /d/date"),
        (T::Observation, "5.10", "5,10", "E-VAL-016 /d/value"),
        (T::Observation, r#""5.10""#, "5.10", "E-VAL-002 /d/value"),
        (T::Observation, "mmol/L", "mmol per L", "W-CODE-005 /d/unit"),
        (T::Observation, "<=", "=<", "E-VAL-004 /d/cmp"),
        (T::Observation, r#""low":"4.0""#, r#""low":"<4""#, "E-VAL-016 /d/low"),
        (T::Observation, r#""value_type":"q""#, r#""value_type":"x""#, "E-VAL-004 /d/value_type"),
        (T::Observation, r#""conclusion":"Goed.","#, cut, "E-POL-004 /d/release/conclusion"),
        (T::Observation, r#""at":"2026-06-08T10:00:00+02:00","#, cut, "E-VAL-001 /d/release/at"),
        (T::Observation, "50009991", "5000999", "E-VAL-006 /d/lab_agb"),
        (T::Report, r#""number":"26082254","#, cut, "E-VAL-001 /d/number"),
        (T::Treatment, r#""visible":true"#, r#""visible":"ja""#, "E-VAL-002 /d/visible"),
        (T::Prophylaxis, r#""8""#, r#""8 ""#, "E-VAL-005 /d/nhg56"),
        (T::Vaccination, r#""atc":"J07BB02","prk":"5","name":"Vaccin","#, cut, "E-CODE-003 /d"),
        (T::Alert, r#","start":"2025-10-01""#, cut, "E-VAL-001 /d/start"),
        (T::Document, r#""letter""#, r#""epd_overdracht""#, "E-POL-003 /d/kind"),
        (T::Document, "application/pdf", "application/zip", "E-VAL-017 /d/mime"),
        (T::Document, r#""size":3"#, r#""size":52428801"#, "E-VAL-007 /d/size"),
        (T::Document, "feee", "fee", "E-VAL-005 /d/sha256"),
        (T::Document, r#""published_at":"2026-01-26T11:00:00+01:00","#, cut, "E-VAL-001 /d/published_at"),
        (T::Blob, r#""part":1,"#, r#""part":2,"#, "E-VAL-007 /d/part"),
        (T::Blob, "AQID", "AQI", "E-VAL-005 /d/data"),
        (T::Referral, "K75", "k75", "E-CODE-001 /d/icpc"),
        (T::Appointment, "booked", "besproken", "E-VAL-004 /d/status"),
    ];
    for (t, from, to, expected) in table {
        let changed = good(*t).replacen(from, to, 1);
        assert_ne!(changed, good(*t), "{t}: {from} is not in the sample");
        assert_eq!(findings(&put(*t, &changed)), [*expected], "{t}: {from} → {to}");
    }
}

#[test]
fn birth_and_start_may_not_lie_in_the_future() {
    let patient = r#"{"bsn_verified":true,"name":{"last":"Wit"},"sex":"male","birth":"2026-06-15","registered_from":"2026-06-15","status":"registered"}"#;
    let episode = r#"{"title":"Koorts","start":"2026-06-15","status":"open","attention":"no","visible":null}"#;
    for (t, d, place) in [(T::Patient, patient, "/d/birth"), (T::Episode, episode, "/d/start")] {
        assert!(findings(&put(t, d)).is_empty());
        let tomorrow = d.replacen("2026-06-15", "2026-06-16", 1);
        assert_eq!(findings(&put(t, &tomorrow)), [format!("E-VAL-009 {place}")]);
        assert!(read_stored(put(t, &tomorrow).as_bytes()).is_ok(), "the store is not checked against the clock");
    }
}

#[test]
fn products_and_determinations_must_be_named() {
    let medication = r#"{"start":"2026-05-01"}"#;
    assert_eq!(findings(&put(T::Medication, medication)), ["E-CODE-003 /d"]);
    assert_eq!(findings(&put(T::Medication, r#"{"name":" ","start":"2026-05-01"}"#)), ["E-CODE-003 /d"]);
    let observation = r#"{"date":"2026-05-18","value_type":"none","status":"final","release":{"state":"received"}}"#;
    assert_eq!(findings(&put(T::Observation, observation)), ["E-CODE-004 /d"]);
}

#[test]
fn lengths_count_characters() {
    let title = |length| good(T::Episode).replace("Hartinfarct", &"é".repeat(length));
    assert!(findings(&put(T::Episode, &title(200))).is_empty());
    assert_eq!(findings(&put(T::Episode, &title(201))), ["E-VAL-003 /d/title"]);
    let lines =
        |count| format!(r#"{{"contact":"c1","seq":1,"lines":[{}]}}"#, vec![r#"{"k":"P","text":"x"}"#; count].join(","));
    assert!(findings(&put(T::Entry, &lines(8))).is_empty());
    for count in [0, 9] {
        assert_eq!(findings(&put(T::Entry, &lines(count))), ["E-VAL-003 /d/lines"]);
    }
    let data = |bytes: usize| good(T::Blob).replace("AQID", &"A".repeat(bytes / 3 * 4));
    assert!(findings(&put(T::Blob, &data(700 * 1024 / 3 * 3))).is_empty());
    assert_eq!(findings(&put(T::Blob, &data(700 * 1024 + 3))), ["E-VAL-003 /d/data"]);
}

#[test]
#[rustfmt::skip]
fn the_envelope_is_checked_before_the_content() {
    let line = put(T::Contact, good(T::Contact));
    let table = [
        (r#""t":"contact""#, r#""t":"note2""#, "E-FMT-004 /t"),
        (r#""t":"contact""#, r#""t":"memo""#, "E-POL-001 /t"),
        (r#""t":"contact""#, r#""t":1"#, "E-VAL-002 /t"),
        (r#""t":"contact","#, "", "E-VAL-001 /t"),
        (r#""t":"contact""#, r#""t":"header""#, "E-FMT-002 "),
        (r#""t":"contact""#, r#""t":"footer""#, "E-FMT-003 "),
        (r#""id":"x1","#, "", "E-VAL-001 /id"),
        (r#""id":"x1""#, r#""id":"x 1""#, "E-VAL-005 /id"),
        (r#""v":1"#, r#""v":0"#, "E-VAL-007 /v"),
        (r#""v":1"#, r#""v":"1""#, "E-VAL-002 /v"),
        (r#""op":"put""#, r#""op":"upsert""#, "E-FMT-006 /op"),
        (r#""op":"put","#, "", "E-FMT-006 /op"),
        (r#""op":"put""#, r#""op":"del""#, "E-FMT-006 /d"),
        (r#""pat":"p1","#, "", "E-VAL-001 /pat"),
        (r#"18:00:00+02:00"#, "18:00:00", "E-VAL-010 /at"),
        (r#""v":1"#, r#""v":1,"foo":{}"#, "W-FMT-007 /foo"),
        (r#""d":{"#, r#""d":{"foo":1,"#, "W-FMT-007 /d/foo"),
    ];
    for (from, to, expected) in table {
        assert_eq!(findings(&line.replacen(from, to, 1)), [expected], "{to}");
    }
    assert_eq!(findings(&put(T::Contact, "[]")), ["E-VAL-002 /d"]);
    assert_eq!(findings(&put(T::Contact, "null")), ["E-FMT-006 /d"]);
    let with_patient = put(T::Employee, good(T::Employee)).replacen(r#""v":1"#, r#""v":1,"pat":"p1""#, 1);
    assert_eq!(findings(&with_patient), ["E-VAL-005 /pat"]);
    for unreadable in ["", "[\"contact\"]", "{\"t\":\"patient\",", &line.replacen("{", "{\"id\":\"x2\",", 1)] {
        let outcome = read(unreadable);
        assert_eq!(outcome.t, None);
        assert_eq!(findings(unreadable), ["E-FMT-001 "], "{unreadable}");
    }
}

#[test]
fn all_faults_of_a_record_come_out_together() {
    let d = r#"{"title":"x","icpc":"T9002","start":"2025-02-30","status":"half","attention":"no","foo":1}"#;
    let expected =
        ["E-CODE-001 /d/icpc", "E-VAL-008 /d/start", "E-VAL-004 /d/status", "E-VAL-001 /d/visible", "W-FMT-007 /d/foo"];
    assert_eq!(findings(&put(T::Episode, d)), expected);
    assert_eq!(read(&put(T::Episode, d)).record, None);
}

#[test]
fn a_warning_keeps_the_record() {
    let outcome = read(&put(T::Observation, &good(T::Observation).replace("mmol/L", "mmHg")));
    let Some(Op::Put(Body::Observation(observation), _)) = outcome.record.map(|record| record.op) else {
        panic!("refused")
    };
    let expected = ObservationValue::Quantity {
        value: "5.10".into(),
        unit: Some("mmHg".into()),
        ucum: false,
        comparator: Some(crate::domain::dossier::Comparator::LessOrEqual),
    };
    assert_eq!(observation.value, expected);
}

#[test]
fn a_number_outside_the_loaded_table_is_a_warning() {
    let table = HashSet::from(["1744".to_owned()]);
    let frame = Frame { now: now(), nhg45: Some(&table), format: Format::One };
    let line = put(T::Observation, good(T::Observation));
    let outcome = read_record(line.as_bytes(), 27, &frame);
    assert_eq!(outcome.findings.len(), 1);
    assert_eq!(outcome.findings[0].to_string().split(':').next(), Some("W-CODE-006 line 27 observation x1 /d/nhg45"));
    let known = line.replacen("\"372\"", "\"1744\"", 1);
    assert!(read_record(known.as_bytes(), 27, &frame).findings.is_empty());
}

fn entry(lines: &str) -> String {
    put(T::Entry, &format!(r#"{{"contact":"c1","seq":1,"lines":[{lines}]}}"#))
}

fn places(record: &SourceRecord) -> Vec<usize> {
    match &record.op {
        Op::Put(Body::Entry(entry), _) => entry.lines.iter().map(|line| line.index).collect(),
        _ => panic!("not an entry"),
    }
}

#[test]
fn dropped_lines_are_gone_and_the_others_keep_their_place() {
    let line = entry(
        r#"{"k":"S","text":"Geheim \u00e9"},{"k":"E","text":"E","i":7},{"k":"O","text":"Geheim"},{"k":"P","text":"P"}"#,
    );
    let outcome = read(&line);
    let record = outcome.record.unwrap();
    assert_eq!(places(&record), [1, 3]);
    let kept = record.stored.clone().unwrap();
    assert!(!String::from_utf8_lossy(&kept).contains("Geheim"));
    let again = read_stored(&kept).unwrap();
    assert_eq!(places(&again), [1, 3]);
    assert_eq!(again.content_hash, record.content_hash);
    assert_eq!((again.op, again.stored), (record.op, None));
}

#[test]
fn a_delivered_place_is_never_believed() {
    let line = entry(r#"{"k":"E","text":"E","i":5},{"k":"P","text":"P"}"#);
    assert_eq!(findings(&line), ["W-FMT-007 /d/lines/0/i"]);
    let record = read(&line).record.unwrap();
    assert_eq!(places(&record), [0, 1]);
    assert_eq!(places(&read_stored(&record.stored.unwrap()).unwrap()), [0, 1]);
}

#[test]
fn an_entry_without_lines_left_removes_what_was_there() {
    let outcome = read(&entry(r#"{"k":"S","text":"Geheim"},{"k":"O"}"#));
    assert!(outcome.dropped);
    let record = outcome.record.unwrap();
    assert_eq!((record.op, record.stored), (Op::Delete, None));
    assert!(!read(&entry(r#"{"k":"P","text":"P"}"#)).dropped);
}

#[test]
fn equal_content_has_equal_hashes_whatever_the_white_space() {
    let hash = |line: &str| read(line).record.unwrap().content_hash;
    let line = put(T::Contact, good(T::Contact));
    assert_eq!(
        hash(&line),
        hash(&line.replace(',', " , ").replace("\"v\":1", "\"v\":2").replace("Test", "\\u0054est"))
    );
    assert_ne!(hash(&line), hash(&line.replace("Testhoven", "Elders")));
    let deletion = r#"{"t":"contact","id":"x1","v":2,"op":"del","pat":"p1","at":"2026-06-14T18:00:00+02:00"}"#;
    assert_ne!(hash(&line), hash(deletion));
    assert_eq!(read(deletion).record.unwrap().op, Op::Delete);
    let with_s = |text: &str| entry(&format!(r#"{{"k":"S","text":"{text}"}},{{"k":"P","text":"P"}}"#));
    assert_eq!(hash(&with_s("een")), hash(&with_s("twee")), "what is not kept does not count");
}

#[test]
fn marks_of_the_practice_are_read_and_foreign_marks_withhold() {
    let hidden = |members: &str| {
        let line = put(T::Contact, &good(T::Contact).replacen('{', &format!("{{{members},"), 1));
        match read(&line).record.unwrap().op {
            Op::Put(_, mark) => (mark.hidden, mark.reason),
            Op::Delete => panic!("deleted"),
        }
    };
    assert_eq!(hidden(r#""hidden_by_practice":false"#), (false, None));
    assert_eq!(hidden(r#""hidden_by_practice":true,"hidden_reason":"Overleg""#), (true, Some("Overleg".into())));
    assert_eq!(hidden(r#""visible":false"#), (true, None));
    assert_eq!(hidden(r#""third_party":true"#), (true, None));
    let line = entry(r#"{"k":"P","text":"P","sensitive":true}"#);
    let Some(Op::Put(Body::Entry(entry), _)) = read(&line).record.map(|record| record.op) else { panic!("refused") };
    assert_eq!(entry.lines[0].visible, Visibility::Hidden);
}

#[test]
fn work_notes_are_refused_wherever_they_come() {
    let line = put(T::Contact, &good(T::Contact).replacen('{', r#"{"work_note":true,"#, 1));
    assert_eq!(findings(&line), ["E-POL-001 /d/work_note"]);
    assert_eq!(findings(&entry(r#"{"k":"P","text":"P","work_note":true}"#)), ["E-POL-001 /d/lines/0/work_note"]);
}

#[test]
fn settings_have_the_keys_of_the_rule_sheet() {
    let Some(Op::Put(Body::Practice(practice), _)) = read(&put(T::Practice, good(T::Practice))).record.map(|r| r.op)
    else {
        panic!("refused")
    };
    let value = |key: &str| practice.settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    assert_eq!(value("online_access_since"), Some("2020-07-01"));
    assert_eq!(value("dossier_request_mode"), Some("manual"));
    assert_eq!(value("facility.ep_lines"), Some("true"));
    assert_eq!(value("facility.vaccinations"), Some("false"));
    assert_eq!(value("cascade.documents"), Some("strip"));
    assert_eq!(value("lab_delay_days"), Some("7"));
    assert_eq!(value("appointment_release"), Some("wed,17:00"));
    assert_eq!(value("request_mode"), None);
}

#[test]
fn references_name_their_place_and_their_scope() {
    let of = |t: RecordType| {
        let record = read(&put(t, good(t))).record.unwrap();
        let written = |r: &Reference<'_>| format!("{} {} {} {:?}", r.path(), r.t, r.id, r.scope);
        record.references().iter().map(written).collect::<Vec<_>>()
    };
    assert_eq!(of(T::Entry), ["/d/contact contact c1 SamePatient", "/d/episodes/0 episode ep1 SamePatient"]);
    assert_eq!(of(T::Patient), ["/d/gp employee e1 Practice"]);
    assert_eq!(of(T::Merge), ["/d/from patient p8 Practice", "/d/to patient p1 Practice"]);
    assert_eq!(of(T::Release), ["/d/by employee e2 Practice"], "what a release names may be gone");
    assert_eq!(of(T::Report).len(), 2);
    let observation = [
        "/d/report report r1 SamePatient",
        "/d/contact contact c1 SamePatient",
        "/d/episodes/0 episode ep1 SamePatient",
        "/d/release/by employee e1 Practice",
    ];
    assert_eq!(of(T::Observation), observation);
}

/// `code line path` of what rejects the batch.
fn rejection(bytes: &[u8]) -> Vec<String> {
    let read = || {
        let mut batch = BatchReader::open(bytes)?;
        while batch.next_record(&frame())?.is_some() {}
        batch.finish()
    };
    match read() {
        Err(BatchError::Rejected(findings)) => {
            let place = |line: Option<u64>| line.map_or_else(|| "-".to_owned(), |line| line.to_string());
            findings
                .iter()
                .map(|f| format!("{} {} {}", f.code, place(f.line), f.path.clone().unwrap_or_default()))
                .collect()
        }
        Err(BatchError::Source(error)) => panic!("{error}"),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn a_batch_is_complete_only_with_a_footer_that_agrees() {
    let line = put(T::Contact, good(T::Contact));
    let whole = batch(&[&line, "no json", &line.replace("contact", "note2")]);
    assert!(rejection(&whole).is_empty());
    assert!(rejection(&batch(&[])).is_empty());
    let text = String::from_utf8(whole.clone()).unwrap();
    let without_footer = text.split_inclusive('\n').take(4).collect::<String>();
    let table = [
        (without_footer, "E-FMT-003 - "),
        (text[..text.len() - 40].to_owned(), "E-FMT-003 - "),
        (text.trim_end().to_owned(), "E-FMT-003 5 "),
        (text.replace("no json", "no_json"), "E-FMT-003 5 /sha256"),
        (format!("{text}{line}\n"), "E-FMT-003 5 "),
        (format!("{HEADER}\n{text}"), "E-FMT-002 2 "),
        (format!("{HEADER}\n"), "E-FMT-003 - "),
        (text.replacen('\n', "\r\n", 1), "E-FMT-002 1 "),
        (format!("\u{feff}{text}"), "E-FMT-002 1 "),
        (String::new(), "E-FMT-002 1 "),
        (format!("{HEADER}\n{}\n", "x".repeat((1 << 20) + 1)), "E-FMT-005 2 "),
    ];
    for (bytes, expected) in table {
        assert_eq!(rejection(bytes.as_bytes()), [expected], "{}", bytes.chars().rev().take(60).collect::<String>());
    }
    let mut stopped = BatchReader::open(&whole[..]).unwrap();
    assert!(stopped.next_line().unwrap().is_some());
    assert!(matches!(stopped.finish(), Err(BatchError::Rejected(_))), "not read to its end");
}

fn any_type() -> impl Strategy<Value = RecordType> {
    prop::sample::select(RecordType::ALL.to_vec())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = read_record(&bytes, 1, &frame());
        let _ = read_stored(&bytes);
        let _ = rejection(&bytes);
    }

    #[test]
    fn a_mutated_record_never_panics_and_is_refused_or_reads_back(
        t in any_type(), cut in 0_usize..600, length in 0_usize..12, insert in r#"[\[\]{}",:0-9a-z.\\ -]{0,8}"#,
    ) {
        let mut bytes = put(t, good(t)).into_bytes();
        let from = cut.min(bytes.len());
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, insert.into_bytes());
        let outcome = read_record(&bytes, 1, &frame());
        prop_assert!(outcome.record.is_some() || !outcome.findings.is_empty(), "refused without a reason");
        if let Some(mut record) = outcome.record.filter(|_| !outcome.dropped) {
            let kept = record.stored.take().unwrap_or(bytes);
            prop_assert_eq!(read_stored(&kept), Ok(record));
        }
    }

    #[test]
    fn no_finding_quotes_a_value(t in any_type(), member in 0_usize..40) {
        let secret = "Geheim Jansen";
        let mut value: serde_json::Value = serde_json::from_str(good(t)).unwrap();
        let members = value.as_object_mut().unwrap();
        let Some(key) = members.keys().nth(member % members.len()).cloned() else { return Ok(()) };
        members.insert(key, secret.into());
        members.insert(secret.into(), secret.into());
        let outcome = read(&put(t, &value.to_string()).replacen("\"x1\"", "\"Geheim Jansen\"", 1));
        prop_assert!(!outcome.findings.is_empty());
        for finding in outcome.findings {
            let report = serde_json::to_string(&finding).unwrap() + &finding.to_string();
            prop_assert!(!report.contains("Geheim") && !report.contains("Jansen"), "{}", report);
        }
    }
}
