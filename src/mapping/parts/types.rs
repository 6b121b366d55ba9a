//! FHIR's datatypes as far as we write them, in the order of their definition: the same in every release.
//!
//! The structs borrow from the dossier and exist only until they are written. Numbers keep their digits ([`Decimal`]).

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::codes::{extension, system};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;

/// Text that is borrowed where it can be.
pub(in crate::mapping) type Text<'a> = Cow<'a, str>;

/// A resource as it is written: type, id and meta first, then its content.
#[derive(Debug, Serialize)]
pub(in crate::mapping) struct Resource<'a, T> {
    #[serde(rename = "resourceType")]
    pub kind: ResourceType,
    pub id: ResourceId,
    pub meta: Meta<'a>,
    #[serde(flatten)]
    pub content: &'a T,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::mapping) struct Meta<'a> {
    pub version_id: String,
    pub last_updated: &'a str,
    pub profile: Vec<&'static str>,
    pub tag: [Coding<'a>; 1],
}

/// A number with the digits it was delivered with: `7.40` stays `7.40`.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(in crate::mapping) struct Decimal(Box<RawValue>);

impl Decimal {
    /// Reads digits with an optional sign and fraction; leading zeros, which JSON forbids, go.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !fraction.is_none_or(is_number) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let number = match fraction {
            Some(fraction) => format!("{sign}{whole}.{fraction}"),
            None => format!("{sign}{whole}"),
        };
        RawValue::from_string(number).ok().map(Self)
    }
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Extension<'a> {
    pub url: &'static str,
    #[serde(flatten)]
    pub value: ExtensionValue<'a>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) enum ExtensionValue<'a> {
    #[serde(rename = "valueBoolean")]
    Boolean(bool),
    #[serde(rename = "valueCode")]
    Code(&'static str),
    #[serde(rename = "valueCodeableConcept")]
    Concept(CodeableConcept<'a>),
    #[serde(rename = "valueDateTime")]
    DateTime(String),
    #[serde(rename = "valueDuration")]
    Duration(Box<Quantity<'a>>),
    #[serde(rename = "valueIdentifier")]
    Identifier(Identifier<'a>),
    #[serde(rename = "valuePeriod")]
    Period(Period),
    #[serde(rename = "valueQuantity")]
    Quantity(Box<Quantity<'a>>),
    #[serde(rename = "valueReference")]
    Reference(Reference<'a>),
    #[serde(rename = "valueString")]
    String(Text<'a>),
}

impl<'a> Extension<'a> {
    pub fn new(url: &'static str, value: ExtensionValue<'a>) -> Self {
        Self { url, value }
    }

    pub fn string(url: &'static str, text: impl Into<Text<'a>>) -> Self {
        Self::new(url, ExtensionValue::String(text.into()))
    }

    pub fn concept(url: &'static str, concept: CodeableConcept<'a>) -> Self {
        Self::new(url, ExtensionValue::Concept(concept))
    }

    /// Why an element has no value (nl-core-r4-profiles §0.2, rule 6).
    pub fn absent(reason: &'static str) -> Self {
        Self::new(extension::DATA_ABSENT_REASON, ExtensionValue::Code(reason))
    }
}

/// What stands beside a primitive: the `_name` member.
#[derive(Debug, Clone, Default, Serialize)]
pub(in crate::mapping) struct Element<'a> {
    pub extension: Vec<Extension<'a>>,
}

impl<'a> From<Extension<'a>> for Element<'a> {
    fn from(extension: Extension<'a>) -> Self {
        Self { extension: vec![extension] }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Coding<'a> {
    pub system: &'static str,
    pub code: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<Text<'a>>,
}

impl<'a> Coding<'a> {
    pub fn new(system: &'static str, code: impl Into<Text<'a>>) -> Self {
        Self { system, code: code.into(), display: None }
    }

    pub fn shown(system: &'static str, code: impl Into<Text<'a>>, display: impl Into<Text<'a>>) -> Self {
        Self { system, code: code.into(), display: Some(display.into()) }
    }
}

#[derive(Debug, Clone, Default, Serialize)]
pub(in crate::mapping) struct CodeableConcept<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coding: Vec<Coding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<'a>>,
}

impl<'a> From<Coding<'a>> for CodeableConcept<'a> {
    fn from(coding: Coding<'a>) -> Self {
        Self { coding: vec![coding], ..Self::default() }
    }
}

impl<'a> CodeableConcept<'a> {
    /// Codings with the source's words.
    pub fn of(coding: Vec<Coding<'a>>, text: impl Into<Text<'a>>) -> Self {
        Self { coding, text: Some(text.into()), ..Self::default() }
    }

    /// Words alone, where no binding asks for a code.
    pub fn words(text: impl Into<Text<'a>>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Words, and the statement that the code the binding asks for is not known.
    pub fn uncoded(coding: Vec<Coding<'a>>, text: impl Into<Text<'a>>) -> Self {
        Self { extension: vec![Extension::absent("unknown")], coding, text: Some(text.into()) }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Identifier<'a> {
    pub system: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Text<'a>>,
    #[serde(rename = "_value", skip_serializing_if = "Option::is_none")]
    pub value_element: Option<Element<'a>>,
}

impl<'a> Identifier<'a> {
    pub fn new(system: &'static str, value: impl Into<Text<'a>>) -> Self {
        Self { system, value: Some(value.into()), value_element: None }
    }

    /// The citizen service number is known and never shown (fhir-data-services §1.3).
    pub fn masked_bsn() -> Self {
        Self { system: system::BSN, value: None, value_element: Some(Extension::absent("masked").into()) }
    }
}

/// A reference; its display says nothing that belongs to another item.
#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Reference<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<'a>>,
    pub display: Text<'a>,
}

impl<'a> Reference<'a> {
    pub fn to(reference: impl Into<Text<'a>>, display: impl Into<Text<'a>>) -> Self {
        Self { extension: Vec::new(), reference: Some(reference.into()), display: display.into() }
    }

    /// Somebody or something that is known by its words only.
    pub fn named(display: impl Into<Text<'a>>) -> Self {
        Self { extension: Vec::new(), reference: None, display: display.into() }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Period {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'static>>,
    pub start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

impl Period {
    pub fn of(start: String, end: Option<String>) -> Self {
        Self { extension: Vec::new(), start, end }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Quantity<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    pub value: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparator: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Text<'a>>,
}

impl<'a> Quantity<'a> {
    pub fn plain(value: Decimal, unit: Option<Text<'a>>) -> Self {
        Self { extension: Vec::new(), value, comparator: None, unit, system: None, code: None }
    }

    pub fn coded(value: Decimal, unit: impl Into<Text<'a>>, system: &'static str, code: impl Into<Text<'a>>) -> Self {
        Self { system: Some(system), code: Some(code.into()), ..Self::plain(value, Some(unit.into())) }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Annotation<'a> {
    pub text: Text<'a>,
}

#[derive(Debug, Default, Serialize)]
pub(in crate::mapping) struct HumanName<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    #[serde(rename = "use")]
    pub usage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(rename = "_family", skip_serializing_if = "Option::is_none")]
    pub family_element: Option<Element<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
    #[serde(rename = "_given", skip_serializing_if = "Vec::is_empty")]
    pub given_elements: Vec<Element<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suffix: Vec<Text<'a>>,
}

/// A narrative of one paragraph.
#[derive(Debug, Clone, Serialize)]
pub(in crate::mapping) struct Narrative {
    pub status: &'static str,
    pub div: String,
}

impl Narrative {
    /// The text as XHTML; every character that means something there is escaped.
    pub fn of(text: &str) -> Self {
        let mut div = String::with_capacity(text.len() + 64);
        div.push_str(r#"<div xmlns="http://www.w3.org/1999/xhtml">"#);
        for character in text.chars() {
            match character {
                '&' => div.push_str("&amp;"),
                '<' => div.push_str("&lt;"),
                '>' => div.push_str("&gt;"),
                '"' => div.push_str("&quot;"),
                '\n' => div.push_str("<br/>"),
                '\r' => {}
                other => div.push(other),
            }
        }
        div.push_str("</div>");
        Self { status: "generated", div }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_keeps_its_digits() {
        let cases =
            [("7.40", "7.40"), ("138", "138"), ("-0.50", "-0.50"), ("007.4", "7.4"), ("00", "0"), ("0.0", "0.0")];
        for (delivered, written) in cases {
            let decimal = Decimal::parse(delivered).unwrap();
            assert_eq!(serde_json::to_string(&decimal).unwrap(), written, "{delivered}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "-", ".5", "5.", "1e3", "1,5", "+1", "0x1", "NaN", "1.2.3", "--1", "١"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_narrative_cannot_hold_markup_of_the_source() {
        let narrative = Narrative::of("RR < 140 & \"stabiel\"\r\n<script>");
        let inner = "RR &lt; 140 &amp; &quot;stabiel&quot;<br/>&lt;script&gt;";
        assert_eq!(narrative.div, format!(r#"<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>"#));
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_that_json_reads_or_none(text in "\\PC{0,12}|-?[0-9]{0,12}[.]?[0-9]{0,8}") {
            if let Some(decimal) = Decimal::parse(&text) {
                let written = serde_json::to_string(&decimal).unwrap();
                prop_assert!(serde_json::from_str::<f64>(&written).is_ok());
            }
        }
    }
}
