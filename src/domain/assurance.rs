//! How sure a login is: the levels of DigiD.

use std::fmt;
use std::str::FromStr;

/// Level of assurance of a login, lowest first (medmij-authorization §9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Name and password.
    Basis,
    /// With a second factor.
    Midden,
    /// With an identity document checked once: the floor for GP care (release-rules R-ID-01).
    Substantieel,
    /// With an identity document at every login.
    Hoog,
}

/// Not the name of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a level: basis, midden, substantieel or hoog")]
pub struct InvalidLevel;

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::Basis, Self::Midden, Self::Substantieel, Self::Hoog];

    /// The name, as settings, forms and rows write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basis => "basis",
            Self::Midden => "midden",
            Self::Substantieel => "substantieel",
            Self::Hoog => "hoog",
        }
    }
}

impl FromStr for Level {
    type Err = InvalidLevel;

    fn from_str(text: &str) -> Result<Self, InvalidLevel> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(InvalidLevel)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_read_back() {
        assert!(Level::ALL.is_sorted());
        for level in Level::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
        }
        assert_eq!("Hoog".parse::<Level>(), Err(InvalidLevel));
    }
}
