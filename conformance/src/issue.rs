//! What a check found: one place, one rule, one reason.
//!
//! An issue quotes paths, rules and codes, never texts, names or identifiers: reports may be shared and logged.

use std::fmt;

/// How much an issue weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It does not conform.
    Error,
    /// It conforms, against advice.
    Warning,
    /// It could not be decided with the definitions at hand.
    Note,
}

/// The kind of rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The JSON or XML itself.
    Form,
    /// An element that the type does not have.
    UnknownElement,
    /// The value of a primitive does not have the form of its type.
    Format,
    /// Too few or too many.
    Cardinality,
    /// Another type than is allowed here.
    Type,
    /// The one value that is allowed here.
    Fixed,
    /// A value that must be part of what is here.
    Pattern,
    /// A code outside the value set.
    Binding,
    /// Slices: closed, in order, or by their own rules.
    Slicing,
    /// An extension that is unknown, misplaced or not as defined.
    Extension,
    /// A reference that leads nowhere or to another type.
    Reference,
    /// A constraint in FHIRPath.
    Invariant,
    /// Smallest, largest or longest value.
    Range,
    /// A profile that is claimed and cannot be judged.
    Profile,
    /// How the entries of a Bundle hang together.
    Bundle,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Form => "form",
            Self::UnknownElement => "unknown-element",
            Self::Format => "format",
            Self::Cardinality => "cardinality",
            Self::Type => "type",
            Self::Fixed => "fixed",
            Self::Pattern => "pattern",
            Self::Binding => "binding",
            Self::Slicing => "slicing",
            Self::Extension => "extension",
            Self::Reference => "reference",
            Self::Invariant => "invariant",
            Self::Range => "range",
            Self::Profile => "profile",
            Self::Bundle => "bundle",
        };
        f.write_str(name)
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Issue {
    /// How much it weighs.
    pub severity: Severity,
    /// Path from the resource, with indices.
    pub path: String,
    /// The kind of rule.
    pub rule: Rule,
    /// Why, in words; names the profile, slice, key or code that it is about.
    pub reason: String,
}

impl Issue {
    /// An issue of severity error.
    pub fn error(path: impl Into<String>, rule: Rule, reason: impl Into<String>) -> Self {
        Self { severity: Severity::Error, path: path.into(), rule, reason: reason.into() }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(f, "{severity} {}: {}: {}", self.path, self.rule, self.reason)
    }
}

/// A foreign name as it may be quoted: only when it looks like a name of FHIR.
pub(crate) fn quotable(name: &str) -> &str {
    let is_plain = name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b'[' | b']'));
    if is_plain && name.len() <= 48 && !name.bytes().all(|c| c.is_ascii_digit()) { name } else { "(unprintable name)" }
}
