//! Determinations and laboratory reports of the first patient: release-rules §5.

use std::io;

use serde_json::{Value, json};

use super::FIRST;
use super::care::HIDDEN_EPISODE;
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::Scribe;

const LAB: &str = "Streeklab Testhoven (fictief)";

/// Months back that lie outside the window of 14 (R-LAB-06).
const OUTSIDE_WINDOW: i32 = 15;

/// Writes the determinations: shown ones of every form, and one of each way to be withheld.
pub(super) fn determinations(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let mut all = shown(scribe);
    all.extend(not_published(scribe));
    all.extend(otherwise_withheld(scribe));
    all.extend(shown_specially(scribe));
    for (number, d) in (1..).zip(all) {
        scribe.put_for(FIRST, T::Observation, &format!("p1-o{number}"), &d)?;
    }
    Ok(())
}

/// Published on the day `days` from today with this conclusion.
fn published(scribe: &Scribe<'_>, days: i32, conclusion: &str) -> Value {
    json!({ "state": "published", "at": scribe.calendar.at(days, 9, 0), "conclusion": conclusion, "by": "e1" })
}

/// p1-o1 to p1-o8: numbers whose digits matter, a coded value, text, and values of the practice itself.
fn shown(scribe: &Scribe<'_>) -> Vec<Value> {
    let days = scribe.calendar;
    let told = |offset| published(scribe, offset, "Besproken op het spreekuur.");
    vec![
        json!({
            "nhg45": "2816", "loinc": "59261-8", "name": "HbA1c (IFCC)", "date": days.at(-35, 8, 10), "value_type": "q",
            "value": "58", "unit": "mmol/mol", "low": "20", "high": "42", "flag": "H", "status": "final", "lab": LAB,
            "lab_agb": "50009991", "report": "p1-lab1", "episodes": ["p1-ep1"],
            "release": published(scribe, -33, "Iets te hoog, medicatie aangepast."),
        }),
        json!({
            "loinc": "4548-4", "name": "HbA1c (oude eenheid)", "date": days.at(-35, 8, 10), "value_type": "q", "value": "7.40",
            "unit": "%", "low": "4.0", "high": "6.0", "flag": "H", "status": "final", "lab": LAB, "report": "p1-lab1",
            "episodes": ["p1-ep1"], "release": published(scribe, -33, "Zelfde uitslag in de oude eenheid."),
        }),
        json!({
            "loinc": "1988-5", "name": "CRP", "date": days.at(-35, 8, 10), "value_type": "q", "value": "5", "cmp": "<",
            "unit": "mg/L", "high": "10", "flag": "N", "status": "corrected", "lab": LAB, "report": "p1-lab1",
            "release": published(scribe, -33, "Geen ontsteking."),
        }),
        json!({
            "nhg45": "1744", "loinc": "8480-6", "name": "Systolische bloeddruk", "date": days.day(-28), "value_type": "q",
            "value": "142", "unit": "mm[Hg]", "status": "final", "contact": "p1-c1", "episodes": ["p1-ep2"], "release": told(-28),
        }),
        json!({
            "nhg45": "1740", "loinc": "8462-4", "name": "Diastolische bloeddruk", "date": days.day(-28), "value_type": "q",
            "value": "84", "unit": "mm[Hg]", "status": "final", "contact": "p1-c1", "episodes": ["p1-ep2"], "release": told(-28),
        }),
        json!({
            "nhg45": "357", "name": "Gewicht", "date": days.day(-28), "value_type": "q", "value": "81.50", "unit": "kg",
            "status": "final", "contact": "p1-c1", "release": told(-28),
        }),
        json!({
            "nhg45": "1739", "name": "Roken", "date": days.day(-300), "value_type": "c", "code": "4", "value": "voorheen",
            "status": "final", "episodes": ["p1-ep3"], "release": told(-300),
        }),
        json!({
            "nhg45": "1334", "name": "Kweek keel", "date": days.day(-200), "value_type": "t",
            "value": "Normale keelflora.\nGeen bèta-hemolytische streptokokken.", "status": "final", "lab": LAB,
            "report": "p1-lab3", "release": published(scribe, -196, "Geen behandeling nodig."),
        }),
    ]
}

/// p1-o9 to p1-o14: F10, and F8 for what is not final.
fn not_published(scribe: &Scribe<'_>) -> Vec<Value> {
    let days = scribe.calendar;
    let waiting = |name: &str, value: &str, status: &str, release: Value| {
        json!({
            "name": scribe.hide(name), "date": days.day(-35), "value_type": "q", "value": value, "unit": "mmol/L",
            "status": status, "release": release,
        })
    };
    let mut results = vec![
        waiting("Kalium", "5.1", "final", json!({ "state": "saved" })),
        waiting("Natrium", "129", "final", json!({ "state": "invited" })),
        // R-LAB-04: planned for later.
        waiting(
            "Fosfaat",
            "1.02",
            "final",
            json!({ "state": "published", "at": days.at(40, 9, 0), "conclusion": scribe.hide("Volgt."), "by": "e1" }),
        ),
        waiting("Calcium", "2.61", "final", json!({ "state": "received" })),
        waiting(
            "Magnesium",
            "0.71",
            "final",
            json!({ "state": "withdrawn", "at": days.at(-30, 9, 0), "conclusion": scribe.hide("Vergissing."), "by": "e1" }),
        ),
        waiting("Chloride", "101", "prelim", json!({ "state": "received" })),
    ];
    let reports = ["p1-lab1", "p1-lab1", "p1-lab2", "p1-lab2"];
    for (result, report) in results.iter_mut().zip(reports) {
        result["report"] = json!(report);
    }
    results
}

/// p1-o15 to p1-o20: published, and withheld for another reason.
fn otherwise_withheld(scribe: &Scribe<'_>) -> Vec<Value> {
    let days = scribe.calendar;
    let result = |name: &str, date: String, status: &str, episodes: &[&str]| {
        json!({
            "name": scribe.hide(name), "date": date, "value_type": "q", "value": "12.0", "unit": "umol/L", "status": status,
            "episodes": episodes,
            "release": { "state": "published", "at": days.at(-30, 9, 0), "conclusion": scribe.hide("Besproken."), "by": "e1" },
        })
    };
    let mut hidden_by_practice = result("Ferritine", days.day(-35), "final", &[]);
    hidden_by_practice["hidden_by_practice"] = json!(true);
    hidden_by_practice["hidden_reason"] = json!(scribe.hide("harm"));
    vec![
        // F2, F9, F9 with one hidden episode of two, F4 (by id), F7, F3.
        result("Ureum", days.day(-35), "error", &[]),
        result("Cortisol", days.day(-35), "final", &[HIDDEN_EPISODE]),
        result("Prolactine", days.day(-35), "final", &["p1-ep1", HIDDEN_EPISODE]),
        result("Ethylglucuronide", days.day(-35), "final", &[]),
        result("Urinezuur", days.months_ago(OUTSIDE_WINDOW), "final", &["p1-ep1"]),
        hidden_by_practice,
    ]
}

/// p1-o21 and p1-o22: a remark of a third party is cut and the value stays; a result without a value.
fn shown_specially(scribe: &Scribe<'_>) -> Vec<Value> {
    let days = scribe.calendar;
    vec![
        json!({
            "nhg45": "1875", "name": "Polsfrequentie", "date": days.day(-50), "value_type": "q", "value": "68", "unit": "/min",
            "status": "final", "comment": scribe.hide("Volgens partner vaak hoger."), "comment_third_party": true,
            "release": published(scribe, -50, "Rustige pols."),
        }),
        json!({
            "name": "Voetonderzoek", "date": days.day(-100), "value_type": "none", "status": "final",
            "comment": "Uitgevoerd door de podotherapeut, zie brief.", "comment_third_party": false, "episodes": ["p1-ep1"],
            "release": published(scribe, -99, "Geen bijzonderheden."),
        }),
    ]
}

/// Writes three reports: shown in part, withheld because every member is, and shown whole (R-LAB-11).
pub(super) fn reports(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let reports = [
        json!({
            "lab": LAB, "lab_agb": "50009991", "number": "26-100042", "requested_at": days.at(-37, 16, 0),
            "sampled_at": days.at(-35, 8, 10), "authorised_at": days.at(-34, 13, 2), "complete": true,
            "members": ["p1-o1", "p1-o2", "p1-o3", "p1-o9", "p1-o10"],
        }),
        json!({
            "lab": scribe.hide(LAB), "number": "26-100043", "authorised_at": days.at(-34, 13, 5), "complete": false,
            "members": ["p1-o11", "p1-o12"],
        }),
        json!({ "lab": LAB, "number": "25-200001", "sampled_at": days.at(-200, 9, 30), "members": ["p1-o8"] }),
    ];
    for (number, d) in (1..).zip(&reports) {
        scribe.put_for(FIRST, T::Report, &format!("p1-lab{number}"), d)?;
    }
    Ok(())
}
