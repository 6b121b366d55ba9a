//! Medication, results, letters and the smaller sections of a synthetic patient.

use std::io;

use serde_json::{Value, json};

use super::care::{Contact, Episode};
use super::person::Case;
use super::phrases::{
    ACTING, INTOLERANCES, LABORATORY, LETTERS, MEASUREMENTS, MEDICINES, Measure, PROPHYLAXIS, REASSURING, TREATMENTS,
};
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::{Parts, Scribe};
use crate::sample::writer::hex;

/// Months before the instant from which letters are shown.
pub(super) const LETTERS_MONTHS: i32 = 60;

/// Days back within which results fall in the window of 14 months, whatever the month.
const WINDOW_DAYS: i32 = 420;

const LAB: &str = "Streeklab Testhoven (fictief)";

/// Where and when a group of results was made.
struct Occasion<'a> {
    day: i32,
    report: Option<&'a str>,
    contact: Option<&'a str>,
}

impl Case {
    /// Writes medication, 10 of an average patient: a third in use, the rest over or stopped.
    pub(super) fn put_medication(&mut self, scribe: &mut Scribe<'_>, episodes: &[Episode]) -> io::Result<()> {
        for number in 1..=self.amount(1000) {
            let d = self.medicine(scribe, episodes);
            scribe.put_for(&self.pat, T::Medication, &format!("{}-m{number}", self.pat), &d)?;
        }
        Ok(())
    }

    fn medicine(&mut self, scribe: &Scribe<'_>, episodes: &[Episode]) -> Value {
        let days = scribe.calendar;
        let (atc, reason, name, dosage) = *self.random.pick(&MEDICINES);
        let earliest = self.earliest(-2500);
        let start = self.random.between(earliest, -1);
        let fate = self.random.below(100);
        let in_use = fate < 40;
        let mut d = json!({
            "prk": self.random.between(10_000_000, 99_999_999).to_string(), "atc": atc, "name": self.text(scribe, name, !in_use),
            "start": days.day(start),
        });
        match fate {
            0..40 => d["chronic"] = json!(true),
            40..85 => d["end"] = json!(days.day(self.random.between(start, -1))),
            _ => {
                d["stopped_at"] = json!(days.at(self.random.between(start, -1), 12, 0));
                d["stop_reason"] = json!(self.text(scribe, "bijwerkingen", true));
                d["chronic"] = json!(true);
            }
        }
        d["dosage_text"] = json!(dosage);
        if let Some(episode) = episodes.iter().find(|episode| episode.topic.icpc == reason) {
            d["reason_icpc"] = json!(reason);
            d["episodes"] = json!([episode.id]);
        }
        d["prescriber"] = json!(self.carer());
        d
    }

    /// Writes intolerances, treatments, prophylaxis and vaccinations: 0.4, 0.8, 0.3 and 0.3.
    pub(super) fn put_other_sections(&mut self, scribe: &mut Scribe<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        for number in 1..=self.amount(40) {
            let (code, name) = *self.random.pick(&INTOLERANCES);
            let active = self.random.percent(85);
            let display = self.text(scribe, name, !active);
            let d = json!({
                "agent": { "system": "g-th122", "code": code, "display": display }, "category": "medication",
                "status": if active { "active" } else { "inactive" },
            });
            scribe.put_for(&self.pat, T::Allergy, &format!("{}-a{number}", self.pat), &d)?;
        }
        for number in 1..=self.amount(80) {
            let name = *self.random.pick(&TREATMENTS);
            let visible = self.random.percent(95);
            let earliest = self.earliest(-9000);
            let d = json!({
                "code_text": self.text(scribe, name, !visible), "date": days.day(self.random.between(earliest, 0)),
                "visible": visible,
            });
            scribe.put_for(&self.pat, T::Treatment, &format!("{}-t{number}", self.pat), &d)?;
        }
        for number in 1..=self.amount(30) {
            let name = *self.random.pick(&PROPHYLAXIS);
            let earliest = self.earliest(-3000);
            let start = self.random.between(earliest, 0);
            let ended = self.random.percent(20) && start < -1;
            let mut d = json!({ "name": self.text(scribe, name, ended), "start": days.day(start) });
            if ended {
                d["end"] = json!(days.day(self.random.between(start, -1)));
            }
            scribe.put_for(&self.pat, T::Prophylaxis, &format!("{}-x{number}", self.pat), &d)?;
        }
        for number in 1..=self.amount(30) {
            let earliest = self.earliest(-2000);
            let d = json!({
                "atc": "J07BB02", "name": self.text(scribe, "Influenzavaccin", false),
                "date": days.day(self.random.between(earliest, 0)),
            });
            scribe.put_for(&self.pat, T::Vaccination, &format!("{}-v{number}", self.pat), &d)?;
        }
        Ok(())
    }

    /// Writes determinations, 9.3 of an average patient: half in reports of a laboratory, half of the practice.
    pub(super) fn put_results(
        &mut self,
        scribe: &mut Scribe<'_>,
        episodes: &[Episode],
        contacts: &[Contact],
    ) -> io::Result<()> {
        let recent: Vec<&Contact> = contacts.iter().filter(|contact| contact.day > -WINDOW_DAYS).collect();
        let mut numbers = 1..=self.amount(930);
        while let Some(first) = numbers.next() {
            if self.random.percent(25) {
                let more = self.random.between(1, 4).unsigned_abs() as usize;
                let members: Vec<u32> = std::iter::once(first).chain(numbers.by_ref().take(more)).collect();
                self.put_report(scribe, episodes, &members)?;
            } else {
                let contact = if recent.is_empty() { None } else { Some(*self.random.pick(&recent)) };
                let day = contact.map_or_else(|| self.result_day(), |contact| contact.day);
                let occasion = Occasion { day, report: None, contact: contact.map(|contact| contact.id.as_str()) };
                self.put_result(scribe, episodes, &MEASUREMENTS, first, &occasion)?;
            }
        }
        Ok(())
    }

    fn put_report(&mut self, scribe: &mut Scribe<'_>, episodes: &[Episode], members: &[u32]) -> io::Result<()> {
        let days = scribe.calendar;
        let id = format!("{}-lab{}", self.pat, members.first().copied().unwrap_or_default());
        let day = self.result_day();
        let occasion = Occasion { day, report: Some(&id), contact: None };
        let mut shown = false;
        for number in members {
            shown |= self.put_result(scribe, episodes, &LABORATORY, *number, &occasion)?;
        }
        let ids: Vec<String> = members.iter().map(|number| format!("{}-o{number}", self.pat)).collect();
        let d = json!({
            "lab": self.text(scribe, LAB, !shown), "number": format!("{:09}", self.random.below(1_000_000_000)),
            "sampled_at": days.at(day, 8, 10), "authorised_at": days.at(day + 1, 13, 2), "complete": true, "members": ids,
        });
        scribe.put_for(&self.pat, T::Report, &id, &d)
    }

    /// A day within the window, at least two days ago; one in fifty lies before the window.
    fn result_day(&mut self) -> i32 {
        let day = if self.random.percent(2) { -WINDOW_DAYS - 100 } else { self.random.between(-WINDOW_DAYS, -2) };
        self.earliest(day).min(-2)
    }

    /// Writes one result and tells whether it is shown.
    fn put_result(
        &mut self,
        scribe: &mut Scribe<'_>,
        episodes: &[Episode],
        measures: &[Measure],
        number: u32,
        occasion: &Occasion<'_>,
    ) -> io::Result<bool> {
        let days = scribe.calendar;
        let measure = self.random.pick(measures);
        let linked = self.links(episodes);
        let state = match self.random.below(100) {
            0..86 => "published",
            86..92 => "saved",
            92..94 => "invited",
            94..98 => "received",
            _ => "withdrawn",
        };
        let in_window = occasion.day > -WINDOW_DAYS - 1;
        let shown = state == "published" && in_window && !linked.iter().any(|episode| episode.hidden);
        let mut d = json!({});
        if let Some(nhg45) = measure.nhg45 {
            d["nhg45"] = json!(nhg45);
        }
        d["loinc"] = json!(measure.loinc);
        d["name"] = json!(self.text(scribe, measure.name, !shown));
        d["date"] = json!(days.day(occasion.day));
        self.add_value(&mut d, measure);
        d["status"] = json!("final");
        if let Some(report) = occasion.report {
            d["report"] = json!(report);
            d["lab"] = json!(self.text(scribe, LAB, !shown));
        }
        if let Some(contact) = occasion.contact {
            d["contact"] = json!(contact);
        }
        d["episodes"] = linked.iter().map(|episode| episode.id.as_str()).collect();
        d["release"] = json!({ "state": state });
        if state == "published" {
            let fitting = if d["flag"] == "N" { &REASSURING } else { &ACTING };
            let conclusion = *self.random.pick(fitting);
            d["release"]["at"] = json!(days.at((occasion.day + 2).min(-1), 9, 0));
            d["release"]["conclusion"] = json!(self.text(scribe, conclusion, !shown));
            d["release"]["by"] = json!(format!("{}-e1", self.prefix));
        }
        scribe.put_for(&self.pat, T::Observation, &format!("{}-o{number}", self.pat), &d)?;
        Ok(shown)
    }

    fn add_value(&mut self, d: &mut Value, measure: &Measure) {
        let value = self.random.between(measure.range.0, measure.range.1);
        let (low, high) = measure.normal;
        d["value_type"] = json!("q");
        d["value"] = json!(decimal(value, measure.decimals));
        d["unit"] = json!(measure.unit);
        d["low"] = json!(decimal(low, measure.decimals));
        d["high"] = json!(decimal(high, measure.decimals));
        d["flag"] = json!(if value < low {
            "L"
        } else if value > high {
            "H"
        } else {
            "N"
        });
    }

    /// Writes letters, 6.6 of an average patient; one in a hundred has bytes, so only those can be shown.
    pub(super) fn put_letters(&mut self, scribe: &mut Scribe<'_>, episodes: &[Episode]) -> io::Result<()> {
        for number in 1..=self.amount(660) {
            self.put_one_letter(scribe, episodes, number)?;
        }
        Ok(())
    }

    fn put_one_letter(&mut self, scribe: &mut Scribe<'_>, episodes: &[Episode], number: u32) -> io::Result<()> {
        let days = scribe.calendar;
        let id = format!("{}-d{number}", self.pat);
        let (kind, title, from) = *self.random.pick(&LETTERS);
        let earliest = self.earliest(3 - days.days_in_months(LETTERS_MONTHS));
        let day = self.random.between(earliest, -3);
        let published = self.random.percent(60);
        let with_bytes = self.random.percent(1);
        let linked = self.links(episodes);
        let shown = published && with_bytes && !linked.iter().any(|episode| episode.hidden);
        let mut d = json!({
            "kind": kind, "title": self.text(scribe, title, !shown), "date": days.day(day), "received": days.day(day + 1),
            "from": from, "published": published,
        });
        if published {
            d["published_at"] = json!(days.at(day + 2, 11, 0));
        }
        d["episodes"] = linked.iter().map(|episode| episode.id.as_str()).collect();
        if with_bytes {
            let text =
                self.text(scribe, "Bij controle zag ik geen afwijkingen. Zo nodig zie ik patiënt terug.", !shown);
            // No two letters of a patient have the same bytes, as in life.
            let mark = format!("Ons kenmerk: {id}");
            return scribe.put_letter(&self.pat, &id, d, &[&mark, "Geachte collega,", &text], Parts::One);
        }
        let hash: Vec<u8> = (0..4).flat_map(|_| self.random.next().to_be_bytes()).collect();
        d["mime"] = json!("application/pdf");
        d["size"] = json!(self.random.between(20_000, 120_000));
        d["sha256"] = json!(hex(&hash));
        scribe.put_for(&self.pat, T::Document, &id, &d)
    }
}

/// `decimal(74, 1)` is `7.4`.
fn decimal(value: i32, decimals: usize) -> String {
    let digits = format!("{value:0width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    if decimals == 0 { digits } else { format!("{whole}.{fraction}") }
}
