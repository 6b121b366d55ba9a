//! Correspondence of the first patient: rules R-DOC, and the forms of release-rules §4.8.

use std::io;

use serde_json::{Value, json};

use super::care::HIDDEN_EPISODE;
use super::{FIRST, LETTERS_MONTHS};
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::{Parts, Scribe};
use crate::sample::writer::sha256_hex;

/// What every letter begins with; the text itself follows.
const GREETING: &str = "Geachte collega,";

fn put(scribe: &mut Scribe<'_>, id: &str, d: Value, text: &str, parts: Parts) -> io::Result<()> {
    scribe.put_letter(FIRST, id, d, &[GREETING, text, "Met vriendelijke groet,"], parts)
}

/// Writes letters, p1-d1 to p1-d10 and p1-d14: shown, shown by a decision of their own, and withheld.
pub(super) fn letters(scribe: &mut Scribe<'_>) -> io::Result<()> {
    shown_letters(scribe)?;
    unpublished_letters(scribe)?;
    hidden_letters(scribe)
}

fn shown_letters(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let eye = json!({
        "kind": "specialist_letter", "title": "Brief oogarts", "date": days.day(-140), "received": days.day(-138),
        "from": "Oogheelkunde, Ziekenhuis Testhoven", "to": "A.W. Lindeboom", "published": true,
        "published_at": days.at(-136, 11, 0), "explanation": "Geen afwijkingen door suikerziekte.", "episodes": ["p1-ep1"],
    });
    put(
        scribe,
        "p1-d1",
        eye,
        "Bij controle van het netvlies zag ik geen afwijkingen. Controle over een jaar.",
        Parts::One,
    )?;
    let discharge = json!({
        "kind": "discharge", "title": "Ontslagbrief cardiologie", "date": days.day(-420), "received": days.day(-419),
        "from": "Cardiologie, Ziekenhuis Testhoven", "published": true, "published_at": days.at(-415, 11, 0), "episodes": ["p1-ep3"],
    });
    let text = "Patiënte was een nacht opgenomen voor observatie. Geen nieuw infarct, medicatie ongewijzigd.";
    put(scribe, "p1-d2", discharge, text, Parts::Two)?;
    // F5: dated before the letters begin, and published by hand.
    let old = json!({
        "kind": "letter", "title": "Brief fysiotherapie", "date": days.months_ago(LETTERS_MONTHS + 2),
        "received": days.months_ago(LETTERS_MONTHS + 2), "published": true, "published_at": days.at(-300, 10, 0),
    });
    put(scribe, "p1-d5", old, "De behandeling is afgerond.", Parts::One)?;
    // R-DOC-06: published although its episode is hidden, which the practice confirmed.
    let overridden = json!({
        "kind": "paramedic_report", "title": "Verslag praktijkondersteuner", "date": days.day(-80), "received": days.day(-80),
        "published": true, "published_at": days.at(-79, 10, 0), "override_episode": true, "episodes": [HIDDEN_EPISODE],
    });
    put(scribe, "p1-d8", overridden, "De gesprekken zijn afgerond, doelen gehaald.", Parts::One)
}

fn unpublished_letters(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let letter = |scribe: &Scribe<'_>, title: &str, day: String| json!({ "kind": "specialist_letter", "title": scribe.hide(title), "date": day, "received": day });
    // F10: not published.
    let mut d = letter(scribe, "Brief longarts", days.day(-20));
    d["published"] = json!(false);
    put(scribe, "p1-d3", d, &scribe.hide("Nadere diagnostiek volgt."), Parts::One)?;
    // F10: published, but its bytes never came.
    let mut d = letter(scribe, "Brief dermatoloog", days.day(-60));
    d["mime"] = json!("application/pdf");
    d["size"] = json!(48_211);
    d["sha256"] = json!(sha256_hex(b"a letter that never came"));
    d["published"] = json!(true);
    d["published_at"] = json!(days.at(-55, 11, 0));
    scribe.put_for(FIRST, T::Document, "p1-d4", &d)?;
    // F6: dated before the letters begin, not published.
    let mut d = letter(scribe, "Brief neuroloog", days.months_ago(LETTERS_MONTHS + 3));
    d["published"] = json!(false);
    put(scribe, "p1-d6", d, &scribe.hide("Geen neurologische verklaring."), Parts::One)?;
    // F10: to be published later.
    let mut d = letter(scribe, "Brief internist", days.day(-5));
    d["published"] = json!(true);
    d["published_at"] = json!(days.at(40, 9, 0));
    put(scribe, "p1-d14", d, &scribe.hide("Uitslag volgt op het spreekuur."), Parts::One)
}

/// Published, and withheld all the same: of a hidden episode (F9), of a third party (F3), by the patient (F4).
fn hidden_letters(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let letter = |scribe: &Scribe<'_>, title: &str| {
        json!({
            "kind": "letter", "title": scribe.hide(title), "date": days.day(-70), "received": days.day(-69), "published": true,
            "published_at": days.at(-65, 11, 0), "explanation": scribe.hide("Zie de brief."),
        })
    };
    let mut d = letter(scribe, "Brief relatietherapeut");
    d["episodes"] = json!([HIDDEN_EPISODE]);
    put(scribe, "p1-d7", d, &scribe.hide("Verslag van de gesprekken."), Parts::One)?;
    let mut d = letter(scribe, "Brief van de dochter");
    d["third_party"] = json!(true);
    put(scribe, "p1-d9", d, &scribe.hide("Ik maak mij zorgen om mijn moeder."), Parts::One)?;
    let d = letter(scribe, "Brief verslavingszorg");
    put(scribe, "p1-d10", d, &scribe.hide("Intake verricht."), Parts::One)
}

/// Writes forms, p1-d11 to p1-d13, and the practice's copy p1-d15.
pub(super) fn forms_and_copies(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let form = |title: &str, day: i32| {
        json!({
            "kind": "form", "title": title, "received": days.day(day), "published": true, "published_at": days.at(day, 15, 0),
            "stored_at": days.at(day, 15, 0),
        })
    };
    // F6: stored before the dossier was opened, unless the doctor released it by name (F5).
    let title = scribe.hide("Intakeformulier");
    put(scribe, "p1-d11", form(&title, -700), &scribe.hide("Ingevuld bij inschrijving."), Parts::One)?;
    put(
        scribe,
        "p1-d12",
        form("Vragenlijst reizigersadvies", -650),
        "Reis naar Portugal, geen maatregelen nodig.",
        Parts::One,
    )?;
    put(scribe, "p1-d13", form("Vragenlijst bloeddruk thuis", -30), "Gemiddelde over een week: 138/82.", Parts::One)?;
    let copy = json!({
        "kind": "copy", "title": "Kopie dossier", "date": days.day(-14), "received": days.day(-14), "from": super::DISPLAY_NAME,
        "published": true, "published_at": days.at(-14, 16, 0), "explanation": "Kopie op uw verzoek.",
    });
    put(scribe, "p1-d15", copy, "Samenvatting van het dossier op verzoek van patiënte.", Parts::One)
}
