//! What has to be done before a practice is online, with what is done and what is open, in the words of an operator; the list
//! itself is `domain::onboarding`, which the console shows too.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

use crate::domain::onboarding::{self, Item, Known, Step, checklist};
use crate::store::practices::PracticeEntry;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Is it done?
    pub is_done: bool,
    /// What it is.
    pub what: String,
    /// When it was done, or what to do.
    pub how: String,
}

/// The whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist(pub Vec<Row>);

impl Checklist {
    /// As it stands with these settings on this day.
    pub fn of(practice: &PracticeEntry, settings: &BTreeMap<String, String>, today: Date) -> Self {
        let name = practice.medmij_name.as_str();
        let known = Known {
            agb: practice.agb.as_deref(),
            delivery: practice.last.as_ref().map(|last| last.batch.as_str()),
            // What the published lists say, `practice check` tells.
            is_listed: false,
        };
        let first =
            Row { is_done: true, what: "name and URA".to_owned(), how: format!("{name}, URA {}", practice.ura) };
        let rows = checklist(known, settings, today).into_iter().map(|row| told(name, row, today));
        Self(std::iter::once(first).chain(rows).collect())
    }
}

fn told(name: &str, row: onboarding::Row, today: Date) -> Row {
    let is_done = row.done.is_some();
    let how = match row.done {
        Some(done) => match row.item {
            Item::Logo => "stored".to_owned(),
            Item::Online => format!("since {done}"),
            _ => done,
        },
        None => to_do(name, row.item, row.due, today),
    };
    Row { is_done, what: words(row.item).to_owned(), how }
}

fn words(item: Item) -> &'static str {
    match item {
        Item::Agb => "AGB code, by which PGOs' address books find the practice",
        Item::Step(Step::Agreement) => "agreement with the practice, which stays responsible for its data",
        Item::Step(Step::NameDeclaration) => "declaration of the practice that it chose its MedMij name (§11.2)",
        Item::Step(Step::BsnRight) => "right to process the BSN: entry in the UZI register (S3)",
        Item::Step(Step::Certificate) => "PKIoverheid or UZI server certificate for this practice's processing (S3)",
        Item::Step(Step::PatientsInformed) => "patients are informed (S3)",
        Item::Step(Step::Audit) => "audit by a recognised auditor, within two months of going online (S3)",
        Item::PrivacyStatement => "privacy statement, linked from the consent page",
        Item::Logo => "logo on the pages of patients",
        Item::Delivery => "first delivery of the HIS",
        Item::Online => "patients may look online",
        Item::Listed => "entry on the Zorgaanbiederslijst",
    }
}

fn to_do(name: &str, item: Item, due: Option<Date>, today: Date) -> String {
    match item {
        Item::Agb => format!("dvza practice change {name} --agb CODE"),
        Item::Step(step) => format!("dvza practice set {name} {}=YYYY-MM-DD{}", step.setting(), due_by(due, today)),
        Item::PrivacyStatement => format!("dvza practice set {name} page.privacy_url=https://…"),
        Item::Logo => format!("dvza practice logo {name} FILE"),
        Item::Delivery => "dvza import".to_owned(),
        Item::Online => due.map_or_else(
            || format!("dvza practice set {name} online_access_since=YYYY-MM-DD"),
            |day| format!("from {day} on"),
        ),
        Item::Listed => {
            format!("hand in what dvza practice zal {name} writes; then dvza practice check {name} tells")
        }
    }
}

fn due_by(due: Option<Date>, today: Date) -> String {
    match due {
        // The day online access began may lie before the practice came to this installation.
        Some(due) if due < today => format!(" – was due by {due}, counted from online_access_since"),
        Some(due) => format!(" – due by {due}"),
        None => String::new(),
    }
}

impl fmt::Display for Checklist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { is_done, what, how } in &self.0 {
            let mark = if *is_done { "done" } else { "open" };
            writeln!(f, "{mark}  {what}\n      {how}")?;
        }
        let open = self.0.iter().filter(|row| !row.is_done).count();
        writeln!(f, "{open} of {} open", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PracticeId;
    use jiff::civil::date;

    fn practice() -> PracticeEntry {
        PracticeEntry {
            id: PracticeId::from_bytes([1; 16]),
            medmij_name: "delinde@medmij".to_owned(),
            ura: "90009992".to_owned(),
            agb: None,
            display_name: "De Linde".to_owned(),
            active: true,
            last: None,
        }
    }

    fn find<'c>(list: &'c Checklist, part: &str) -> &'c Row {
        list.0.iter().find(|row| row.what.contains(part)).unwrap()
    }

    #[test]
    fn rows_are_done_when_their_evidence_is_there() {
        let empty = Checklist::of(&practice(), &BTreeMap::new(), date(2026, 6, 15));
        for part in
            ["AGB", "agreement", "BSN", "certificate", "informed", "audit", "delivery", "may look online", "logo"]
        {
            assert!(!find(&empty, part).is_done, "{part}");
        }
        let mut settings: BTreeMap<String, String> =
            Step::ALL.map(|step| (step.setting(), "2026-05-01".to_owned())).into();
        settings.insert("online_access_since".to_owned(), "2026-06-15".to_owned());
        settings.insert("page.logo".to_owned(), "1".to_owned());
        let list = Checklist::of(
            &PracticeEntry { agb: Some("01999992".to_owned()), ..practice() },
            &settings,
            date(2026, 6, 15),
        );
        for part in ["AGB", "agreement", "BSN", "certificate", "informed", "audit", "may look online", "logo"] {
            assert!(find(&list, part).is_done, "{part}");
        }
        assert!(!find(&list, "delivery").is_done && !find(&list, "Zorgaanbiederslijst").is_done);
    }

    #[test]
    fn the_audit_is_due_two_months_after_going_online() {
        let settings = [("online_access_since".to_owned(), "2026-06-15".to_owned())].into();
        let how = |today| find(&Checklist::of(&practice(), &settings, today), "audit").how.clone();
        assert!(how(date(2026, 8, 15)).contains("due by 2026-08-15"));
        assert!(how(date(2026, 8, 16)).contains("was due by 2026-08-15"));
        assert!(
            find(&Checklist::of(&practice(), &settings, date(2026, 6, 14)), "may look online")
                .how
                .contains("from 2026-06-15 on")
        );
    }
}
