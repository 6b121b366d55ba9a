//! Episodes, contacts and journal lines of a synthetic patient.

use std::io;

use serde_json::{Value, json};

use super::person::Case;
use super::phrases::{MORE, TOPICS, Topic};
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::Scribe;

/// Months before the instant at which the practice began with online access; contacts are about as old.
pub(super) const ONLINE_MONTHS: i32 = 72;

/// An episode that was written, as far as its links need to know it.
pub(super) struct Episode {
    pub(super) id: String,
    pub(super) topic: &'static Topic,
    /// Hidden explicitly, so that what is linked to it is withheld or stripped (F9).
    pub(super) hidden: bool,
}

/// A contact that was written.
pub(super) struct Contact {
    pub(super) id: String,
    /// Days from today, zero or negative.
    pub(super) day: i32,
}

/// Why the contact is withheld, if it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Shown,
    NotWithPatient,
    BeforeIntroduction,
}

impl Case {
    /// Writes the episodes, 9 of an average patient.
    pub(super) fn put_episodes(&mut self, scribe: &mut Scribe<'_>) -> io::Result<Vec<Episode>> {
        let mut episodes = Vec::new();
        for number in 1..=self.amount(900) {
            let topic = self.random.pick(&TOPICS);
            let id = format!("{}-ep{number}", self.pat);
            let (d, hidden) = self.episode(scribe, topic);
            scribe.put_for(&self.pat, T::Episode, &id, &d)?;
            episodes.push(Episode { id, topic, hidden });
        }
        Ok(episodes)
    }

    fn episode(&mut self, scribe: &Scribe<'_>, topic: &Topic) -> (Value, bool) {
        let days = scribe.calendar;
        let earliest = self.earliest(-7000);
        let start = self.random.between(earliest, 0);
        let closed = self.random.percent(65);
        let attention = *self.random.pick(&["yes", "no", "no", "no", "unknown"]);
        let visible = match self.random.below(100) {
            0..94 => json!(true),
            94..98 => json!(false),
            _ => Value::Null,
        };
        let sensitive = self.random.percent(1);
        let hidden = sensitive || visible != json!(true);
        let withheld = hidden || (closed && attention != "yes");
        let mut d =
            json!({ "title": self.text(scribe, topic.title, withheld), "icpc": topic.icpc, "start": days.day(start) });
        if closed {
            d["end"] = json!(days.day(self.random.between(start, 0)));
        }
        d["status"] = json!(if closed { "closed" } else { "open" });
        d["attention"] = json!(attention);
        d["visible"] = visible;
        if sensitive {
            d["sensitive"] = json!(true);
        }
        (d, hidden)
    }

    /// Writes the contacts, 30.6 of an average patient, each with its entries, 38 in all.
    pub(super) fn put_contacts(&mut self, scribe: &mut Scribe<'_>, episodes: &[Episode]) -> io::Result<Vec<Contact>> {
        let mut contacts = Vec::new();
        for number in 1..=self.amount(3060) {
            let id = format!("{}-c{number}", self.pat);
            let (d, day, share) = self.contact(scribe);
            scribe.put_for(&self.pat, T::Contact, &id, &d)?;
            for seq in 1..=self.random.about(124) {
                let d = self.entry(scribe, &id, seq, episodes, share);
                scribe.put_for(&self.pat, T::Entry, &format!("{id}-{seq}"), &d)?;
            }
            contacts.push(Contact { id, day });
        }
        Ok(contacts)
    }

    fn contact(&mut self, scribe: &Scribe<'_>) -> (Value, i32, Share) {
        let days = scribe.calendar;
        let introduction = -days.days_in_months(ONLINE_MONTHS);
        let (kind, nhg14, with_patient) = *self.random.pick(&[
            ("consult", "03", true),
            ("consult", "03", true),
            ("consult", "03", true),
            ("telefonisch_consult", "05", true),
            ("telefonisch_consult", "05", true),
            ("e_consult", "12", true),
            ("visite", "01", true),
            ("herhaalrecept", "10", false),
        ]);
        let early = self.random.percent(3);
        let range = if early { (introduction - 400, introduction - 2) } else { (introduction + 2, -1) };
        let day = self.random.between(range.0, range.1);
        let day = self.earliest(day);
        let third = with_patient && self.random.percent(4);
        let share = match (with_patient && !third, day < introduction) {
            (false, _) => Share::NotWithPatient,
            (true, true) => Share::BeforeIntroduction,
            (true, false) => Share::Shown,
        };
        let (hour, minute) = (self.random.between(8, 16), self.random.between(0, 11) * 5);
        let at = |minute: i32| days.at(day, i8::try_from(hour).unwrap_or(8), i8::try_from(minute).unwrap_or(0));
        let mut d = json!({ "start": at(minute), "end": at(minute + 4), "kind": kind, "nhg14": nhg14 });
        d["with_patient"] = json!(with_patient && !third);
        d["carer"] = json!(self.carer());
        if share != Share::Shown {
            d["location"] = json!(self.text(scribe, "Praktijk", true));
        }
        (d, day, share)
    }

    fn entry(&mut self, scribe: &Scribe<'_>, contact: &str, seq: u32, episodes: &[Episode], share: Share) -> Value {
        let linked = self.links(episodes);
        let hidden = share != Share::Shown || linked.iter().any(|episode| episode.hidden);
        let topic = linked.first().map_or_else(|| self.random.pick(&TOPICS), |episode| episode.topic);
        let evaluation = self.sentences(&topic.evaluation);
        let plan = self.sentences(&topic.plan);
        let unticked = self.random.percent(3);
        let third_party = self.random.percent(1);
        let mut e =
            json!({ "k": "E", "text": self.text(scribe, &evaluation, hidden || third_party), "icpc": topic.icpc });
        if third_party {
            e["third_party"] = json!(true);
        }
        let mut p = json!({ "k": "P", "text": self.text(scribe, &plan, hidden || unticked) });
        if unticked {
            p["visible"] = json!(false);
        }
        let ids: Vec<&str> = linked.iter().map(|episode| episode.id.as_str()).collect();
        json!({ "contact": contact, "seq": seq, "episodes": ids, "lines": [e, p] })
    }

    /// Mostly one of the episodes, sometimes none or two.
    pub(super) fn links<'e>(&mut self, episodes: &'e [Episode]) -> Vec<&'e Episode> {
        let wanted = *self.random.pick(&[1, 1, 1, 1, 1, 1, 1, 1, 0, 2]);
        if episodes.is_empty() {
            return Vec::new();
        }
        let first = self.random.below(u32::try_from(episodes.len()).unwrap_or(u32::MAX)) as usize;
        episodes.iter().cycle().skip(first).take(wanted.min(episodes.len())).collect()
    }

    /// One to three sentences, the first about the problem.
    fn sentences(&mut self, about: &[&str]) -> String {
        let mut text = (*self.random.pick(about)).to_owned();
        let (first, step) = (self.random.below(8) as usize, 1 + self.random.below(7) as usize);
        for place in 0..self.random.below(3) as usize {
            text = format!("{text} {}", MORE[(first + place * step) % MORE.len()]);
        }
        text
    }
}
