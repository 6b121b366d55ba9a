//! What has to be arranged before a practice is online (medmij-authorization §11, release-rules §13.4 rows 7 and 9).
//!
//! The command line and the console print the same list, each in its own words.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

/// What only people can do; the setting `onboarding.NAME` holds the day it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Agreement with the practice, which stays responsible for its data.
    Agreement,
    /// Declaration of the practice that it chose its MedMij name.
    NameDeclaration,
    /// Right to process the BSN: entry in the UZI register.
    BsnRight,
    /// Server certificate for this practice's processing.
    Certificate,
    /// Patients are informed.
    PatientsInformed,
    /// Audit by a recognised auditor, within two months of going online.
    Audit,
}

impl Step {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 6] = [
        Self::Agreement,
        Self::NameDeclaration,
        Self::BsnRight,
        Self::Certificate,
        Self::PatientsInformed,
        Self::Audit,
    ];

    /// Its name in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::NameDeclaration => "name_declaration",
            Self::BsnRight => "bsn_right",
            Self::Certificate => "certificate",
            Self::PatientsInformed => "patients_informed",
            Self::Audit => "audit",
        }
    }

    /// The step of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == name)
    }

    /// The setting with the day it was done.
    pub fn setting(self) -> String {
        format!("onboarding.{}", self.as_str())
    }
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// An AGB code, by which address books find the practice.
    Agb,
    /// What people do.
    Step(Step),
    /// A privacy statement, linked from the consent page.
    PrivacyStatement,
    /// A logo on the pages of patients.
    Logo,
    /// The first delivery of the HIS.
    Delivery,
    /// Patients may look online.
    Online,
    /// The entry on the Zorgaanbiederslijst.
    Listed,
}

/// How a row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub item: Item,
    /// What shows that it is done, a day for most rows; `None`: open.
    pub done: Option<String>,
    /// The day by which it must be done, or on which it will be.
    pub due: Option<Date>,
}

/// What is known of a practice beside its settings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Its AGB code.
    pub agb: Option<&'a str>,
    /// The last delivery that was taken.
    pub delivery: Option<&'a str>,
    /// The lists in use name it.
    pub is_listed: bool,
}

/// The list as it stands with these settings on this day.
pub fn checklist(known: Known<'_>, settings: &BTreeMap<String, String>, today: Date) -> Vec<Row> {
    let set = |key: &str| settings.get(key).cloned();
    let row = |item, done| Row { item, done, due: None };
    let since = set("online_access_since").and_then(|day| day.parse::<Date>().ok());
    let mut rows = vec![row(Item::Agb, known.agb.map(str::to_owned))];
    rows.extend(Step::ALL.map(|step| {
        let due = if step == Step::Audit { audit_due(since) } else { None };
        Row { item: Item::Step(step), done: set(&step.setting()), due }
    }));
    let online = since.filter(|day| *day <= today).map(|day| day.to_string());
    rows.extend([
        row(Item::PrivacyStatement, set("page.privacy_url")),
        row(Item::Logo, set("page.logo")),
        row(Item::Delivery, known.delivery.map(str::to_owned)),
        Row { item: Item::Online, done: online, due: since },
        row(Item::Listed, known.is_listed.then(|| "ZAL".to_owned())),
    ]);
    rows
}

/// The day online access began may lie before the practice came to this installation; then it has passed.
fn audit_due(since: Option<Date>) -> Option<Date> {
    since.and_then(|day| day.checked_add(2.months()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_row_is_done_when_what_shows_it_is_there() {
        let today = date(2026, 6, 15);
        let empty = checklist(Known::default(), &BTreeMap::new(), today);
        assert!(empty.iter().all(|row| row.done.is_none() && row.due.is_none()), "{empty:?}");
        let mut settings: BTreeMap<String, String> =
            Step::ALL.map(|step| (step.setting(), "2026-05-01".to_owned())).into();
        for (key, value) in
            [("online_access_since", "2026-06-15"), ("page.logo", "1"), ("page.privacy_url", "https://x")]
        {
            settings.insert(key.to_owned(), value.to_owned());
        }
        let known = Known { agb: Some("01999992"), delivery: Some("b1"), is_listed: true };
        let full = checklist(known, &settings, today);
        assert_eq!(full.len(), empty.len());
        assert!(full.iter().all(|row| row.done.is_some()), "{full:?}");
    }

    #[test]
    fn going_online_has_its_day_and_the_audit_follows_within_two_months() {
        let settings = [("online_access_since".to_owned(), "2026-06-15".to_owned())].into();
        let row = |item: Item, today| {
            let rows = checklist(Known::default(), &settings, today);
            rows.into_iter().find(|row| row.item == item).unwrap()
        };
        assert_eq!(row(Item::Step(Step::Audit), date(2026, 6, 1)).due, Some(date(2026, 8, 15)));
        assert_eq!(row(Item::Online, date(2026, 6, 14)).done, None);
        assert_eq!(row(Item::Online, date(2026, 6, 15)).done.as_deref(), Some("2026-06-15"));
    }

    #[test]
    fn a_step_is_found_by_its_name() {
        assert!(Step::ALL.into_iter().all(|step| Step::find(step.as_str()) == Some(step)));
        assert_eq!(Step::find("logo"), None);
    }
}
