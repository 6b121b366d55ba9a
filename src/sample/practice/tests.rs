use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::domain::bsn::Bsn;
use crate::sample::WITHHELD_MARKER;
use crate::sample::checker::{Delivery, check};

fn demo(now: &str) -> Delivery {
    let now = Timestamp::parse_rfc3339(now).unwrap();
    let mut bytes = Vec::new();
    demo_practice(now, &mut bytes).unwrap();
    check(&bytes, now)
}

fn is_marked(value: &Value) -> bool {
    value.to_string().contains(WITHHELD_MARKER)
}

#[test]
fn the_demo_practice_is_sound_at_any_instant() {
    let instants = [
        "2026-06-15T10:00:00+02:00",
        "2026-11-22T06:40:12.345+01:00",
        "2027-01-01T00:00:00+01:00",
        "2028-02-29T23:59:59+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2035-12-31T12:00:00+01:00",
        "2021-08-31T12:00:00+02:00",
    ];
    for now in instants {
        demo(now);
    }
}

#[test]
fn the_ends_of_time_do_not_stop_it() {
    for millis in [i64::MIN, 0, i64::MAX] {
        demo_practice(Timestamp::from_millis(millis), &mut io::sink()).unwrap();
    }
}

#[test]
fn the_same_instant_gives_the_same_bytes_and_a_later_one_a_higher_version() {
    let (first, again) = (demo("2026-06-15T10:00:00+02:00"), demo("2026-06-15T10:00:00+02:00"));
    assert_eq!(first.text, again.text);
    let later = demo("2026-06-15T10:00:01+02:00");
    assert!(later.records[0]["v"].as_u64() > first.records[0]["v"].as_u64());
}

#[test]
fn every_record_type_of_the_format_occurs() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    for t in T::ALL.into_iter().filter(|t| t.is_of_his_1()) {
        assert!(delivery.of(t.as_str()).next().is_some(), "{t}");
    }
}

#[test]
fn the_first_patient_is_the_one_the_demo_collects_for() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    let first = delivery.of("patient").next().unwrap();
    assert_eq!((&first["id"], &first["d"]["bsn"]), (&json!(FIRST), &json!(FIRST_BSN)));
    assert_eq!(delivery.d("release", "p1-rel")["state"], "open");
    assert_eq!(delivery.d("employee", OWNER_ID)["role"], "huisarts");
}

#[test]
fn numbers_lie_in_the_range_for_tests() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    let all = delivery.of("patient").chain(delivery.of("representative")).filter_map(|record| record["d"].get("bsn"));
    for bsn in all.map(|bsn| bsn.as_str().unwrap()) {
        assert!(bsn.parse::<Bsn>().is_ok() && ("999990000"..="999999999").contains(&bsn), "{bsn}");
    }
}

#[test]
fn every_mark_has_a_number_of_its_own() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    let numbers: Vec<u32> = delivery
        .text
        .split(&format!("{WITHHELD_MARKER}-"))
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap())
        .collect();
    let distinct: BTreeSet<u32> = numbers.iter().copied().collect();
    // A title stands in the letter itself too, which is base64 here.
    assert_eq!(distinct.len(), numbers.len());
    assert!(numbers.len() > 100);
}

/// What each filter of release-rules §3.2 withholds, by the ids of the records; a line is `id/index`.
const WITHHELD: [(&str, &[&str]); 11] = [
    ("G8", &["allergy p1-a5", "referral p1-rf1"]),
    ("F2", &["medication p1-m7", "allergy p1-a4", "observation p1-o15", "contact p1-c15"]),
    (
        "F3",
        &[
            "episode p1-ep5",
            "episode p1-ep6",
            "episode p1-ep7",
            "episode p1-ep11",
            "entry p1-c5-1/0",
            "contact p1-c16",
            "entry p1-c16-1/0",
            "medication p1-m8",
            "treatment p1-t3",
            "treatment p1-t4",
            "observation p1-o20",
            "document p1-d9",
        ],
    ),
    ("F4", &["episode p1-ep10", "observation p1-o18", "document p1-d10"]),
    ("F6", &["contact p1-c10", "entry p1-c10-1/0", "entry p1-c10-1/1", "document p1-d6", "document p1-d11"]),
    ("F7", &["observation p1-o19"]),
    (
        "F8",
        &[
            "episode p1-ep4",
            "episode p1-ep8",
            "contact p1-c17",
            "medication p1-m2",
            "medication p1-m4",
            "medication p1-m6",
            "allergy p1-a3",
            "contraindication p1-ci2",
            "observation p1-o14",
            "prophylaxis p1-x3",
            "alert p1-al2",
            "appointment p1-ap3",
            "appointment p1-ap4",
            "representative p1-r2",
        ],
    ),
    (
        "F9",
        &[
            "entry p1-c1-2/0",
            "entry p1-c1-2/1",
            "entry p1-c1-3/0",
            "entry p1-c9-1/0",
            "entry p1-c9-2/1",
            "entry p1-c9-3/0",
            "entry p1-c9-4/1",
            "observation p1-o16",
            "observation p1-o17",
            "document p1-d7",
            "treatment p1-t5",
        ],
    ),
    (
        "F10",
        &[
            "entry p1-c3-1/1",
            "entry p1-c4-1/1",
            "entry p1-c8-1/0",
            "entry p1-c8-1/1",
            "observation p1-o9",
            "observation p1-o10",
            "observation p1-o11",
            "observation p1-o12",
            "observation p1-o13",
            "document p1-d3",
            "document p1-d4",
            "document p1-d14",
        ],
    ),
    ("F11", &["contact p1-c11", "contact p1-c12", "contact p1-c13", "contact p1-c14", "entry p1-c11-1/0"]),
    ("R-LAB-11", &["report p1-lab2"]),
];

/// What is released with something cut: the mark is in the part that is cut.
const CUT: [&str; 2] = ["observation p1-o21", "appointment p1-ap2"];

#[test]
fn what_a_filter_withholds_is_marked() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    for (filter, items) in WITHHELD {
        for item in items {
            assert!(is_marked(find(&delivery, item)), "{filter}: {item}");
        }
    }
}

#[test]
fn nothing_else_of_the_first_patient_is_marked() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    let listed: BTreeSet<&str> = WITHHELD
        .iter()
        .flat_map(|(_, items)| items.iter())
        .chain(&CUT)
        .map(|item| item.split('/').next().unwrap())
        .collect();
    for record in delivery.records.iter().filter(|record| record["pat"] == FIRST) {
        let name = format!("{} {}", record["t"].as_str().unwrap(), record["id"].as_str().unwrap());
        let of_withheld_contact =
            ["p1-c12-", "p1-c13-", "p1-c14-", "p1-c15-", "p1-c17-"].iter().any(|id| name.contains(id));
        let expected = listed.contains(name.as_str()) || of_withheld_contact;
        assert_eq!(is_marked(record), expected, "{name}");
    }
}

#[test]
fn of_a_line_beside_a_withheld_one_nothing_is_marked() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    for item in ["entry p1-c3-1/0", "entry p1-c4-1/0", "entry p1-c5-1/1"] {
        assert!(!is_marked(find(&delivery, item)), "{item}");
    }
}

#[test]
fn of_a_patient_who_stops_at_a_gate_every_record_with_text_is_marked() {
    let delivery = demo("2026-06-15T10:00:00+02:00");
    let stopped = |record: &&Value| {
        let pat = record["pat"].as_str().unwrap_or_default();
        !["", FIRST, "p2", "p17"].contains(&pat) && !["release", "blob"].contains(&record["t"].as_str().unwrap())
    };
    for record in delivery.records.iter().filter(stopped) {
        let is_copy = record["d"]["kind"] == "copy";
        assert_eq!(is_marked(record), !is_copy, "{} {}", record["t"], record["id"]);
    }
    let served = delivery.records.iter().filter(|record| record["pat"] == "p2" || record["pat"] == "p17");
    assert!(served.clone().count() > 5 && !served.clone().any(is_marked));
}

/// The record, or the line of an entry, called `type id` or `entry id/index`.
fn find<'a>(delivery: &'a Delivery, item: &str) -> &'a Value {
    let (t, name) = item.split_once(' ').unwrap();
    match name.split_once('/') {
        Some((id, index)) => &delivery.d(t, id)["lines"][index.parse::<usize>().unwrap()],
        None => delivery.d(t, name),
    }
}
