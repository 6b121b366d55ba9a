//! Lines to start from: one good record of each type, and a batch around any lines.

use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::dossier::RecordType;
use crate::domain::time::Timestamp;
use crate::his::{Format, Frame, Outcome, read_record};

pub(super) const HEADER: &str = r#"{"t":"header","fmt":"dvza-his-1","batch":"7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01","kind":"full","practice":{"ura":"90009991","agb":"01999991"},"source":{"system":"VoorbeeldHIS","version":"9.2"},"made":"2026-06-15T02:00:00+02:00","seq":1,"prev":null}"#;

pub(super) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-06-15T10:00:00+02:00").unwrap()
}

pub(super) fn frame() -> Frame<'static> {
    Frame { now: now(), nhg45: None, format: Format::One }
}

/// A `d` with every member of `dvza-his-1` filled in, and nothing wrong; for a type of `dvza-his-2` with all of that.
#[rustfmt::skip]
pub(super) fn good(t: RecordType) -> &'static str {
    match t {
        RecordType::Practice => r#"{"name":"Praktijk De Linde","ura":"90009991","agb":"01999991","online_access_since":"2020-07-01","correspondence_since":"2021-01-01","facility":{"ep_lines":true,"vaccinations":false},"request_mode":"manual","closed_episode_policy":"attention_only","lab_release_mode":"auto_delay","lab_delay_days":7,"lab_auto_conclusion":"Uw huisarts heeft de uitslag gezien.","appointment_mode":"weekly_release","appointment_release":"wed,17:00","cascade":{"documents":"strip"},"min_loa":"hoog","idle_minutes":15,"ep_memo_contacts":false}"#,
        RecordType::Employee => r#"{"name":"J.H. Terpstra","role":"huisarts","uzi_role":"01.015","agb":"01999992","uzi":"999900001","big":"19999999901","active":true}"#,
        RecordType::Patient => r#"{"bsn":"999990019","bsn_verified":true,"name":{"initials":"M.A.","first":"Marga","call":"Mar","prefix":"van der","last":"Horst","partner_prefix":"de","partner_last":"Wit","use":"NL3"},"sex":"female","birth":"1958-03-00","deceased":"2026-01-02","multiple_birth":false,"addr":{"street":"Vlonderpad","nr":12,"nr_letter":"a","nr_add":"bis","indication":"to","postcode":"9999ZZ","city":"Testhoven","country":"NL","secret":false},"phone":["0600000001"],"email":"marga@voorbeeld.example","insurer":{"uzovi":"0101","policy":"12"},"gp":"e1","registered_from":"1999-04-01","registered_to":"2026-01-02","status":"registered"}"#,
        RecordType::Release => r#"{"state":"open","opened_at":"2021-03-02T09:12:00+01:00","requested_at":"2021-03-01T09:12:00+01:00","mode":"manual","by":"e2","back_catalogue":[{"t":"document","id":"d1"}],"patient_hidden":[{"t":"episode","id":"ep1"}],"block":"none"}"#,
        RecordType::Representative => r#"{"name":"K. Wiersma","relation":"parent","authority":true,"bsn":"999991061","consent_child":true,"consent_child_on":"2020-01-01","valid_from":"2010-06-16","valid_to":"2022-06-15"}"#,
        RecordType::Merge => r#"{"from":"p8","to":"p1"}"#,
        RecordType::Episode => r#"{"title":"Hartinfarct","friendly_title":"Hart","icpc":"K75.01","start":"2011-01-17","end":"2011-12-20","status":"closed","attention":"yes","flag":true,"visible":true,"sensitive":false,"bundle":"ep0"}"#,
        RecordType::Contact => r#"{"start":"2026-05-18T14:05:00+02:00","end":"2026-05-18T14:20:00+02:00","kind":"consult","nhg14":"03","with_patient":null,"carer":"e1","location":"Testhoven"}"#,
        RecordType::Entry => r#"{"contact":"c1","seq":1,"episodes":["ep1"],"lines":[{"k":"E","text":"Spanningshoofdpijn.","icpc":"N02","visible":true,"third_party":false,"edited_at":"2026-05-18T14:20:00+02:00"},{"k":"P","text":"Rust.","visible":null}],"not_for_representative":false}"#,
        RecordType::Medication => r#"{"prk":"12345678","hpk":"1","gpk":"2","zi":"3","atc":"A10BA02","name":"Metformine","start":"2026-05-18","end":"2026-06-18","stopped_at":"2026-05-18T14:15:00+02:00","stop_reason":"dosis","chronic":true,"dosage_text":"1 per dag","nhg25":["1137"],"qty":"90","unit":"stuk","repeats":3,"route":{"code":"9","display":"oraal"},"reason_icpc":"T90.02","prescriber":"e1","episodes":["ep1"],"kind":"agreement","entered_in_error":false}"#,
        RecordType::Allergy => r#"{"agent":{"system":"sct","code":"373873005","display":"Middel"},"category":"medication","status":"active","onset":"2009","severity":"mild","reaction":"Uitslag","note":"Let op"}"#,
        RecordType::Contraindication => r#"{"code":"12","display":"Astma","start":"2010-01-01","end":"2011-01-01"}"#,
        RecordType::Observation => r#"{"nhg45":"372","key":"GLUCBVR ","loinc":"14631-6","name":"Glucose","date":"2026-06-04T08:10:00+02:00","value_type":"q","value":"5.10","unit":"mmol/L","cmp":"<=","low":"4.0","high":"5.6","flag":"N","status":"final","lab":"Streeklab","lab_agb":"50009991","report":"r1","contact":"c1","episodes":["ep1"],"comment":"Nuchter","comment_third_party":false,"release":{"state":"published","at":"2026-06-08T10:00:00+02:00","conclusion":"Goed.","by":"e1"}}"#,
        RecordType::Report => r#"{"lab":"Streeklab","lab_agb":"50009991","number":"26082254","requested_at":"2026-06-03T08:10:00+02:00","sampled_at":"2026-06-04T08:10:00+02:00","authorised_at":"2026-06-05T13:02:00+02:00","complete":true,"members":["o1","o2"]}"#,
        RecordType::Treatment => r#"{"code":"99","code_text":"PCI","date":"2011-01","side":"links","visible":true,"episodes":["ep1"]}"#,
        RecordType::Prophylaxis => r#"{"nhg56":"8","name":"Griepvaccinatie","start":"2014-10-01","end":"2015-10-01"}"#,
        RecordType::Vaccination => r#"{"atc":"J07BB02","prk":"5","name":"Vaccin","date":"2025-10-01","batch":"A1"}"#,
        RecordType::Alert => r#"{"text":"Loopt slecht","start":"2025-10-01","end":"2026-10-01"}"#,
        RecordType::Document => r#"{"kind":"letter","title":"Brief","date":"2026-01-22","received":"2026-01-24","mime":"application/pdf","size":3,"sha256":"feee5d1e244437260b87dabeaf0c75d32dc30daba50a35cffb377dce4004e91a","from":"Ziekenhuis","to":"Praktijk","published":true,"published_at":"2026-01-26T11:00:00+01:00","explanation":"Goed.","override_episode":false,"third_party":false,"stored_at":"2026-01-24T11:00:00+01:00","episodes":["ep1"]}"#,
        RecordType::Blob => r#"{"sha256":"feee5d1e244437260b87dabeaf0c75d32dc30daba50a35cffb377dce4004e91a","part":1,"parts":1,"data":"AQID"}"#,
        RecordType::Referral => r#"{"to":"Cardioloog","icpc":"K75","date":"2026-01-22","number":"ZD1","text":"Graag uw oordeel.","episodes":["ep1"]}"#,
        RecordType::Appointment => r#"{"start":"2026-06-29T08:50:00+02:00","end":"2026-06-29T09:00:00+02:00","status":"booked","with":"e1","kind":"consult","reason":"Controle","episodes":["ep1"]}"#,
        _ => super::samples_two::added(t),
    }
}

/// A line that puts `d`.
pub(super) fn put(t: RecordType, d: &str) -> String {
    let pat = if t.is_patient_bound() { r#""pat":"p1","# } else { "" };
    format!(r#"{{"t":"{t}","id":"x1","v":1,"op":"put",{pat}"at":"2026-06-14T18:00:00+02:00","d":{d}}}"#)
}

/// A delivery of these lines with a header and a footer that agrees.
pub(super) fn batch(lines: &[&str]) -> Vec<u8> {
    let records: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for line in lines {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        if let Some(t) = value["t"].as_str() {
            *counts.entry(t.to_owned()).or_default() += 1;
        }
    }
    let hash: String = digest(&SHA256, records.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let counts = serde_json::to_string(&counts).unwrap();
    let batch = "7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01";
    format!("{HEADER}\n{records}{{\"t\":\"footer\",\"batch\":\"{batch}\",\"counts\":{counts},\"sha256\":\"{hash}\"}}\n")
        .into_bytes()
}

pub(super) fn read_two(line: &str) -> Outcome {
    read_record(line.as_bytes(), 27, &Frame { format: Format::Two, ..frame() })
}

pub(super) fn read(line: &str) -> Outcome {
    read_record(line.as_bytes(), 27, &frame())
}

/// `code path` of each finding.
pub(super) fn findings(line: &str) -> Vec<String> {
    read(line).findings.into_iter().map(|f| format!("{} {}", f.code, f.path.unwrap_or_default())).collect()
}
