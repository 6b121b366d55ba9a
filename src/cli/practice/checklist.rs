//! What has to be done before a practice is online, with what is done and what is open (medmij-authorization §11,
//! release-rules §13.4 row 7).

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::store::practices::PracticeEntry;

/// What only people can do; the setting `onboarding.KEY` holds the day it was done.
pub const BY_PEOPLE: [(&str, &str); 6] = [
    ("agreement", "agreement with the practice, which stays responsible for its data"),
    ("name_declaration", "declaration of the practice that it chose its MedMij name (§11.2)"),
    ("bsn_right", "right to process the BSN: entry in the UZI register (S3)"),
    ("certificate", "PKIoverheid or UZI server certificate for this practice's processing (S3)"),
    ("patients_informed", "patients are informed (S3)"),
    ("audit", "audit by a recognised auditor, within two months of going online (S3)"),
];

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
        let set = |key: &str| settings.get(key);
        let row = |is_done: bool, what: &str, done: String, open: String| Row {
            is_done,
            what: what.to_owned(),
            how: if is_done { done } else { open },
        };
        let since = set("online_access_since").and_then(|day| day.parse::<Date>().ok());
        let mut rows = vec![
            row(true, "name and URA", format!("{name}, URA {}", practice.ura), String::new()),
            row(
                practice.agb.is_some(),
                "AGB code, by which PGOs' address books find the practice",
                practice.agb.clone().unwrap_or_default(),
                format!("dvza practice change {name} --agb CODE"),
            ),
        ];
        rows.extend(BY_PEOPLE.iter().map(|(key, what)| {
            let done = set(&format!("onboarding.{key}"));
            let open = format!("dvza practice set {name} onboarding.{key}=YYYY-MM-DD");
            let open = if *key == "audit" { format!("{open}{}", audit_due(since, today)) } else { open };
            row(done.is_some(), what, done.cloned().unwrap_or_default(), open)
        }));
        let logged = |key: &str| set(key).is_some();
        rows.extend([
            row(
                logged("page.privacy_url"),
                "privacy statement, linked from the consent page",
                set("page.privacy_url").cloned().unwrap_or_default(),
                format!("dvza practice set {name} page.privacy_url=https://…"),
            ),
            row(
                logged("page.logo"),
                "logo on the pages of patients",
                "stored".to_owned(),
                format!("dvza practice logo {name} FILE"),
            ),
            row(
                practice.last.is_some(),
                "first delivery of the HIS",
                practice.last.as_ref().map(|last| last.batch.clone()).unwrap_or_default(),
                "dvza import".to_owned(),
            ),
            row(
                since.is_some_and(|day| day <= today),
                "patients may look online",
                since.map(|day| format!("since {day}")).unwrap_or_default(),
                since.map_or_else(
                    || format!("dvza practice set {name} online_access_since=YYYY-MM-DD"),
                    |day| format!("from {day} on"),
                ),
            ),
            Row {
                is_done: false,
                what: "entry on the Zorgaanbiederslijst".to_owned(),
                how: format!("hand in what dvza practice zal {name} writes; then dvza practice check {name} tells"),
            },
        ]);
        Self(rows)
    }
}

fn audit_due(since: Option<Date>, today: Date) -> String {
    let Some(due) = since.and_then(|day| day.checked_add(2.months()).ok()) else { return String::new() };
    // The day online access began may lie before the practice came to this installation.
    if due < today {
        format!(" – was due by {due}, counted from online_access_since")
    } else {
        format!(" – due by {due}")
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
            BY_PEOPLE.iter().map(|(key, _)| (format!("onboarding.{key}"), "2026-05-01".to_owned())).collect();
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
