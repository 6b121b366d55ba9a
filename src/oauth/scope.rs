//! The scope of an authorization request: the practice, and nothing else (medmij-authorization §2.3).

/// Scope of Verzamelen: the MedMij name of one practice without `@medmij`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope(String);

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
        &self.0
    }
}

impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        if text.contains(' ') {
            return Err(InvalidScope::Several);
        }
        if text.starts_with("subscribe~") {
            return Err(InvalidScope::Subscription);
        }
        if text.contains('~') {
            return Err(InvalidScope::Sharing);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'&' | b'.');
        if (1..=100).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_ascii_lowercase()))
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
    fn every_other_scope_is_refused() {
        let cases = [
            ("a b", InvalidScope::Several),
            ("a onbehalfof", InvalidScope::Several),
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
