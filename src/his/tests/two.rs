//! `dvza-his-2`: what it adds, that `dvza-his-1` stays what it was, and that the store tells them apart.

use proptest::prelude::*;

use super::samples::{findings, good, put, read, read_two};
use super::samples_two::good_two;
use crate::domain::dossier::{Body, RecordType};
use crate::his::{Op, SourceRecord, read_stored};

use RecordType as T;

fn two(t: RecordType) -> String {
    put(t, &good_two(t))
}

fn kept(line: &str, record: &SourceRecord) -> Vec<u8> {
    record.stored.clone().unwrap_or_else(|| line.as_bytes().to_vec())
}

#[test]
fn a_full_record_of_every_type_is_accepted_without_a_word() {
    for t in T::ALL {
        let outcome = read_two(&two(t));
        assert_eq!(outcome.findings, [], "{t}");
        assert!(outcome.record.is_some(), "{t}");
    }
}

#[test]
fn a_record_of_the_first_version_means_the_same_in_the_second() {
    for t in T::ALL.into_iter().filter(|t| t.is_of_his_1()) {
        let line = put(t, good(t));
        assert_eq!(read(&line), read_two(&line), "{t}");
    }
}

#[test]
fn types_of_the_second_version_are_unknown_in_the_first() {
    for t in T::ALL.into_iter().filter(|t| !t.is_of_his_1()) {
        assert_eq!(findings(&two(t)), ["E-FMT-004 /t"], "{t}");
        assert_eq!(read(&two(t)).record, None);
    }
}

#[test]
fn members_of_the_second_version_are_unknown_in_the_first_and_change_nothing_there() {
    let with_more = T::ALL.into_iter().filter(|t| t.is_of_his_1() && good_two(*t) != good(*t));
    let mut seen = 0;
    for t in with_more {
        let outcome = read(&two(t));
        assert!(!outcome.findings.is_empty(), "{t}");
        assert!(
            outcome.findings.iter().all(|finding| finding.code.as_str() == "W-FMT-007"),
            "{t}: {:?}",
            outcome.findings
        );
        let plain = read(&put(t, good(t))).record.map(|record| record.op);
        assert_eq!(outcome.record.map(|record| record.op), plain, "{t}");
        seen += 1;
    }
    assert_eq!(seen, 17);
}

#[test]
fn the_store_tells_the_versions_apart() {
    for t in T::ALL {
        let line = two(t);
        let first = read(&line).record;
        let second = read_two(&line).record.unwrap();
        let mut again = read_stored(&kept(&line, &second)).unwrap();
        again.stored.clone_from(&second.stored);
        assert_eq!(again, second, "{t}");
        if let Some(first) = first.filter(|_| good_two(t) != good(t)) {
            let again = read_stored(&kept(&line, &first)).unwrap();
            assert_eq!(again.op, first.op, "{t}: what was unknown stays unknown");
            assert_ne!(first.content_hash, second.content_hash, "{t}");
        }
    }
}

#[test]
fn the_mark_of_the_store_cannot_be_delivered() {
    for line in [two(T::Episode), put(T::Episode, good(T::Episode))] {
        let marked = line.replacen('{', r#"{"$fmt":2,"#, 1);
        for outcome in [read(&marked), read_two(&marked)] {
            let record = outcome.record.unwrap();
            let again = read_stored(&kept(&marked, &record)).unwrap();
            assert_eq!(again.op, record.op);
        }
    }
}

#[test]
fn a_contact_may_be_known_by_its_day() {
    let line = put(T::Contact, r#"{"start":"2026-05-18","kind":"consult"}"#);
    assert_eq!(findings(&line), ["E-VAL-005 /d/start"]);
    let Some(Op::Put(Body::Contact(contact), _)) = read_two(&line).record.map(|record| record.op) else { panic!() };
    assert!(contact.day_only);
    assert_eq!(contact.start.to_rfc3339(), "2026-05-18T00:00:00+02:00");
    let record = read_two(&line).record.unwrap();
    assert_eq!(read_stored(&kept(&line, &record)).unwrap().op, record.op);
}

#[test]
fn marks_of_cultures_are_of_the_second_version() {
    let line = put(T::Observation, &good(T::Observation).replace(r#""flag":"N""#, r#""flag":"R""#));
    assert_eq!(findings(&line), ["E-VAL-004 /d/flag"]);
    let record = read_two(&line).record.unwrap();
    assert_eq!(read_stored(&kept(&line, &record)).unwrap().op, record.op);
}

#[test]
#[rustfmt::skip]
fn one_change_in_the_content_gives_one_finding() {
    let cut = "";
    let table: &[(RecordType, &str, &str, &str)] = &[
        (T::Practice, r#""directives":true"#, r#""directives":1"#, "E-VAL-002 /d/facility/directives"),
        (T::Practice, r#""org_type":"Z3""#, r#""org_type":"praktijk""#, "E-VAL-005 /d/org_type"),
        (T::Employee, r#""code":"0100""#, r#""code":"100""#, "E-VAL-005 /d/specialty/code"),
        (T::Patient, r#""kind":"mobile""#, r#""kind":"semafoon""#, "E-VAL-004 /d/phones/0/kind"),
        (T::Patient, r#""marital_status":"M""#, r#""marital_status":"X""#, "E-VAL-004 /d/marital_status"),
        (T::Medication, r#""period_unit":"d","#, cut, "E-VAL-001 /d/dosing/0/period_unit"),
        (T::Medication, r#"["08:00"]"#, r#"["8 uur"]"#, "E-VAL-005 /d/dosing/0/times/0"),
        (T::Medication, r#""frequency":2"#, r#""frequency":0"#, "E-VAL-007 /d/dosing/0/frequency"),
        (T::Allergy, "271807003", "271807004", "E-VAL-005 /d/reactions/0/symptom/code"),
        (T::Allergy, r#""criticality":"severe""#, r#""criticality":"high""#, "E-VAL-004 /d/criticality"),
        (T::Observation, r#""system":"sct","code":"272394005","#, r#""code":"272394005","#, "E-VAL-001 /d/method/system"),
        (T::Observation, r#"{"t":"organization","id":"g1"}"#, r#"{"t":"organization"}"#, "E-VAL-001 /d/performer/id"),
        (T::Observation, r#"{"t":"organization","id":"g1"}"#, r#"{"t":"robot","id":"g1"}"#, "E-VAL-004 /d/performer/t"),
        (T::Vaccination, r#""dose_ml":"0.5""#, r#""dose_ml":"-1""#, "E-VAL-007 /d/dose_ml"),
        (T::Vaccination, r#""motive":"programme""#, r#""motive":"griep""#, "E-VAL-004 /d/motive"),
        (T::Treatment, r#""end":"2011-02-01""#, r#""end":"2010-02-01""#, "E-VAL-012 /d/end"),
        (T::Document, r#""language":"nl-NL""#, r#""language":"Nederlands""#, "E-VAL-005 /d/language"),
        (T::Organization, r#""name":"Streeklab","#, cut, "E-VAL-001 /d/name"),
        (T::Organization, r#""uzovi":"0101""#, r#""uzovi":"101""#, "E-VAL-005 /d/uzovi"),
        (T::Professional, r#""last":"Dam","#, cut, "E-VAL-001 /d/name/last"),
        (T::ContactPerson, r#""role":"01""#, r#""role":"eerste""#, "E-VAL-005 /d/role"),
        (T::ContactPerson, "2030-01-01", "2019-01-01", "E-VAL-012 /d/end"),
        (T::Payer, r#""kind":"insurance""#, r#""kind":"bank""#, "E-VAL-004 /d/kind"),
        (T::Payer, r#""insurer":"g2","insurer_name":"Zorgpolis","uzovi":"0101","#, cut, "E-VAL-001 /d/insurer"),
        (T::MedicationUse, r#""in_use":true,"#, cut, "E-VAL-001 /d/in_use"),
        (T::MedicationUse, r#"{"prk":"1","hpk":"2","gpk":"3","zi":"4","atc":"A10BA02","name":"Metformine"}"#, "{}", "E-CODE-003 /d/product"),
        (T::DispenseRequest, r#""date":"2026-05-18","#, cut, "E-VAL-001 /d/date"),
        (T::DispenseRequest, r#""value":"180""#, r#""value":"0""#, "E-VAL-007 /d/amount/value"),
        (T::AdministrationAgreement, r#""start":"2026-05-19","#, cut, "E-VAL-001 /d/start"),
        (T::Dispense, "11:00:00+02:00", "11:00:00", "E-VAL-010 /d/handed_over"),
        (T::Specimen, r#""material":{"system":"sct","code":"119297000","display":"bloed"},"#, cut, "E-VAL-001 /d/material"),
        (T::Order, r#""completed":true"#, r#""completed":"ja""#, "E-VAL-002 /d/completed"),
        (T::Directive, r#""specification":"alleen overdag","#, cut, "E-VAL-001 /d/specification"),
        (T::AdvanceDirective, r#""kind":"NR""#, r#""kind":"XX""#, "E-VAL-004 /d/kind"),
        (T::Lifestyle, r#""status":"daily""#, r#""status":"uses""#, "E-VAL-004 /d/status"),
        (T::LivingSituation, r#""house":"FLATW""#, r#""house":"flat""#, "E-VAL-004 /d/house"),
        (T::FunctionalStatus, r#""kind":"functional""#, r#""kind":"sociaal""#, "E-VAL-004 /d/kind"),
        (T::Device, r#""gtin":"08712345678906""#, r#""gtin":"x""#, "E-VAL-005 /d/gtin"),
        (T::Device, "2035-01-01", "2019-12-31", "E-VAL-012 /d/end"),
    ];
    for (t, from, to, expected) in table {
        let line = two(*t);
        assert!(line.contains(from), "{t} {from}");
        let found: Vec<String> = read_two(&line.replacen(from, to, 1)).findings.into_iter()
            .map(|f| format!("{} {}", f.code, f.path.unwrap_or_default())).collect();
        assert_eq!(found, [*expected], "{t} {to}");
    }
}

#[test]
fn references_of_the_second_version_name_their_place_and_scope() {
    let of = |t: RecordType| {
        let record = read_two(&two(t)).record.unwrap();
        record.references().iter().map(|r| format!("{} {} {:?}", r.path(), r.t, r.scope)).collect::<Vec<_>>()
    };
    assert_eq!(of(T::Professional), ["/d/organization organization Practice"]);
    assert_eq!(of(T::Payer), ["/d/insurer organization Practice", "/d/person contact_person SamePatient"]);
    assert!(of(T::Dispense).contains(&"/d/request dispense_request SamePatient".to_owned()));
    assert!(of(T::Observation).contains(&"/d/specimen specimen SamePatient".to_owned()));
    assert!(of(T::Entry).contains(&"/d/lines employee Practice".to_owned()));
}

proptest! {
    #[test]
    fn a_mutated_record_never_panics_and_is_refused_or_reads_back(
        t in prop::sample::select(T::ALL.to_vec()), cut in 0_usize..1200, length in 0_usize..12,
        insert in r#"[\[\]{}",:0-9a-z.\\ -]{0,8}"#,
    ) {
        let mut bytes = two(t).into_bytes();
        let from = cut.min(bytes.len());
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, insert.into_bytes());
        let Ok(line) = String::from_utf8(bytes) else { return Ok(()) };
        let outcome = read_two(&line);
        prop_assert!(outcome.record.is_some() || !outcome.findings.is_empty(), "refused without a reason");
        if let Some(record) = outcome.record.filter(|_| !outcome.dropped) {
            let again = read_stored(&kept(&line, &record));
            prop_assert_eq!(again.map(|again| (again.op, again.content_hash)), Ok((record.op, record.content_hash)));
        }
    }
}
