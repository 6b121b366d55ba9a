//! Episodes, contacts and journal lines of the first patient: rules R-EP and R-SP.

use std::io;

use serde_json::{Value, json};

use super::{FIRST, ONLINE_MONTHS};
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::Scribe;

/// The episode the practice hides; what is linked to it follows `cascade.*` (F9).
pub(super) const HIDDEN_EPISODE: &str = "p1-ep5";

/// Writes the episodes: open, closed, hidden in each way, and without a code.
pub(super) fn episodes(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let released = [
        json!({
            "title": "Diabetes mellitus type 2", "friendly_title": "Suikerziekte (type 2)", "icpc": "T90.02",
            "start": days.day(-3650), "status": "open", "attention": "yes", "flag": true, "visible": true,
        }),
        json!({
            "title": "Hypertensie", "icpc": "K86", "start": days.day(-2900), "status": "open", "attention": "no",
            "visible": true, "sensitive": false, "bundle": "p1-ep1",
        }),
        json!({
            "title": "Hartinfarct voorwand", "icpc": "K75", "start": days.day(-5500), "end": days.day(-5100),
            "status": "closed", "attention": "yes", "visible": true,
        }),
    ];
    let withheld = [
        // F8: closed, and no attention value that is surely yes.
        json!({
            "title": scribe.hide("Otitis media acuta"), "icpc": "H71", "start": days.day(-1200), "end": days.day(-1170),
            "status": "closed", "attention": "no", "visible": true,
        }),
        // F3: hidden by the practice; the links to it are the subject of F9.
        json!({
            "title": scribe.hide("Relatieproblemen"), "icpc": "Z12", "start": days.day(-250), "status": "open",
            "attention": "no", "visible": false,
        }),
        // F3: sensitive, so hidden until released by name.
        json!({
            "title": scribe.hide("Depressie"), "icpc": "P76", "start": days.day(-700), "status": "open",
            "attention": "yes", "visible": true, "sensitive": true,
        }),
        // F3: the HIS does not know whether it may be seen.
        json!({
            "title": scribe.hide("Slaapstoornis"), "icpc": "P06", "start": days.day(-230), "status": "open",
            "attention": "no", "visible": null,
        }),
        // F8: closed, attention value unknown; the code never decides.
        json!({
            "title": scribe.hide("Jicht"), "icpc": "T92", "start": days.day(-2000), "end": days.day(-1900),
            "status": "closed", "attention": "unknown", "visible": true,
        }),
    ];
    let last = [
        json!({
            "title": "Moeheid/zwakte", "friendly_title": "Vaak moe", "icpc": "A04", "start": days.day(-60), "status": "open",
            "attention": "no", "visible": true,
        }),
        // F4: the patient asked not to show it.
        json!({
            "title": scribe.hide("Overmatig alcoholgebruik"), "icpc": "P15", "start": days.day(-1500), "status": "open",
            "attention": "no", "visible": true,
        }),
        // F3: marked as a record by the practice.
        json!({
            "title": scribe.hide("Vermoeden mishandeling"), "icpc": "Z25", "start": days.day(-800), "status": "open",
            "attention": "no", "visible": true, "hidden_by_practice": true, "hidden_reason": scribe.hide("privacy_other"),
        }),
        // R-EP-06: a title is enough.
        json!({
            "title": "Mantelzorg voor partner", "start": days.day(-300), "status": "open", "attention": "no", "visible": true,
        }),
    ];
    for (number, d) in (1..).zip(released.iter().chain(&withheld).chain(&last)) {
        scribe.put_for(FIRST, T::Episode, &format!("p1-ep{number}"), d)?;
    }
    Ok(())
}

/// A contact of the first patient, with the lines of its deelcontacten.
struct Contact {
    d: Value,
    entries: Vec<Value>,
}

/// Writes contacts and entries: before the introduction, not with the patient, partly hidden, and plain ones.
pub(super) fn contacts(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let mut all = with_released_lines(scribe);
    all.extend(with_hidden_episodes(scribe));
    all.extend(withheld(scribe));
    for (number, contact) in (1..).zip(all) {
        let id = format!("p1-c{number}");
        scribe.put_for(FIRST, T::Contact, &id, &contact.d)?;
        for (seq, mut d) in (1..).zip(contact.entries) {
            d["contact"] = json!(id);
            d["seq"] = json!(seq);
            scribe.put_for(FIRST, T::Entry, &format!("{id}-{seq}"), &d)?;
        }
    }
    Ok(())
}

/// Contacts of which everything, or one line of two, is shown. The first one has the measurements.
fn with_released_lines(scribe: &Scribe<'_>) -> Vec<Contact> {
    let days = scribe.calendar;
    vec![
        Contact {
            d: json!({
                "start": days.at(-28, 14, 5), "end": days.at(-28, 14, 20), "kind": "consult", "nhg14": "03",
                "with_patient": true, "carer": "e1", "location": "Praktijk De Linde",
            }),
            entries: vec![
                json!({ "episodes": ["p1-ep1", "p1-ep2"], "lines": [
                    { "k": "E", "text": "Suikerziekte redelijk ingesteld, HbA1c iets gestegen.", "icpc": "T90.02" },
                    { "k": "P", "text": "Metformine verhoogd. Lab over zes weken, daarna afspraak bij de praktijkondersteuner." },
                ] }),
                // F9: an entry of a hidden episode; one hidden episode of two is enough.
                json!({ "episodes": ["p1-ep5"], "lines": [
                    { "k": "E", "text": scribe.hide("Spanningen thuis."), "icpc": "Z12" },
                    { "k": "P", "text": scribe.hide("Gesprek bij POH-GGZ voorgesteld.") },
                ] }),
                json!({ "episodes": ["p1-ep1", "p1-ep5"], "lines": [
                    { "k": "E", "text": scribe.hide("Stress verstoort de bloedsuiker.") },
                ] }),
            ],
        },
        // R-SP-06: closed without attention value is not hidden: the lines stay, without link.
        Contact {
            d: json!({
                "start": days.at(-1180, 8, 40), "kind": "telefonisch_consult", "nhg14": "05", "with_patient": true, "carer": "e3",
            }),
            entries: vec![json!({ "episodes": ["p1-ep4"], "lines": [
                { "k": "E", "text": "Oorontsteking links, geen koorts meer.", "icpc": "H71" },
                { "k": "P", "text": "Afwachten, bij klachten na drie dagen opnieuw bellen." },
            ] })],
        },
        // F10: a line that was unticked, or not yet confirmed; the other line is shown.
        Contact {
            d: json!({ "start": days.at(-90, 10, 30), "kind": "consult", "nhg14": "03", "with_patient": true, "carer": "e2" }),
            entries: vec![json!({ "episodes": ["p1-ep2"], "lines": [
                { "k": "E", "text": "Bloeddruk met medicatie goed.", "icpc": "K86", "visible": true, "edited_at": days.at(-89, 8, 0) },
                { "k": "P", "text": scribe.hide("Werkhypothese: witte jas."), "visible": false },
            ] })],
        },
        Contact {
            d: json!({ "start": days.at(-10, 21, 15), "kind": "spoed_hap", "location": "Huisartsenpost Testhoven" }),
            entries: vec![json!({ "episodes": ["p1-ep9"], "lines": [
                { "k": "E", "text": "Moe en duizelig, geen alarmsignalen. <Bloedsuiker 6,1> & normale controles.", "icpc": "A04" },
                { "k": "P", "text": scribe.hide("Overdracht aan eigen huisarts."), "visible": null },
            ] })],
        },
        // F3: what somebody else said.
        Contact {
            d: json!({ "start": days.at(-95, 16, 10), "kind": "consult", "nhg14": "03", "with_patient": true, "carer": "e1" }),
            entries: vec![json!({ "episodes": ["p1-ep12"], "lines": [
                { "k": "E", "text": scribe.hide("Dochter maakt zich zorgen over thuis."), "third_party": true },
                { "k": "P", "text": "Mantelzorgmakelaar besproken, folder meegegeven." },
            ] })],
        },
        // R-SP-04: an e-consult is with the patient. Confidential towards a representative only.
        Contact {
            d: json!({ "start": days.at(-120, 12, 0), "kind": "e_consult", "nhg14": "12", "carer": "e4" }),
            entries: vec![json!({ "not_for_representative": true, "lines": [
                { "k": "E", "text": "Vraag over leefstijl." },
                { "k": "P", "text": "Uitleg gegeven en verwezen naar thuisarts.nl.\nVolgende week bellen." },
            ] })],
        },
        // R-SP-08: a contact without any entry.
        Contact {
            d: json!({ "start": days.at(-200, 19, 30), "kind": "groepsconsult", "with_patient": true, "carer": "e4" }),
            entries: vec![],
        },
        // E61: every line unticked; the contact itself is shown.
        Contact {
            d: json!({ "start": days.at(-140, 11, 0), "kind": "visite", "nhg14": "01", "with_patient": true, "carer": "e1" }),
            entries: vec![json!({ "episodes": ["p1-ep1"], "lines": [
                { "k": "E", "text": scribe.hide("Indruk van de thuissituatie."), "visible": false },
                { "k": "P", "text": scribe.hide("Met de wijkverpleging overleggen."), "visible": false },
            ] })],
        },
    ]
}

/// F9_STRIP: the contact stays, with nothing of its sensitive, unconfirmed or patient-hidden episodes.
fn with_hidden_episodes(scribe: &Scribe<'_>) -> Vec<Contact> {
    let days = scribe.calendar;
    let entry = |episode: &str, e: &str, p: &str| {
        json!({ "episodes": [episode], "lines": [
            { "k": "E", "text": scribe.hide(e) },
            { "k": "P", "text": scribe.hide(p) },
        ] })
    };
    vec![Contact {
        d: json!({ "start": days.at(-220, 15, 0), "kind": "video_consult", "with_patient": true, "carer": "e1" }),
        entries: vec![
            entry("p1-ep6", "Stemming somber, geen suïcidaliteit.", "Medicatie en vervolg over twee weken."),
            entry("p1-ep7", "Slaapt slecht in.", "Slaaphygiëne besproken."),
            entry("p1-ep10", "Drinkt dagelijks.", "Afbouwschema gemaakt."),
            entry("p1-ep11", "Blauwe plekken op de arm.", "Veilig Thuis geraadpleegd."),
        ],
    }]
}

/// Contacts that are withheld with everything in them.
fn withheld(scribe: &Scribe<'_>) -> Vec<Contact> {
    let days = scribe.calendar;
    let before_introduction = -days.days_in_months(ONLINE_MONTHS + 1);
    let contact = |mut d: Value, e: &str| {
        d["location"] = json!(scribe.hide("Praktijk De Linde"));
        let lines = json!([{ "k": "E", "text": scribe.hide(e) }, { "k": "P", "text": scribe.hide("Geen actie.") }]);
        Contact { d, entries: vec![json!({ "episodes": ["p1-ep1"], "lines": lines })] }
    };
    vec![
        // F6: before the practice introduced online access; the date of the contact decides, not that of an edit.
        contact(
            json!({ "start": days.at(before_introduction, 10, 20), "kind": "consult", "with_patient": true, "carer": "e1" }),
            "Diabetes, instelling matig.",
        ),
        // F11: somebody else called.
        contact(
            json!({ "start": days.at(-40, 9, 15), "kind": "telefonisch_consult", "with_patient": false, "carer": "e3" }),
            "Partner belt bezorgd.",
        ),
        // F11: kinds that are not with the patient, or that say nothing about it.
        contact(json!({ "start": days.at(-41, 13, 0), "kind": "overleg", "carer": "e1" }), "Overleg met de internist."),
        contact(json!({ "start": days.at(-15, 8, 30), "kind": "herhaalrecept", "nhg14": "10" }), "Herhaalrecept."),
        contact(
            json!({ "start": days.at(-16, 8, 30), "kind": "overig", "with_patient": null }),
            "Onbekende contactsoort.",
        ),
        // F2: a memo.
        contact(
            json!({ "start": days.at(-45, 17, 0), "kind": "memo", "with_patient": true, "carer": "e1" }),
            "Memo: denk aan tweede mening.",
        ),
        // F3: hidden by the practice, and its entries with it.
        contact(
            json!({
                "start": days.at(-150, 14, 0), "kind": "consult", "with_patient": true, "carer": "e1",
                "hidden_by_practice": true, "hidden_reason": scribe.hide("harm"),
            }),
            "Gesprek onder vier ogen.",
        ),
        // F8: it has not begun.
        contact(
            json!({ "start": days.at(40, 10, 0), "kind": "consult", "with_patient": true, "carer": "e1" }),
            "Voorbereid consult.",
        ),
    ]
}
