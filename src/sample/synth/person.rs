//! A synthetic patient: who it is, how much happens to them, and how open the dossier is.

use std::io;

use serde_json::{Value, json};

use super::phrases::{FIRST_NAMES, LAST_NAMES, STREETS};
use super::random::Random;
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::Scribe;

/// The people of the practice, by role; the first two see patients.
pub(super) const STAFF: [(&str, &str); 5] = [
    ("huisarts", "M. de Synthese"),
    ("waarnemer", "J. Proefstra"),
    ("poh", "L. Toetsing"),
    ("doktersassistent", "S. Steekproef"),
    ("manager", "K. Generator"),
];

/// How open a dossier is, or why it is not. The share of each, in thousandths, is in [`SHARES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Situation {
    Open,
    NeverAsked,
    Requested,
    OnHold,
    Refused,
    Closed,
    Blocked,
    OptedOut,
    Transferred,
    Deceased,
    NoNumber,
    NumberNotVerified,
}

/// Of a thousand patients, and for the first twelve of a practice one each: the order of this list.
const SHARES: [(Situation, u32); 12] = [
    (Situation::Open, 740),
    (Situation::NeverAsked, 110),
    (Situation::Requested, 30),
    (Situation::OnHold, 20),
    (Situation::Refused, 10),
    (Situation::Closed, 20),
    (Situation::Blocked, 5),
    (Situation::OptedOut, 10),
    (Situation::Transferred, 20),
    (Situation::Deceased, 15),
    (Situation::NoNumber, 10),
    (Situation::NumberNotVerified, 10),
];

/// Age group: share of a thousand people, youngest and oldest age, activity in hundredths of the mean.
///
/// Activity follows the contacts per year by age of his-source-data §6.1, scaled to a mean of 100.
const AGES: [(u32, i32, i32, u32); 7] = [
    (50, 0, 4, 79),
    (140, 5, 17, 51),
    (340, 18, 44, 79),
    (270, 45, 64, 102),
    (110, 65, 74, 135),
    (70, 75, 84, 198),
    (20, 85, 98, 294),
];

/// One patient while the dossier is written.
pub(super) struct Case {
    /// The patient's id, which its records begin with.
    pub(super) pat: String,
    /// What the ids of the practice begin with.
    pub(super) prefix: String,
    /// The patient's own stream of numbers.
    pub(super) random: Random,
    index: u32,
    situation: Situation,
    age: i32,
    activity: u32,
}

impl Case {
    /// Patient `index`, from 1, of the practice with this prefix.
    pub(super) fn new(prefix: &str, index: u32, mut random: Random) -> Self {
        let drawn = *weighted(&mut random, &SHARES, |(_, share)| *share);
        // Every situation occurs in a practice of a dozen patients; they are grown up, so that it shows.
        let first = usize::try_from(index).ok().and_then(|index| SHARES.get(index - 1));
        let situation = first.map_or(drawn.0, |(situation, _)| *situation);
        let &(_, youngest, oldest, activity) = weighted(&mut random, &AGES, |(share, ..)| *share);
        let age = random.between(youngest, oldest);
        let age = if first.is_some() { age.max(30) } else { age };
        let pat = format!("{prefix}-p{index}");
        Self { pat, prefix: prefix.to_owned(), random, index, situation, age, activity }
    }

    /// How many there are of something of which an average patient has `hundredths / 100`.
    pub(super) fn amount(&mut self, hundredths: u32) -> u32 {
        self.random.about(hundredths * self.activity / 100)
    }

    /// The text as it is written: marked when its record is withheld, or all of this dossier.
    pub(super) fn text(&self, scribe: &Scribe<'_>, text: &str, withheld: bool) -> String {
        if withheld || !self.is_served() { scribe.hide(text) } else { text.to_owned() }
    }

    /// One of the two who see patients.
    pub(super) fn carer(&mut self) -> String {
        format!("{}-e{}", self.prefix, self.random.between(1, 2))
    }

    /// Nothing in the dossier is older than its owner, nor than some decades: the earliest day, from today.
    pub(super) fn earliest(&self, days: i32) -> i32 {
        days.max(-(self.age * 365)).min(-1)
    }

    /// Do the gates let this patient through?
    fn is_served(&self) -> bool {
        self.situation == Situation::Open && self.age >= 16
    }

    /// Writes the patient and the release record.
    pub(super) fn put_person(&mut self, scribe: &mut Scribe<'_>, bsn: &str) -> io::Result<()> {
        let person = self.person(scribe, bsn);
        scribe.put(T::Patient, &self.pat, &person)?;
        let release = self.release(scribe);
        scribe.put_for(&self.pat, T::Release, &format!("{}-rel", self.pat), &release)
    }

    fn person(&mut self, scribe: &Scribe<'_>, bsn: &str) -> Value {
        let days = scribe.calendar;
        let random = &mut self.random;
        let (first, sex) = *random.pick(&FIRST_NAMES);
        let (prefix, last) = *random.pick(&LAST_NAMES);
        // A year and a half from the birthday, so that ages hold for half a year around the instant.
        let birth = days.months_ago(self.age * 12 + 6);
        let registered = -random.between(100, 9000).min(self.age * 365 + 180);
        let mut d = json!({});
        if self.situation != Situation::NoNumber {
            d["bsn"] = json!(bsn);
        }
        d["bsn_verified"] = json!(!matches!(self.situation, Situation::NoNumber | Situation::NumberNotVerified));
        d["name"] = json!({ "initials": format!("{}.", &first[..1]), "first": first, "last": last, "use": "NL1" });
        if !prefix.is_empty() {
            d["name"]["prefix"] = json!(prefix);
        }
        d["sex"] = json!(sex);
        d["birth"] = json!(birth);
        if self.situation == Situation::Deceased {
            d["deceased"] = json!(days.day(-random.between(1, 60)));
        }
        d["addr"] = json!({
            "street": random.pick(&STREETS), "nr": random.between(1, 240), "postcode": format!("9999Z{}", random.pick(&['A', 'B', 'K', 'Z'])),
            "city": "Testhoven", "country": "NL",
        });
        d["phone"] = json!([format!("0600{:06}", self.index % 1_000_000)]);
        if random.percent(60) {
            d["email"] = json!(format!("{}@voorbeeld.example", self.pat));
        }
        d["gp"] = json!(format!("{}-e1", self.prefix));
        d["registered_from"] = json!(days.day(registered));
        if self.situation == Situation::Transferred {
            d["registered_to"] = json!(days.day(-random.between(1, 60)));
        }
        d["status"] = json!(if self.situation == Situation::Transferred { "transferred" } else { "registered" });
        d
    }

    fn release(&mut self, scribe: &Scribe<'_>) -> Value {
        let days = scribe.calendar;
        let opened = -self.random.between(430, 1500);
        let asked = json!(days.at(-self.random.between(3, 40), 20, 15));
        let state = match self.situation {
            Situation::NeverAsked => return json!({ "state": "none" }),
            Situation::Requested => "requested",
            Situation::OnHold => "on_hold",
            Situation::Refused => "refused",
            Situation::Closed => "closed",
            _ => {
                let block = match self.situation {
                    Situation::Blocked => "practice",
                    Situation::OptedOut => "patient_optout",
                    Situation::Transferred => "transferred",
                    _ => "none",
                };
                let by = format!("{}-e4", self.prefix);
                return json!({ "state": "open", "opened_at": days.at(opened, 9, 30), "mode": "manual", "by": by, "block": block });
            }
        };
        json!({ "state": state, "requested_at": asked, "mode": "manual" })
    }
}

/// One of the items, each as likely as its weight says; the first when all weights are zero.
fn weighted<'a, T>(random: &mut Random, items: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
    let mut left = random.below(items.iter().map(&weight).sum());
    for item in items {
        let weight = weight(item);
        if left < weight {
            return item;
        }
        left -= weight;
    }
    &items[0]
}
