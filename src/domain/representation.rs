//! Acting for somebody else: the extension Vertegenwoordiging (medmij-authorization §9.6, release-rules §7.2).

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::time::{PartialDate, is_at_least, is_younger_than};

/// MedMij's age demand for who acts, or has somebody act by mandate (R-AG-01).
const MANDATE_FROM: i16 = 16;
/// Parental authority counts for children younger than this (R-AG-02).
const PARENTAL_BELOW: i16 = 12;

/// On what ground somebody acts for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Representation {
    /// A mandate of the represented person.
    Voluntary,
    /// Parental authority.
    Parental,
}

/// Not the name of a ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a ground of representation: voluntary or parental")]
pub struct InvalidRepresentation;

impl Representation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Voluntary, Self::Parental];

    /// As rows and the audit trail write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Voluntary => "voluntary",
            Self::Parental => "parental",
        }
    }

    /// May somebody born then be represented on this ground today? An incomplete birth date counts against it.
    pub fn admits(self, birth: PartialDate, today: Date) -> bool {
        match self {
            Self::Voluntary => is_at_least(MANDATE_FROM, birth, today),
            Self::Parental => is_younger_than(PARENTAL_BELOW, birth, today),
        }
    }
}

/// May somebody born then look at their own dossier online today (R-AG-01)?
pub fn admits_oneself(birth: PartialDate, today: Date) -> bool {
    is_at_least(MANDATE_FROM, birth, today)
}

impl FromStr for Representation {
    type Err = InvalidRepresentation;

    fn from_str(text: &str) -> Result<Self, InvalidRepresentation> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == text).ok_or(InvalidRepresentation)
    }
}

impl fmt::Display for Representation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn each_ground_has_its_ages() {
        let today = date(2026, 6, 15);
        let born = |year, month, day| PartialDate::from(date(year, month, day));
        // The vectors of release-rules §7.1.
        let cases = [
            (born(2010, 6, 15), true, true, false),
            (born(2010, 6, 16), false, false, false),
            (born(2014, 6, 15), false, false, false),
            (born(2014, 6, 16), false, false, true),
            (born(1950, 1, 1), true, true, false),
        ];
        for (birth, own, mandate, parent) in cases {
            let grounds = Representation::ALL.map(|ground| ground.admits(birth, today));
            assert_eq!((admits_oneself(birth, today), grounds), (own, [mandate, parent]), "{birth:?}");
        }
        let year = PartialDate { year: 2014, month: None, day: None };
        assert!(!Representation::Parental.admits(year, today), "might be twelve already");
        assert!(Representation::Parental.admits(PartialDate { year: 2015, ..year }, today));
    }
}
