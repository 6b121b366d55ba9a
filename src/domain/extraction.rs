//! What is wanted of an extraction of a practice's dossiers, and when a planned one is made (release-rules §6.5).

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// The file of a planned extraction waits so many days to be fetched.
pub const KEPT_DAYS: i32 = 7;
/// That there was one is told for so many days; the audit trail keeps it.
pub const TOLD_DAYS: i32 = 30;

/// A column of the extraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the columns of the rule sheet")]
pub enum Column {
    Number,
    Name,
    Birth,
    State,
    OpenedAt,
    OpenedBy,
    Mode,
    Linked,
    PgoCount,
    LastRetrieval,
}

impl Column {
    /// All columns, in the order of a sheet.
    pub const ALL: [Self; 10] = [
        Self::Number,
        Self::Name,
        Self::Birth,
        Self::State,
        Self::OpenedAt,
        Self::OpenedBy,
        Self::Mode,
        Self::Linked,
        Self::PgoCount,
        Self::LastRetrieval,
    ];

    /// Its name in forms and in the audit trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Birth => "birth",
            Self::State => "state",
            Self::OpenedAt => "opened_at",
            Self::OpenedBy => "opened_by",
            Self::Mode => "mode",
            Self::Linked => "linked",
            Self::PgoCount => "pgo_count",
            Self::LastRetrieval => "last_retrieval",
        }
    }
}

/// What an extraction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Every patient.
    All,
    /// Patients whose dossier is open.
    Open,
    /// Patients who are linked to a PGO.
    Linked,
    /// Nobody by name: totals of each quarter.
    Quarters,
}

impl Choice {
    /// All choices, in the order of a form.
    pub const ALL: [Self; 4] = [Self::All, Self::Open, Self::Linked, Self::Quarters];

    /// Its name in forms and in the audit trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Linked => "linked",
            Self::Quarters => "quarters",
        }
    }

    /// The choice of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == name)
    }
}

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A workbook of spreadsheet programs.
    Xlsx,
    /// Values with commas between.
    Csv,
}

impl Format {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Xlsx, Self::Csv];

    /// Its name in forms, and how such a file ends.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }

    /// The format of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// What is wanted of an extraction. Holds nothing of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// About whom.
    pub choice: Choice,
    /// Which columns; without meaning for totals.
    pub columns: Vec<Column>,
    /// In what file.
    pub format: Format,
    /// Language of heads and words: `nl` or `en`.
    pub language: String,
}

/// When a planned extraction is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The time on the clock in Europe/Amsterdam.
    pub wall: Time,
    /// Each month on this day, or on the last one of a month that is shorter; `None`: once.
    pub monthly: Option<i8>,
}

impl Schedule {
    /// The turn after that of `due` that is still to come at `now`; `None` when it was the only one.
    ///
    /// Turns that nobody was there for are left out. A time that does not exist on its day is an hour later on the clock, for
    /// nobody is there to be asked for another one (E22); of one that exists twice it is the first (E21).
    pub fn following(self, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let day = self.monthly?;
        let mut month = due.local_date().first_of_month();
        loop {
            month = month.checked_add(1.month()).ok()?;
            let at = Timestamp::of_local(on(month, day).to_datetime(self.wall));
            if at > now {
                return Some(at);
            }
        }
    }
}

fn on(month: Date, day: i8) -> Date {
    Date::new(month.year(), month.month(), day).unwrap_or_else(|_| month.last_of_month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn each_month_has_its_turn_and_a_missed_one_is_left_out() {
        let cases = [
            ("once", None, "02:30", "2026-06-15T02:30:00+02:00", "2026-06-15T02:31:00+02:00", None),
            (
                "next month",
                Some(15),
                "09:00",
                "2026-06-15T09:00:00+02:00",
                "2026-06-15T09:01:00+02:00",
                Some("2026-07-15T09:00:00+02:00"),
            ),
            (
                "a shorter month",
                Some(31),
                "09:00",
                "2026-01-31T09:00:00+01:00",
                "2026-01-31T09:01:00+01:00",
                Some("2026-02-28T09:00:00+01:00"),
            ),
            (
                "and long again",
                Some(31),
                "09:00",
                "2026-02-28T09:00:00+01:00",
                "2026-02-28T09:01:00+01:00",
                Some("2026-03-31T09:00:00+02:00"),
            ),
            (
                "after three months away",
                Some(1),
                "09:00",
                "2026-06-01T09:00:00+02:00",
                "2026-09-01T09:00:00+02:00",
                Some("2026-10-01T09:00:00+02:00"),
            ),
            (
                "a time that is not there",
                Some(29),
                "02:30",
                "2026-02-28T02:30:00+01:00",
                "2026-02-28T03:00:00+01:00",
                Some("2026-03-29T03:30:00+02:00"),
            ),
            (
                "and is itself again",
                Some(29),
                "02:30",
                "2026-03-29T03:30:00+02:00",
                "2026-03-29T03:31:00+02:00",
                Some("2026-04-29T02:30:00+02:00"),
            ),
            (
                "a time that is there twice",
                Some(25),
                "02:30",
                "2026-09-25T02:30:00+02:00",
                "2026-09-25T02:31:00+02:00",
                Some("2026-10-25T02:30:00+02:00"),
            ),
        ];
        for (name, monthly, wall, due, now, next) in cases {
            let schedule = Schedule { wall: wall.parse().unwrap(), monthly };
            assert_eq!(schedule.following(at(due), at(now)), next.map(at), "{name}");
        }
    }

    #[test]
    fn names_are_found_and_what_is_stored_reads_back() {
        assert!(Choice::ALL.into_iter().all(|choice| Choice::find(choice.as_str()) == Some(choice)));
        assert!(Format::ALL.into_iter().all(|format| Format::find(format.as_str()) == Some(format)));
        assert_eq!((Choice::find("some"), Format::find("pdf")), (None, None));
        let wanted = Wanted {
            choice: Choice::Linked,
            columns: Column::ALL.to_vec(),
            format: Format::Csv,
            language: "nl".to_owned(),
        };
        let text = serde_json::to_string(&wanted).unwrap();
        assert!(Column::ALL.into_iter().all(|column| text.contains(&format!("\"{}\"", column.as_str()))), "{text}");
        assert_eq!(serde_json::from_str::<Wanted>(&text).unwrap(), wanted);
    }
}
