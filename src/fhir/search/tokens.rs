//! Token conditions: `code`, `system|code`, `system|`, `|code`, and the spellings of a system that mean the same.

use std::borrow::Cow;

use super::values::SearchValue;

const SNOMED: &str = "http://snomed.info/sct";
const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// What a condition says about the code system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemPart {
    /// Nothing: `code`.
    Any,
    /// There is none: `|code`.
    Absent,
    /// This one, in its canonical spelling: `http:`, no final slash, the name R4 gives it.
    Is(String),
}

/// One token condition of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFilter {
    /// The code system.
    pub system: SystemPart,
    /// The code; `None` for `system|`, any code of the system.
    pub code: Option<String>,
    /// A value without system counts as one of this system: the element is a plain `code` whose system R4 fixes.
    implied: bool,
}

impl TokenFilter {
    /// Reads one alternative, escapes still in it; `implied` is the fixed system of the element, if it has one.
    /// `None` when nothing is asked for (`""`, `"|"`) or a bar or escape is misplaced.
    pub fn parse(text: &str, implied: Option<&str>) -> Option<Self> {
        let mut parts = split(text, '|')?.into_iter();
        let (first, second) = (parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let (system, code) = match second {
            None => (SystemPart::Any, first),
            Some(code) if first.is_empty() => (SystemPart::Absent, code),
            Some(code) => (SystemPart::Is(canonical_system(&first).into_owned()), code),
        };
        if code.is_empty() && !matches!(system, SystemPart::Is(_)) {
            return None;
        }
        let implied = implied.is_some_and(|own| system == SystemPart::Is(canonical_system(own).into_owned()));
        Some(Self { system, code: (!code.is_empty()).then_some(code), implied })
    }

    /// Does a resource with this value answer the condition?
    pub fn hits(&self, value: &SearchValue) -> bool {
        let SearchValue::Token { system, code } = value else { return false };
        let in_system = match &self.system {
            SystemPart::Any => true,
            SystemPart::Absent => system.is_none(),
            SystemPart::Is(asked) => system.as_deref().map_or(self.implied, |own| own == asked),
        };
        in_system && (self.code.is_none() || self.code.as_deref() == code.as_deref())
    }

    /// The same question asked with the codes that mean the same elsewhere (see [`SAME_CATEGORY`]).
    pub(super) fn synonyms(&self) -> Vec<Self> {
        let Some(asked) = self.code.as_deref() else { return Vec::new() };
        let row = SAME_CATEGORY.iter().find(|row| row.iter().any(|(system, code)| self.names(system, code, asked)));
        let others = row.into_iter().flat_map(|row| row.iter()).filter(|(_, code)| *code != asked);
        others
            .map(|(system, code)| Self {
                system: SystemPart::Is(canonical_system(system).into_owned()),
                code: Some((*code).to_owned()),
                implied: false,
            })
            .collect()
    }

    fn names(&self, system: &str, code: &str, asked: &str) -> bool {
        let in_system = match &self.system {
            SystemPart::Any => true,
            SystemPart::Absent => false,
            SystemPart::Is(own) => *own == canonical_system(system),
        };
        in_system && code == asked
    }
}

/// Categories that changed their code between the editions PGOs use (fhir-data-services §2, §3, §7.2): medication
/// agreements, medication use, laboratory results, treatment and advance directives.
const SAME_CATEGORY: &[&[(&str, &str)]] = &[
    &[(SNOMED, "33633005"), (SNOMED, "16076005")],
    &[(OBSERVATION_CATEGORY, "laboratory"), (SNOMED, "49581000146104"), (SNOMED, "275711006")],
    &[(SNOMED, "422979000"), ("urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3", "6")],
    &[(SNOMED, "129125009"), (SNOMED, "11291000146105")],
    &[("http://terminology.hl7.org/CodeSystem/consentcategorycodes", "acd"), (SNOMED, "11341000146107")],
];

/// Spellings of a system beside its canonical one: those of STU3, and the OIDs.
const SAME_SYSTEM: &[(&str, &str)] = &[
    ("http://hl7.org/fhir/observation-category", OBSERVATION_CATEGORY),
    ("http://hl7.org/fhir/condition-clinical", "http://terminology.hl7.org/CodeSystem/condition-clinical"),
    (
        "http://hl7.org/fhir/allergy-clinical-status",
        "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
    ),
    ("urn:oid:2.16.840.1.113883.6.96", SNOMED),
    ("urn:oid:2.16.840.1.113883.6.1", "http://loinc.org"),
    ("urn:oid:2.16.840.1.113883.2.4.4.31.1", "http://hl7.org/fhir/sid/icpc-1-nl"),
    ("urn:oid:2.16.840.1.113883.2.4.4.30.14", "http://referentiemodel.nhg.org/tabellen/nhg-tabel-14-contactwijze"),
    (
        "urn:oid:2.16.840.1.113883.2.4.4.30.45",
        "http://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen",
    ),
];

/// One spelling for every way a system is written: `http:`, no final slash, R4's name for STU3's.
pub(super) fn canonical_system(system: &str) -> Cow<'_, str> {
    let system = system.strip_suffix('/').unwrap_or(system);
    let system = match system.strip_prefix("https://") {
        Some(rest) => Cow::Owned(format!("http://{rest}")),
        None => Cow::Borrowed(system),
    };
    if let Some(name) = system.strip_prefix("http://hl7.org/fhir/v3/") {
        return Cow::Owned(format!("http://terminology.hl7.org/CodeSystem/v3-{name}"));
    }
    match SAME_SYSTEM.iter().find(|(other, _)| *other == system) {
        Some((_, canonical)) => Cow::Borrowed(canonical),
        None => system,
    }
}

/// Splits at a separator that is not escaped by a backslash, and takes the escapes away. `None` when a backslash
/// stands before anything but `\`, `,`, `|` or `$`.
fn split(text: &str, separator: char) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == separator {
            parts.push(String::new());
            continue;
        }
        let plain = if c == '\\' { chars.next().filter(|next| "\\,|$".contains(*next))? } else { c };
        parts.last_mut()?.push(plain);
    }
    Some(parts)
}

/// The alternatives of a parameter value: split at commas, escapes kept for [`TokenFilter::parse`].
pub(super) fn alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (i, byte) in text.bytes().enumerate() {
        if byte == b',' && !escaped {
            parts.push(&text[start..i]);
            start = i + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(system: &str, code: &str) -> SearchValue {
        SearchValue::token((!system.is_empty()).then_some(system), Some(code))
    }

    #[test]
    fn token_forms_hit_what_they_name() {
        let nhg = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen";
        let category = "http://hl7.org/fhir/allergy-intolerance-category";
        let cases = [
            ("code alone, any system", "1744", value(nhg, "1744"), true),
            ("system and code", "http://loinc.org|8480-6", value("http://loinc.org", "8480-6"), true),
            ("code of another system", "http://loinc.org|1744", value(nhg, "1744"), false),
            ("any code of a system", &format!("{nhg}|"), value(nhg, "1744"), true),
            ("results are another system", &format!("{nhg}|"), value(&format!("{nhg}#resultaten"), "1744"), false),
            ("no system wanted", "|active", value("", "active"), true),
            ("no system wanted, one there", "|active", value("http://x", "active"), false),
            ("the element's own system", &format!("{category}|medication"), value("", "medication"), true),
            ("another system than the element's", "http://x|medication", value("", "medication"), false),
            ("codes are case-sensitive", "imp", value("http://x", "IMP"), false),
            (
                "STU3 spelling",
                "http://hl7.org/fhir/v3/ActCode|AMB",
                value("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"),
                true,
            ),
            ("http for https", &format!("{}|", nhg.replace("https", "http")), value(nhg, "x"), true),
            ("OID spelling", "urn:oid:2.16.840.1.113883.2.4.4.30.45|1744", value(nhg, "1744"), true),
            ("escaped bar", "a\\|b", value("", "a|b"), true),
        ];
        for (name, asked, value, expected) in cases {
            let filter = TokenFilter::parse(asked, Some(category)).unwrap();
            assert_eq!(filter.hits(&value), expected, "{name}");
        }
    }

    #[test]
    fn what_asks_for_nothing_is_refused() {
        for text in ["", "|", "a|b|c", "a\\", "a\\x"] {
            assert_eq!(TokenFilter::parse(text, None), None, "{text}");
        }
    }

    #[test]
    fn medication_agreements_have_two_codes_that_mean_the_same() {
        for (asked, other) in [("16076005", "33633005"), ("33633005", "16076005")] {
            let filter = TokenFilter::parse(&format!("{SNOMED}|{asked}"), None).unwrap();
            let synonyms = filter.synonyms();
            assert_eq!(synonyms.len(), 1);
            assert!(synonyms[0].hits(&value(SNOMED, other)));
        }
        assert_eq!(TokenFilter::parse("http://x|33633005", None).unwrap().synonyms(), []);
        assert_eq!(TokenFilter::parse(&format!("{SNOMED}|"), None).unwrap().synonyms(), []);
    }

    #[test]
    fn commas_separate_unless_escaped() {
        assert_eq!(alternatives("a,b\\,c,,\\\\,d"), ["a", "b\\,c", "", "\\\\", "d"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,40}") {
            for part in alternatives(&text) {
                let _ = TokenFilter::parse(part, Some("http://x")).map(|filter| filter.synonyms());
            }
        }

        #[test]
        fn a_canonical_system_stays_itself(system in "(https?|urn)[:/a-z.0-9]{0,30}/?") {
            let once = canonical_system(&system).into_owned();
            prop_assert!(once.ends_with('/') || canonical_system(&once) == once);
        }
    }
}
