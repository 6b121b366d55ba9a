//! Who logged in, as a means of login knows them: by citizen service number, or by a pseudonym of its own.

use std::fmt;

use zeroize::Zeroizing;

use super::bsn::Bsn;

/// The longest pseudonym, in characters (OpenID Connect Core §2: `sub`).
const MAX_PSEUDONYM: usize = 255;

/// Who logged in. `Debug` shows neither number nor pseudonym.
#[derive(Clone, PartialEq, Eq)]
pub enum Person {
    /// By citizen service number.
    Bsn(Bsn),
    /// By a pseudonym that one provider gives to one installation, and nobody else knows (a pairwise subject).
    Pseudonym(Pseudonym),
}

/// A pairwise subject of one provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Pseudonym(Zeroizing<String>);

/// Text that cannot be a pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a pseudonym: 1 to 255 printable ASCII characters")]
pub struct InvalidPseudonym;

impl Pseudonym {
    /// The pseudonym that this provider gives.
    ///
    /// # Errors
    /// [`InvalidPseudonym`] when the text has another form.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, InvalidPseudonym> {
        let fits = (1..=MAX_PSEUDONYM).contains(&subject.len()) && subject.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(Zeroizing::new(format!("{issuer} {subject}")))) } else { Err(InvalidPseudonym) }
    }

    /// Provider and subject: for a keyed hash, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Person {
    /// The number, when that is how they are known.
    pub fn bsn(&self) -> Option<&Bsn> {
        match self {
            Self::Bsn(bsn) => Some(bsn),
            Self::Pseudonym(_) => None,
        }
    }
}

impl From<Bsn> for Person {
    fn from(bsn: Bsn) -> Self {
        Self::Bsn(bsn)
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_belongs_to_its_provider_and_shows_nothing() {
        let one = Pseudonym::new("https://een.nl", "abc").unwrap();
        assert_ne!(one, Pseudonym::new("https://twee.nl", "abc").unwrap());
        for bad in ["", "a b", "\u{e9}", &"x".repeat(256)] {
            assert_eq!(Pseudonym::new("https://een.nl", bad), Err(InvalidPseudonym), "{bad}");
        }
        assert!(!format!("{one:?} {:?}", Person::Pseudonym(one.clone())).contains("abc"));
    }
}
