//! The scope of an authorization request: the practice, and nothing else (medmij-authorization §2.3).

use std::fmt;

use crate::domain::representation::Representation;

/// Scope of Verzamelen: the MedMij name of one practice without `@medmij`, in lower case; with the extension
/// Vertegenwoordiging also on what ground somebody acts for another (ext.vert.authint.200).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    name: String,
    representation: Option<Representation>,
}

/// Why a scope is not one of Verzamelen. To the PGO every variant is `invalid_scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// More than one value.
    #[error("more than one scope value")]
    Several,
    /// `name~id`: Delen, which is not offered.
    #[error("a scope of Delen, which is not offered")]
    Sharing,
    /// `subscribe~days/name~id`: Abonneren, which is not offered.
    #[error("a scope of Abonneren, which is not offered")]
    Subscription,
    /// Not a name.
    #[error("not the name of a provider")]
    NotAName,
}

impl Scope {
    /// The name, without suffix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// On what ground somebody acts for another; whether that is offered is not asked here.
    pub const fn representation(&self) -> Option<Representation> {
        self.representation
    }
}

/// The word that asks for representation.
const fn word(ground: Representation) -> &'static str {
    match ground {
        Representation::Voluntary => "onbehalfof",
        Representation::Parental => "onbehalfofchild",
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.representation.map_or(Ok(()), |ground| write!(f, " {}", word(ground)))
    }
}

impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let (name, representation) = match text.split_once(' ') {
            None => (text, None),
            Some((name, asked)) => {
                let ground = Representation::ALL.into_iter().find(|ground| word(*ground) == asked);
                (name, Some(ground.ok_or(InvalidScope::Several)?))
            }
        };
        if name.starts_with("subscribe~") {
            return Err(InvalidScope::Subscription);
        }
        if name.contains('~') {
            return Err(InvalidScope::Sharing);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'&' | b'.');
        if (1..=100).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self { name: name.to_ascii_lowercase(), representation })
        } else {
            Err(InvalidScope::NotAName)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_a_scope() {
        for (text, name) in [("huisartsdelinde", "huisartsdelinde"), ("a&b.c-d1", "a&b.c-d1"), ("DeLinde", "delinde")] {
            assert_eq!(text.parse::<Scope>().unwrap().name(), name);
        }
    }

    #[test]
    fn acting_for_another_is_a_second_word() {
        for (text, ground) in [
            ("a", None),
            ("a onbehalfof", Some(Representation::Voluntary)),
            ("a onbehalfofchild", Some(Representation::Parental)),
        ] {
            let scope: Scope = text.parse().unwrap();
            assert_eq!((scope.name(), scope.representation(), scope.to_string().as_str()), ("a", ground, text));
        }
    }

    #[test]
    fn every_other_scope_is_refused() {
        let cases = [
            ("a b", InvalidScope::Several),
            ("a onbehalfof onbehalfofchild", InvalidScope::Several),
            ("a OnBehalfOf", InvalidScope::Several),
            ("onbehalfof a", InvalidScope::Several),
            ("a~48 onbehalfof", InvalidScope::Sharing),
            ("a~48 a~49", InvalidScope::Several),
            (" a", InvalidScope::Several),
            ("a~53", InvalidScope::Sharing),
            ("subscribe~30/a~49", InvalidScope::Subscription),
            ("", InvalidScope::NotAName),
            ("a@medmij", InvalidScope::NotAName),
            ("a/b", InvalidScope::NotAName),
            ("a\u{e9}", InvalidScope::NotAName),
        ];
        for (text, reason) in cases {
            assert_eq!(text.parse::<Scope>(), Err(reason), "{text}");
        }
    }
}
