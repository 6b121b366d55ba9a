//! Medication, intolerances, contra-indications and the smaller sections of the first patient (R-MED, R-TR).

use std::io;

use serde_json::{Value, json};

use super::FIRST;
use super::care::HIDDEN_EPISODE;
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::Scribe;

/// Writes these records of one type with ids `p1-{letter}1`, `p1-{letter}2` and so on.
fn put_all(scribe: &mut Scribe<'_>, t: T, letter: &str, records: &[Value]) -> io::Result<()> {
    for (number, d) in (1..).zip(records) {
        scribe.put_for(FIRST, t, &format!("p1-{letter}{number}"), d)?;
    }
    Ok(())
}

/// Writes medication: current, of a hidden episode, over, stopped, and never to be shown.
pub(super) fn medication(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let records = [
        json!({
            "prk": "12345678", "gpk": "23456789", "atc": "A10BA02", "name": "Metformine tablet 850 mg", "start": days.day(-28),
            "chronic": true, "dosage_text": "2 maal per dag 1 tablet", "qty": "180", "unit": "stuk", "repeats": 3,
            "route": { "code": "9", "display": "oraal" }, "reason_icpc": "T90.02", "prescriber": "e1", "episodes": ["p1-ep1"],
            "kind": "agreement",
        }),
        // R-MED-02: stopped a minute ago.
        json!({
            "prk": "12345679", "atc": "A10BA02", "name": scribe.hide("Metformine tablet 500 mg"), "start": days.day(-2500),
            "stopped_at": days.seconds(-60), "stop_reason": scribe.hide("dosis gewijzigd"), "chronic": true,
            "dosage_text": scribe.hide("2 maal per dag 1 tablet"), "prescriber": "e1", "episodes": ["p1-ep1"],
        }),
        // R-MED-05: of a hidden episode: shown without its reason and its link.
        json!({
            "prk": "12345680", "atc": "N05BA04", "name": "Oxazepam tablet 10 mg", "start": days.day(-240), "chronic": true,
            "dosage_text": "zo nodig 1 tablet, niet vaker dan 3 maal per dag", "nhg25": ["1137"], "reason_icpc": "Z12",
            "prescriber": "e1", "episodes": [HIDDEN_EPISODE],
        }),
        // F8: the period is over.
        json!({
            "prk": "12345681", "atc": "J01CA04", "name": scribe.hide("Amoxicilline capsule 500 mg"), "start": days.day(-37),
            "end": days.day(-30), "dosage_text": scribe.hide("3 maal per dag 1 capsule"), "prescriber": "e2",
        }),
        // E10: the last day counts.
        json!({
            "prk": "12345682", "atc": "H02AB06", "name": "Prednisolon tablet 5 mg", "start": days.day(-6), "end": days.day(0),
            "dosage_text": "1 maal per dag 6 tabletten", "qty": "42", "unit": "stuk", "repeats": 0, "prescriber": "e1",
        }),
        // R-MED-03: no end, not chronic, no supply known.
        json!({
            "prk": "12345683", "atc": "N02BE01", "name": scribe.hide("Paracetamol tablet 500 mg"), "start": days.day(-400),
            "chronic": false, "dosage_text": scribe.hide("zo nodig 2 tabletten"), "prescriber": "e1",
        }),
        // F2: entered in error.
        json!({
            "prk": "12345684", "atc": "C10AA01", "name": scribe.hide("Simvastatine tablet 40 mg"), "start": days.day(-20),
            "chronic": true, "prescriber": "e1", "entered_in_error": true,
        }),
        // F3: this prescription is hidden.
        json!({
            "prk": "12345685", "atc": "N07BB01", "name": scribe.hide("Disulfiram tablet 200 mg"), "start": days.day(-90),
            "chronic": true, "prescriber": "e1", "hidden_by_practice": true, "hidden_reason": scribe.hide("privacy_other"),
        }),
        // R-MED-01: a start in the future is shown, with its date.
        json!({
            "hpk": "1234569", "atc": "J01XE01", "name": "Nitrofurantoïne capsule 100 mg", "start": days.day(20), "end": days.day(25),
            "dosage_text": "2 maal per dag 1 capsule", "route": "door de mond", "prescriber": "e1", "kind": "prescription",
        }),
        json!({
            "name": "Zalf volgens eigen recept (FNA)", "start": days.day(-50), "chronic": true, "nhg25": ["1137"],
            "dosage_text": "dun insmeren", "qty": "2.5", "unit": "gram", "prescriber": "e2", "episodes": ["p1-ep9"],
        }),
    ];
    put_all(scribe, T::Medication, "m", &records)
}

/// Writes intolerances and contra-indications.
pub(super) fn intolerances(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let intolerances = [
        json!({
            "agent": { "system": "g-th122", "code": "35", "display": "Penicillines" }, "category": "medication",
            "status": "active", "onset": "2009-11", "severity": "moderate", "reaction": "Huiduitslag",
            "note": "Bevestigd door de allergoloog.",
        }),
        json!({
            "agent": { "system": "text", "display": "Bruine pleisters" }, "category": "medication", "status": "active",
            "onset": "2015", "severity": "mild", "reaction": "Roodheid",
        }),
        // F8: no longer true.
        json!({
            "agent": { "system": "g-snk", "code": "99991", "display": scribe.hide("Ibuprofen") }, "category": "medication",
            "status": "inactive", "onset": "2015",
        }),
        // F2: recorded in error.
        json!({
            "agent": { "system": "g-ssk", "code": "99992", "display": scribe.hide("Codeïne") }, "category": "medication",
            "status": "error",
        }),
        // G8: intolerances for other things than medication are switched off.
        json!({
            "agent": { "system": "sct", "code": "91935009", "display": scribe.hide("Pinda") }, "category": "food",
            "status": "active", "severity": "severe",
        }),
    ];
    put_all(scribe, T::Allergy, "a", &intolerances)?;
    let contraindications = [
        json!({ "code": "79", "display": "Diabetes mellitus", "start": days.day(-3650) }),
        json!({
            "code": "23", "display": scribe.hide("Zwangerschap"), "start": days.day(-9000), "end": days.day(-8730),
        }),
    ];
    put_all(scribe, T::Contraindication, "ci", &contraindications)
}

/// Writes treatments, prophylaxis, vaccinations, alerts, a referral and appointments.
pub(super) fn other_sections(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let treatments = [
        json!({ "code_text": "PCI (dotterbehandeling)", "date": days.day(-5499), "visible": true, "episodes": ["p1-ep3"] }),
        json!({ "code_text": "Staaroperatie", "date": "2016", "side": "rechts" }),
        json!({ "code_text": scribe.hide("Sterilisatie"), "date": days.day(-7000), "visible": false }),
        json!({ "code_text": scribe.hide("Ooglidcorrectie"), "date": days.day(-2600), "visible": null }),
        json!({ "code_text": scribe.hide("Relatietherapie"), "date": days.day(-100), "visible": true, "episodes": [HIDDEN_EPISODE] }),
    ];
    put_all(scribe, T::Treatment, "t", &treatments)?;
    let prophylaxes = [
        json!({ "nhg56": "8", "name": "Griepvaccinatie jaarlijks", "start": days.day(-3600) }),
        json!({ "name": "Endocarditisprofylaxe bij ingrepen", "start": days.day(15), "end": days.day(400) }),
        json!({ "name": scribe.hide("Malariaprofylaxe"), "start": days.day(-800), "end": days.day(-770) }),
    ];
    put_all(scribe, T::Prophylaxis, "x", &prophylaxes)?;
    let vaccinations = [
        json!({ "atc": "J07BB02", "name": "Influenzavaccin", "date": days.day(-230), "batch": "LND-0042" }),
        json!({ "atc": "J07BN01", "prk": "206784", "name": "COVID-19-vaccin", "date": days.day(-600) }),
    ];
    put_all(scribe, T::Vaccination, "v", &vaccinations)?;
    let alerts = [
        json!({ "text": "Draagt een hoortoestel, spreek duidelijk.", "start": days.day(-1000) }),
        json!({ "text": scribe.hide("Wil geen mannelijke arts."), "start": days.day(-1500), "end": days.day(-20) }),
    ];
    put_all(scribe, T::Alert, "al", &alerts)?;
    // G8: referrals are switched off.
    let referrals = [json!({
        "to": scribe.hide("Cardiologie, Ziekenhuis Testhoven"), "icpc": "K75", "date": days.day(-25), "number": "ZD00000042",
        "text": scribe.hide("Graag uw advies over de medicatie."), "episodes": ["p1-ep3"],
    })];
    put_all(scribe, T::Referral, "rf", &referrals)?;
    let appointments = [
        json!({
            "start": days.at(44, 8, 50), "end": days.at(44, 9, 0), "status": "booked", "with": "e1", "kind": "consult",
            "reason": "controle bloeddruk", "episodes": ["p1-ep2"],
        }),
        // The reason of a hidden episode is cut.
        json!({
            "start": days.at(51, 13, 0), "end": days.at(51, 13, 30), "status": "booked", "with": "e4", "kind": "consult",
            "reason": scribe.hide("gesprek over de relatie"), "episodes": [HIDDEN_EPISODE],
        }),
        json!({ "start": days.at(35, 10, 0), "status": "cancelled", "with": "e1", "kind": scribe.hide("consult") }),
        json!({
            "start": days.at(-28, 14, 0), "end": days.at(-28, 14, 20), "status": "done", "with": "e1", "kind": scribe.hide("consult"),
        }),
    ];
    put_all(scribe, T::Appointment, "ap", &appointments)
}
