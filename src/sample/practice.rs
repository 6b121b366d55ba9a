//! The demo practice: Huisartsenpraktijk De Linde, where every outcome of the release rules occurs.
//!
//! The first patient passes every gate; the records of this dossier show each filter F2 to F11 beside what is
//! released (release-rules §3.2, §11). The second is served too, with a secret address and no birthday. The
//! others stop at a gate, each for a reason of its own (§3.1), one of them with a published copy to be had.
//! Two switches are off, so that G8 is seen: referrals, and intolerances for other things than medication.
//!
//! Every date is relative to the given instant and keeps its meaning for some weeks after it.

mod care;
mod gates;
mod letters;
mod medicines;
mod results;

use std::io::{self, Write};

use serde_json::json;
use uuid::Uuid;

use super::scribe::Scribe;
use super::writer::{Batch, Version};
use crate::domain::dossier::RecordType as T;
use crate::domain::time::Timestamp;

/// The practice's name as people read it.
pub const DISPLAY_NAME: &str = "Huisartsenpraktijk De Linde (fictief)";

/// The practice's name in the MedMij network (Zorgaanbiedersnaam).
pub const MEDMIJ_NAME: &str = "huisartsdelinde@medmij";

/// The practice's UZI-register abonneenummer.
pub const URA: &str = "90009992";

/// The practice's AGB code.
pub const AGB: &str = "01999992";

/// The citizen service number of the patient the demo collects for: open, and rich in everything.
pub const FIRST_BSN: &str = "999990019";

/// The employee who owns the practice; staff logs in to the console with such an id.
pub const OWNER_ID: &str = "e1";

/// The id of the first patient; the ids of her records begin with it.
const FIRST: &str = "p1";

/// Months before `now` at which online access began, and from which letters are shown.
const ONLINE_MONTHS: i32 = 72;
const LETTERS_MONTHS: i32 = 60;

/// Writes the demo practice as it is at `now`, a full delivery of `dvza-his-1`.
///
/// The same instant gives the same bytes. Versions are the seconds of `now`, so a later delivery replaces an
/// earlier one; its place in the row of deliveries is always the first (`seq` 1, no `prev`).
///
/// # Errors
/// What writing to `out` answers.
pub fn demo_practice(now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let mut scribe = Scribe::begin(batch(now), now, out)?;
    practice(&mut scribe)?;
    employees(&mut scribe)?;
    first_patient(&mut scribe)?;
    care::episodes(&mut scribe)?;
    care::contacts(&mut scribe)?;
    medicines::medication(&mut scribe)?;
    medicines::intolerances(&mut scribe)?;
    medicines::other_sections(&mut scribe)?;
    results::determinations(&mut scribe)?;
    results::reports(&mut scribe)?;
    letters::letters(&mut scribe)?;
    letters::forms_and_copies(&mut scribe)?;
    gates::second_patient(&mut scribe)?;
    gates::stopped_patients(&mut scribe)?;
    scribe.finish()
}

fn batch(now: Timestamp) -> Batch {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("urn:dvza:demo:{URA}:{}", now.millis()).as_bytes());
    Batch {
        format: Version::One,
        id,
        ura: URA.into(),
        agb: AGB.into(),
        system: "dvza demo".into(),
        made: now.plus_seconds(-3600),
        seq: 1,
        version: u64::try_from(now.millis() / 1000).unwrap_or(0).max(1),
        changed: now.plus_local_days(-1),
    }
}

fn practice(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let d = json!({
        "name": DISPLAY_NAME,
        "ura": URA,
        "agb": AGB,
        "online_access_since": days.months_ago(ONLINE_MONTHS),
        "correspondence_since": days.months_ago(LETTERS_MONTHS),
        "facility": {
            "ep_lines": true, "diagnostic_values": true, "correspondence": true, "appointments": true,
            "medication": true, "allergies": true, "episodes": true, "contacts": true, "treatments": true,
            "prophylaxis": true, "vaccinations": true, "allergies_other": false, "alerts": true,
            "contraindications": true, "referrals": false, "contact_persons": true,
        },
        "request_mode": "manual",
        "closed_episode_policy": "attention_only",
        "lab_release_mode": "explicit",
    });
    scribe.put(T::Practice, "pr1", &d)
}

fn employees(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let staff = [
        (OWNER_ID, "A.W. Lindeboom", "huisarts", Some(("01.015", "01999993", "999900011"))),
        ("e2", "F. Iepema", "waarnemer", Some(("01.015", "01999994", "999900012"))),
        ("e3", "S. van Berken", "doktersassistent", None),
        ("e4", "N. Elzinga", "poh", None),
    ];
    for (id, name, role, numbers) in staff {
        let mut d = json!({ "name": name, "role": role });
        if let Some((uzi_role, agb, uzi)) = numbers {
            d["uzi_role"] = json!(uzi_role);
            d["agb"] = json!(agb);
            d["uzi"] = json!(uzi);
        }
        d["active"] = json!(true);
        scribe.put(T::Employee, id, &d)?;
    }
    Ok(())
}

/// The patient the demo collects for, how open her dossier is, and who acts for her.
fn first_patient(scribe: &mut Scribe<'_>) -> io::Result<()> {
    let days = scribe.calendar;
    let person = json!({
        "bsn": FIRST_BSN,
        "bsn_verified": true,
        "name": {
            "initials": "M.J.", "first": "Marijke Johanna", "call": "Marijke", "prefix": "van", "last": "Esdoorn",
            "partner_prefix": "de", "partner_last": "Wilg", "use": "NL4",
        },
        "sex": "female",
        "birth": days.months_ago(12 * 62 + 5),
        "multiple_birth": false,
        "addr": {
            "street": "Lindelaan", "nr": 14, "nr_letter": "b", "postcode": "9999ZZ", "city": "Testhoven", "country": "NL",
        },
        "phone": ["0600000011", "0100000011"],
        "email": "marijke.vanesdoorn@voorbeeld.example",
        "insurer": { "uzovi": "9991", "policy": "100200300" },
        "gp": OWNER_ID,
        "registered_from": days.months_ago(12 * 20),
        "status": "registered",
    });
    scribe.put(T::Patient, FIRST, &person)?;
    let release = json!({
        "state": "open",
        "opened_at": days.at(-500, 9, 12),
        "requested_at": days.at(-503, 20, 41),
        "mode": "manual",
        "by": "e3",
        "back_catalogue": [{ "t": "document", "id": "p1-d12" }],
        "patient_hidden": [
            { "t": "episode", "id": "p1-ep10" },
            { "t": "observation", "id": "p1-o18" },
            { "t": "document", "id": "p1-d10" },
        ],
        "block": "none",
    });
    scribe.put_for(FIRST, T::Release, "p1-rel", &release)?;
    let current = json!({
        "name": "P. de Wilg", "relation": "mandate", "bsn": "999999990", "authority": false, "valid_from": days.day(-300),
    });
    scribe.put_for(FIRST, T::Representative, "p1-r1", &current)?;
    let former = json!({
        "name": scribe.hide("J. van Esdoorn"), "relation": "mentor", "valid_from": days.day(-900), "valid_to": days.day(-400),
    });
    scribe.put_for(FIRST, T::Representative, "p1-r2", &former)
}

#[cfg(test)]
mod tests;
