//! Acting for somebody else: the extension Vertegenwoordiging (medmij-authorization §9.6, release-rules §7.2).

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::dossier::Relation;
use super::time::{PartialDate, Timestamp, is_at_least, is_younger_than};

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

/// Ages at which what was registered at the desk for a child ends: the child decides anew (R-AG-03, release-rules §7.2).
const BORDERS: [i16; 2] = [12, 16];
/// Parental roles end at this age.
const ADULT: i16 = 18;

/// Why the desk may not register a representative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskRefusal {
    /// From twelve on nobody is represented by parents without having agreed.
    ChildMustAgree,
    /// From sixteen on parents act by mandate only.
    NotAChild,
    /// A mandate is given by who is sixteen or older.
    TooYoungForMandate,
    /// A mentor or curator acts for an adult.
    NotAnAdult,
}

/// May the desk register somebody of this relation today, and until which day: the last one before the child's next border
/// (release-rules §7.2, R-AG-03)? What is registered serves the way of the copy; it opens nothing online.
///
/// # Errors
/// [`DeskRefusal`] when the age of the patient stands in the way; an incomplete birth date counts against it.
pub fn at_desk(
    relation: Relation,
    birth: PartialDate,
    child_agreed: bool,
    today: Date,
) -> Result<Option<Date>, DeskRefusal> {
    match relation {
        Relation::Parent | Relation::Guardian => {
            let Some(border) = BORDERS.into_iter().find(|years| is_younger_than(*years, birth, today)) else {
                return Err(DeskRefusal::NotAChild);
            };
            if border != BORDERS[0] && !child_agreed {
                return Err(DeskRefusal::ChildMustAgree);
            }
            Ok(birthday(border, birth).and_then(|day| day.yesterday().ok()))
        }
        Relation::Mentor | Relation::Curator if is_at_least(ADULT, birth, today) => Ok(None),
        Relation::Mentor | Relation::Curator => Err(DeskRefusal::NotAnAdult),
        Relation::Mandate if is_at_least(MANDATE_FROM, birth, today) => Ok(None),
        Relation::Mandate => Err(DeskRefusal::TooYoungForMandate),
    }
}

/// Was this said before the patient became sixteen? Who is of age asks anew (R-AG-03).
pub fn before_own_age(birth: PartialDate, at: Timestamp) -> bool {
    birthday(MANDATE_FROM, birth).is_some_and(|day| at < Timestamp::start_of_day(day))
}

/// The day on which somebody becomes this old for certain; 29 February is reached on 1 March in other years (release-rules §7.1).
fn birthday(years: i16, birth: PartialDate) -> Option<Date> {
    let latest = birth.latest();
    let year = latest.year().checked_add(years)?;
    Date::new(year, latest.month(), latest.day()).or_else(|_| Date::new(year, 3, 1)).ok()
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
    fn the_desk_registers_by_age_and_until_the_next_border() {
        use DeskRefusal::{ChildMustAgree, NotAChild, NotAnAdult, TooYoungForMandate};
        let today = date(2026, 6, 15);
        let born = |year, month, day| PartialDate::from(date(year, month, day));
        let cases = [
            (Relation::Parent, born(2014, 6, 16), false, Ok(Some(date(2026, 6, 15)))),
            (Relation::Parent, born(2014, 6, 15), false, Err(ChildMustAgree)),
            (Relation::Guardian, born(2014, 6, 15), true, Ok(Some(date(2030, 6, 14)))),
            (Relation::Parent, born(2010, 6, 16), true, Ok(Some(date(2026, 6, 15)))),
            (Relation::Parent, born(2010, 6, 15), true, Err(NotAChild)),
            (Relation::Parent, born(2012, 2, 29), true, Ok(Some(date(2028, 2, 28)))),
            (Relation::Mandate, born(2010, 6, 16), true, Err(TooYoungForMandate)),
            (Relation::Mandate, born(2010, 6, 15), false, Ok(None)),
            (Relation::Mentor, born(2008, 6, 16), false, Err(NotAnAdult)),
            (Relation::Curator, born(2008, 6, 15), false, Ok(None)),
        ];
        for (relation, birth, agreed, expected) in cases {
            assert_eq!(at_desk(relation, birth, agreed, today), expected, "{relation:?} {birth:?}");
        }
        let year = PartialDate { year: 2010, month: None, day: None };
        assert_eq!(at_desk(Relation::Mandate, year, false, today), Err(TooYoungForMandate), "might be fifteen");
    }

    #[test]
    fn what_was_said_before_the_sixteenth_birthday_is_said_anew() {
        let birth = PartialDate::from(date(2010, 6, 16));
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        assert!(before_own_age(birth, at("2026-06-15T23:59:59+02:00")));
        assert!(!before_own_age(birth, at("2026-06-16T00:00:00+02:00")));
    }

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
