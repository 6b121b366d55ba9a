//! Synthetic practices of any size, for load, for import and for whoever needs a lot of dossiers.
//!
//! The mix is that of his-source-data §6.2, about 109 records a patient, and every situation of a dossier
//! occurs (release-rules §2.2). A practice is a function of its number, the number of patients, the seed and
//! the instant: the same four give the same bytes, and a bigger practice begins with the patients of a smaller
//! one. Dates lie around the instant. Text that is withheld carries the marker, as in the demo practice.
//! One record at a time is held in memory.

mod blocks;
mod care;
mod findings;
mod person;
mod phrases;
mod random;

use std::io::{self, Write};

use serde_json::json;
use uuid::Uuid;

use super::numbers::{SYNTHETIC_RANGE, valid_from};
use super::scribe::Scribe;
use super::writer::{Batch, Version};
use crate::domain::dossier::RecordType as T;
use crate::domain::time::Timestamp;
use person::Case;
use random::Random;

/// The instant a synthetic practice is dated by unless another is asked for, so that a seed alone names it.
pub const DEFAULT_NOW: &str = "2026-06-15T10:00:00+02:00";

/// [`DEFAULT_NOW`] as an instant.
pub fn default_now() -> Timestamp {
    Timestamp::from_millis(1_781_510_400_000)
}

/// Writes synthetic practice 1 with this many patients, a full delivery of `dvza-his-1`.
///
/// # Errors
/// What writing to `out` answers.
pub fn synth(patients: u32, seed: u64, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    synth_practice(1, patients, seed, now, out)
}

/// Writes the same practice in `dvza-his-2`, with every building block a GP holds and every section switched on.
///
/// # Errors
/// What writing to `out` answers.
pub fn synth_two(patients: u32, seed: u64, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    SynthPractice { number: 1 }.write_as(Version::Two, patients, seed, now, out)
}

/// Writes the synthetic practice with this number; see [`SynthPractice`].
///
/// # Errors
/// What writing to `out` answers.
pub fn synth_practice(number: u32, patients: u32, seed: u64, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    SynthPractice { number }.write(patients, seed, now, out)
}

/// One of many synthetic practices; names and ids differ by number, citizen service numbers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynthPractice {
    /// 0 to 9999; of a higher number the last four digits count.
    pub number: u32,
}

impl SynthPractice {
    /// The name as people read it.
    pub fn display_name(self) -> String {
        format!("Huisartsenpraktijk Synthese {} (fictief)", self.short())
    }

    /// The name in the MedMij network (Zorgaanbiedersnaam).
    pub fn medmij_name(self) -> String {
        format!("huisartssynthese{}@medmij", self.short())
    }

    /// UZI-register abonneenummer, 8 digits.
    pub fn ura(self) -> String {
        format!("9001{:04}", self.short())
    }

    /// AGB code, 8 digits.
    pub fn agb(self) -> String {
        format!("0198{:04}", self.short())
    }

    /// Writes the practice with this many patients; at most a few million find a number.
    ///
    /// # Errors
    /// What writing to `out` answers.
    pub fn write(self, patients: u32, seed: u64, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
        self.write_as(Version::One, patients, seed, now, out)
    }

    /// Writes the practice in this version of the format.
    ///
    /// # Errors
    /// What writing to `out` answers.
    pub fn write_as(
        self,
        format: Version,
        patients: u32,
        seed: u64,
        now: Timestamp,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let mut scribe = Scribe::begin(self.batch(format, patients, seed, now), now, out)?;
        self.put_practice(format, &mut scribe)?;
        let prefix = self.prefix();
        for (index, bsn) in (1..=patients).zip(valid_from(SYNTHETIC_RANGE)) {
            let random = Random::seeded(seed, u64::from(self.short()) << 32 | u64::from(index));
            let mut case = Case::new(&prefix, index, random);
            case.put_person(&mut scribe, &bsn)?;
            let episodes = case.put_episodes(&mut scribe)?;
            let contacts = case.put_contacts(&mut scribe, &episodes)?;
            case.put_medication(&mut scribe, &episodes)?;
            case.put_other_sections(&mut scribe)?;
            case.put_results(&mut scribe, &episodes, &contacts)?;
            case.put_letters(&mut scribe, &episodes)?;
            if format == Version::Two {
                case.put_blocks(&mut scribe, &episodes, &contacts)?;
            }
        }
        scribe.finish()
    }

    fn batch(self, format: Version, patients: u32, seed: u64, now: Timestamp) -> Batch {
        let mut name = format!("urn:dvza:synth:{}:{patients}:{seed}:{}", self.ura(), now.millis());
        if format == Version::Two {
            name.push_str(":2");
        }
        Batch {
            format,
            id: Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()),
            ura: self.ura(),
            agb: self.agb(),
            system: "dvza synth".into(),
            made: now.plus_seconds(-3600),
            seq: 1,
            version: u64::try_from(now.millis() / 1000).unwrap_or(0).max(1),
            changed: now.plus_local_days(-1),
        }
    }

    fn put_practice(self, format: Version, scribe: &mut Scribe<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        let prefix = self.prefix();
        let mut practice = json!({
            "name": self.display_name(),
            "ura": self.ura(),
            "agb": self.agb(),
            "online_access_since": days.months_ago(care::ONLINE_MONTHS),
            "correspondence_since": days.months_ago(findings::LETTERS_MONTHS),
            "facility": {
                "ep_lines": true, "diagnostic_values": true, "correspondence": true, "appointments": true,
                "vaccinations": true,
            },
            "request_mode": "manual",
            "closed_episode_policy": "attention_only",
            "lab_release_mode": "explicit",
        });
        if format == Version::Two {
            for section in [
                "allergies_other",
                "alerts",
                "contraindications",
                "referrals",
                "contact_persons",
                "directives",
                "social",
                "devices",
                "payer",
            ] {
                practice["facility"][section] = json!(true);
            }
            practice["phones"] = json!([{ "nr": "0500000000", "kind": "work" }]);
        }
        scribe.put(T::Practice, &prefix, &practice)?;
        for (number, (role, name)) in (1..).zip(person::STAFF) {
            let mut d = json!({ "name": name, "role": role, "active": true });
            if role == "huisarts" {
                d["uzi_role"] = json!("01.015");
            }
            scribe.put(T::Employee, &format!("{prefix}-e{number}"), &d)?;
        }
        if format == Version::Two {
            blocks::put_outside(scribe, &prefix)?;
        }
        Ok(())
    }

    /// What all ids of this practice begin with.
    fn prefix(self) -> String {
        format!("s{}", self.short())
    }

    fn short(self) -> u32 {
        self.number % 10_000
    }
}

#[cfg(test)]
mod tests;
