use std::collections::BTreeMap;

use super::*;
use crate::sample::WITHHELD_MARKER;
use crate::sample::checker::{Delivery, check};

fn made(patients: u32, seed: u64) -> Delivery {
    let mut bytes = Vec::new();
    synth(patients, seed, default_now(), &mut bytes).unwrap();
    check(&bytes, default_now())
}

#[test]
fn the_default_instant_is_the_one_that_is_told() {
    assert_eq!(Timestamp::parse_rfc3339(DEFAULT_NOW), Ok(default_now()));
}

#[test]
fn the_mix_is_that_of_the_sizing_model() {
    let patients = 600;
    let delivery = made(patients, 7);
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for record in &delivery.records {
        *counts.entry(record["t"].as_str().unwrap()).or_default() += 1.0 / f64::from(patients);
    }
    let model = [
        ("patient", 1.0),
        ("release", 1.0),
        ("episode", 9.0),
        ("contact", 30.6),
        ("entry", 38.0),
        ("medication", 10.0),
        ("observation", 9.3),
        ("allergy", 0.4),
        ("treatment", 0.8),
        ("prophylaxis", 0.3),
        ("document", 6.6),
    ];
    for (t, mean) in model {
        let seen = counts[t];
        // Activity differs by age, so the mean of a few hundred patients wanders; small means wander more.
        assert!((seen / mean - 1.0).abs() < if mean < 1.0 { 0.35 } else { 0.12 }, "{t}: {seen} a patient");
    }
    assert!(delivery.of("blob").next().is_some() && delivery.of("report").next().is_some());
}

#[test]
fn the_same_four_values_give_the_same_bytes_and_another_seed_others() {
    assert_eq!(made(20, 1).text, made(20, 1).text);
    assert_ne!(made(20, 1).text, made(20, 2).text);
}

#[test]
fn a_bigger_practice_begins_with_the_patients_of_a_smaller_one() {
    let (small, big) = (made(5, 3), made(9, 3));
    assert_eq!(small.records, big.records[..small.records.len()]);
}

#[test]
fn practices_differ_in_every_id_but_the_numbers_of_their_patients() {
    let mut other = Vec::new();
    synth_practice(2, 5, 1, default_now(), &mut other).unwrap();
    let (one, two) = (made(5, 1), check(&other, default_now()));
    let ids = |delivery: &Delivery| -> Vec<String> { delivery.records.iter().map(|r| r["id"].to_string()).collect() };
    assert!(ids(&one).iter().all(|id| !ids(&two).contains(id)));
    assert_ne!(one.records[0]["d"]["ura"], two.records[0]["d"]["ura"]);
    assert_eq!(one.d("patient", "s1-p1")["bsn"], two.d("patient", "s2-p1")["bsn"]);
    assert_eq!(SynthPractice { number: 10_002 }.ura(), SynthPractice { number: 2 }.ura());
}

#[test]
fn every_situation_occurs_in_a_dozen_patients() {
    let delivery = made(12, 1);
    for state in ["none", "requested", "on_hold", "refused", "closed", "open"] {
        assert!(delivery.of("release").any(|record| record["d"]["state"] == state), "{state}");
    }
    for block in ["practice", "patient_optout", "transferred"] {
        assert!(delivery.of("release").any(|record| record["d"]["block"] == block), "{block}");
    }
    assert!(delivery.of("patient").any(|record| record["d"].get("deceased").is_some()));
    assert!(delivery.of("patient").any(|record| record["d"].get("bsn").is_none()));
    assert_eq!(delivery.d("release", "s1-p1-rel")["state"], "open");
}

#[test]
fn hidden_and_unlisted_episodes_are_marked_and_listed_ones_are_not() {
    let delivery = made(60, 5);
    let open: Vec<&str> = delivery
        .of("release")
        .filter(|record| record["d"]["state"] == "open" && record["d"]["block"] == "none")
        .map(|record| record["pat"].as_str().unwrap())
        .filter(|pat| {
            let person = delivery.d("patient", pat);
            let served =
                person.get("bsn").is_some() && person["bsn_verified"] == true && person.get("deceased").is_none();
            served && person["birth"].as_str().unwrap() < "2010-06-15"
        })
        .collect();
    for episode in delivery.of("episode") {
        let d = &episode["d"];
        let listed = d["visible"] == true
            && d.get("sensitive").is_none()
            && (d["status"] == "open" || d["attention"] == "yes")
            && open.contains(&episode["pat"].as_str().unwrap());
        assert_eq!(d["title"].as_str().unwrap().contains(WITHHELD_MARKER), !listed, "{}", episode["id"]);
    }
}

#[test]
fn nobody_is_too_many_and_no_instant_is_too_far() {
    for millis in [i64::MIN, 0, i64::MAX] {
        synth(3, u64::MAX, Timestamp::from_millis(millis), &mut io::sink()).unwrap();
    }
    let empty = made(0, 1);
    assert_eq!(empty.of("patient").count(), 0);
}
