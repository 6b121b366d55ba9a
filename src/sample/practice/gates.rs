//! The other patients: one more who is served, one with only a copy, and those who stop at a gate (G3, G7).

use std::io;

use serde_json::{Value, json};

use super::OWNER_ID;
use crate::domain::dossier::RecordType as T;
use crate::sample::numbers::{TEST_RANGE, valid_from};
use crate::sample::scribe::{Parts, Scribe};

/// Why nothing of a patient is served; the gates of release-rules §3.1 and §2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    NoNumber,
    NumberNotVerified,
    Deceased,
    Transferred,
    BlockedByPractice,
    OptedOut,
    Fifteen,
    /// The dossier is in this state of the request.
    State(&'static str),
    /// The feed says nothing about the dossier, which is as good as `none`.
    NeverAsked,
    /// The dossier was never asked for, but a copy is published (R-DOC-09).
    CopyOnly,
}

/// The patients p3 to p16 with the reason they stop.
const STOPPED: [(&str, &str, &str, Stop); 14] = [
    ("p3", "Hendrik", "Beuk", Stop::CopyOnly),
    ("p4", "Tygo", "Els", Stop::Fifteen),
    ("p5", "Olga", "Hulst", Stop::NoNumber),
    ("p6", "Samir", "Iep", Stop::NumberNotVerified),
    ("p7", "Cornelis", "Kastanje", Stop::Deceased),
    ("p8", "Fatma", "Meidoorn", Stop::Transferred),
    ("p9", "Greet", "Populier", Stop::BlockedByPractice),
    ("p10", "Willem", "Spar", Stop::OptedOut),
    ("p11", "Anouk", "Taxus", Stop::State("requested")),
    ("p12", "Bram", "Vlier", Stop::State("on_hold")),
    ("p13", "Dirkje", "Wilgenroos", Stop::State("closed")),
    ("p14", "Emre", "Zilverspar", Stop::State("refused")),
    ("p15", "Lotte", "Acacia", Stop::State("none")),
    ("p16", "Nora", "Berken", Stop::NeverAsked),
];

/// Writes patient p2, who left years ago and is still served, and the second entry of him that was merged (p17).
pub(super) fn second_patient(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let born_in = &days.months_ago(12 * 42)[..4];
    let person = json!({
        "bsn": number(1),
        "bsn_verified": true,
        "name": { "initials": "R.", "first": "Rachid", "last": "Amandel", "use": "NL1" },
        "sex": "male",
        "birth": format!("{born_in}-00-00"),
        "addr": {
            "street": scribe.hide("Sluiskade"), "nr": 101, "postcode": "9999ZW", "city": "Testhoven", "country": "NL",
            "secret": true,
        },
        "gp": OWNER_ID,
        "registered_from": days.day(-5000),
        "registered_to": days.day(-700),
        "status": "deregistered",
    });
    scribe.put(T::Patient, "p2", &person)?;
    let release = json!({ "state": "open", "opened_at": days.at(-900, 12, 0), "mode": "auto" });
    scribe.put_for("p2", T::Release, "p2-rel", &release)?;
    dossier(scribe, "p2", &|_, text| text.to_owned())?;
    let double = json!({
        "bsn_verified": false, "name": { "initials": "R.", "last": "Amandel" }, "sex": "unknown", "birth": format!("{born_in}-00-00"),
        "registered_from": days.day(-800), "status": "passant",
    });
    scribe.put(T::Patient, "p17", &double)?;
    let episode = json!({
        "title": "Knieklachten", "icpc": "L15", "start": days.day(-800), "status": "open", "attention": "no", "visible": true,
    });
    scribe.put_for("p17", T::Episode, "p17-ep1", &episode)?;
    scribe.put(T::Merge, "mg1", &json!({ "from": "p17", "to": "p2" }))
}

/// Writes the patients who stop at a gate, each with a small dossier that would be released.
pub(super) fn stopped_patients(scribe: &mut Scribe<'_>) -> io::Result<()> {
    for (place, (id, first, last, stop)) in (2..).zip(STOPPED) {
        scribe.put(T::Patient, id, &person(scribe, place, first, last, stop))?;
        if let Some(d) = release(scribe, stop) {
            scribe.put_for(id, T::Release, &format!("{id}-rel"), &d)?;
        }
        dossier(scribe, id, &|scribe, text| scribe.hide(text))?;
        match stop {
            Stop::CopyOnly => copy(scribe, id)?,
            Stop::Fifteen => parent(scribe, id)?,
            _ => {}
        }
    }
    Ok(())
}

fn person(scribe: &Scribe<'_>, place: usize, first: &str, last: &str, stop: Stop) -> Value {
    let days = scribe.calendar;
    let age_months = if stop == Stop::Fifteen { 12 * 15 + 5 } else { 12 * 50 };
    let mut d = json!({});
    if stop != Stop::NoNumber {
        d["bsn"] = json!(number(place));
    }
    d["bsn_verified"] = json!(!matches!(stop, Stop::NoNumber | Stop::NumberNotVerified));
    d["name"] = json!({ "initials": format!("{}.", &first[..1]), "first": first, "last": last, "use": "NL1" });
    d["sex"] = json!("undetermined");
    d["birth"] = json!(days.months_ago(age_months));
    if stop == Stop::Deceased {
        d["deceased"] = json!(days.day(-60));
    }
    d["gp"] = json!(OWNER_ID);
    d["registered_from"] = json!(days.months_ago(12 * 15));
    if stop == Stop::Transferred {
        d["registered_to"] = json!(days.day(-90));
    }
    d["status"] = json!(if stop == Stop::Transferred { "transferred" } else { "registered" });
    d
}

fn release(scribe: &Scribe<'_>, stop: Stop) -> Option<Value> {
    let days = scribe.calendar;
    let mut open = json!({ "state": "open", "opened_at": days.at(-300, 10, 0), "mode": "manual", "by": "e3" });
    match stop {
        Stop::NeverAsked => return None,
        Stop::State("none") | Stop::CopyOnly => return Some(json!({ "state": "none" })),
        Stop::State(state) => {
            return Some(json!({ "state": state, "requested_at": days.at(-8, 20, 15), "mode": "manual" }));
        }
        Stop::BlockedByPractice => open["block"] = json!("practice"),
        Stop::OptedOut => open["block"] = json!("patient_optout"),
        Stop::Transferred => open["block"] = json!("transferred"),
        Stop::NoNumber | Stop::NumberNotVerified | Stop::Deceased | Stop::Fifteen => {}
    }
    Some(open)
}

/// An episode, a contact with its lines, a prescription and a letter, their texts as `write` writes them.
fn dossier(scribe: &mut Scribe<'_>, pat: &str, write: &dyn Fn(&Scribe<'_>, &str) -> String) -> io::Result<()> {
    let days = scribe.calendar;
    let episode = json!({
        "title": write(scribe, "Astma"), "icpc": "R96", "start": days.day(-1500), "status": "open", "attention": "yes",
        "visible": true,
    });
    scribe.put_for(pat, T::Episode, &format!("{pat}-ep1"), &episode)?;
    let contact = json!({
        "start": days.at(-75, 11, 0), "kind": "consult", "nhg14": "03", "with_patient": true, "carer": "e2",
        "location": write(scribe, "Praktijk De Linde"),
    });
    scribe.put_for(pat, T::Contact, &format!("{pat}-c1"), &contact)?;
    let entry = json!({ "contact": format!("{pat}-c1"), "seq": 1, "episodes": [format!("{pat}-ep1")], "lines": [
        { "k": "E", "text": write(scribe, "Astma, goed onder controle."), "icpc": "R96" },
        { "k": "P", "text": write(scribe, "Inhalator doorgebruiken.") },
    ] });
    scribe.put_for(pat, T::Entry, &format!("{pat}-c1-1"), &entry)?;
    let medication = json!({
        "prk": "12345686", "atc": "R03BA05", "name": write(scribe, "Fluticason aerosol 50 mcg"), "start": days.day(-75),
        "chronic": true, "dosage_text": write(scribe, "2 maal per dag 1 inhalatie"), "prescriber": "e2",
        "episodes": [format!("{pat}-ep1")],
    });
    scribe.put_for(pat, T::Medication, &format!("{pat}-m1"), &medication)?;
    let letter = json!({
        "kind": "specialist_letter", "title": write(scribe, "Brief longarts"), "date": days.day(-200), "received": days.day(-198),
        "published": true, "published_at": days.at(-190, 10, 0), "episodes": [format!("{pat}-ep1")],
    });
    let text = write(scribe, "De longfunctie is goed.");
    scribe.put_letter(pat, &format!("{pat}-d1"), letter, &[&text], Parts::One)
}

/// The copy that is served although the dossier is not open.
fn copy(scribe: &mut Scribe<'_>, pat: &str) -> io::Result<()> {
    let days = scribe.calendar;
    let d = json!({
        "kind": "copy", "title": "Kopie medisch dossier", "date": days.day(-7), "received": days.day(-7), "published": true,
        "published_at": days.at(-7, 16, 0), "explanation": "Op uw verzoek, in plaats van inzage.",
    });
    scribe.put_letter(pat, &format!("{pat}-d2"), d, &["Afschrift van het dossier."], Parts::One)
}

fn parent(scribe: &mut Scribe<'_>, pat: &str) -> io::Result<()> {
    let born = scribe.calendar.months_ago(12 * 15 + 5);
    let d = json!({ "name": scribe.hide("K. Els"), "relation": "parent", "authority": true, "valid_from": born });
    scribe.put_for(pat, T::Representative, &format!("{pat}-r1"), &d)
}

/// The number of the patient in this place, the first patient being 0.
fn number(place: usize) -> String {
    valid_from(TEST_RANGE).nth(place).unwrap_or_default()
}
