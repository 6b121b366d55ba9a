//! Which format a client wants: `_format`, else `Accept` (fhir-data-services §1.1).
//!
//! PGOs send every spelling FHIR ever had; all are understood. A `fhirVersion` that is not the data service's is a
//! fault of its own, because the client is then at the wrong endpoint.

use super::FhirRelease;

/// The two forms of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// FHIR JSON.
    Json,
    /// FHIR XML.
    Xml,
}

impl Format {
    /// The media type of an answer, with its character set.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/fhir+json; charset=utf-8",
            Self::Xml => "application/fhir+xml; charset=utf-8",
        }
    }

    /// The format of a media type or of a short name for `_format`, in lower case.
    fn of(name: &str) -> Option<Self> {
        match name {
            "json" | "application/json" | "text/json" | "application/fhir+json" | "application/json+fhir" => {
                Some(Self::Json)
            }
            "xml" | "application/xml" | "text/xml" | "application/fhir+xml" | "application/xml+fhir" => Some(Self::Xml),
            _ => None,
        }
    }
}

/// Why no format fits; both are HTTP 406.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NegotiationFault {
    /// Neither FHIR JSON nor FHIR XML is acceptable.
    #[error("none of the accepted formats is FHIR JSON or FHIR XML")]
    Format,
    /// Only another FHIR release is acceptable.
    #[error("the accepted FHIR version is not the one of this data service")]
    FhirVersion,
}

/// How a Binary is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryForm {
    /// The document itself, under its own media type.
    Raw,
    /// A Binary resource around it.
    Resource(Format),
}

/// Chooses the format of an answer. `format` is the value of `_format` and wins; without either, JSON.
///
/// # Errors
/// [`NegotiationFault`] when nothing acceptable is offered.
pub fn negotiate(accept: Option<&str>, format: Option<&str>, release: FhirRelease) -> Result<Format, NegotiationFault> {
    match format.map(str::trim).filter(|format| !format.is_empty()) {
        Some(format) => by_parameter(format, release),
        None => by_header(accept.unwrap_or_default(), release),
    }
}

/// Chooses how a Binary is sent: as a resource only to who asks for a FHIR format (R4, Binary), else raw.
///
/// # Errors
/// [`NegotiationFault`] when the client accepts neither the document's media type nor a FHIR format.
pub fn negotiate_binary(
    accept: Option<&str>,
    format: Option<&str>,
    release: FhirRelease,
    media_type: &str,
) -> Result<BinaryForm, NegotiationFault> {
    let accept = accept.unwrap_or_default();
    let asks_for_fhir = format.is_some() || ranges(accept).any(|range| Format::of(&range.name).is_some());
    if asks_for_fhir {
        return negotiate(Some(accept), format, release).map(BinaryForm::Resource);
    }
    let wildcard = format!("{}/*", media_type.split('/').next().unwrap_or_default());
    let fits = |range: Range| range.quality > 0 && [media_type, &wildcard, "*/*"].contains(&range.name.as_str());
    let anything = ranges(accept).next().is_none();
    if anything || ranges(accept).any(fits) { Ok(BinaryForm::Raw) } else { Err(NegotiationFault::Format) }
}

fn by_parameter(format: &str, release: FhirRelease) -> Result<Format, NegotiationFault> {
    // An unescaped plus sign in a query arrives as a blank.
    let range = Range::parse(&format.replace("fhir json", "fhir+json").replace("fhir xml", "fhir+xml"));
    let chosen = Format::of(&range.name).ok_or(NegotiationFault::Format)?;
    if range.speaks(release) { Ok(chosen) } else { Err(NegotiationFault::FhirVersion) }
}

fn by_header(accept: &str, release: FhirRelease) -> Result<Format, NegotiationFault> {
    if ranges(accept).next().is_none() {
        return Ok(Format::Json);
    }
    let quality = |format| quality_of(format, accept, |range| range.speaks(release));
    let (json, xml) = (quality(Format::Json), quality(Format::Xml));
    if json.0 == 0 && xml.0 == 0 {
        let elsewhere = [Format::Json, Format::Xml].iter().any(|format| quality_of(*format, accept, |_| true).0 > 0);
        return Err(if elsewhere { NegotiationFault::FhirVersion } else { NegotiationFault::Format });
    }
    Ok(if xml > json { Format::Xml } else { Format::Json })
}

/// The quality the most specific range gives a format, then how early that range stands (as a number that falls).
fn quality_of(format: Format, accept: &str, counts: impl Fn(&Range) -> bool) -> (u16, isize) {
    let fitting = ranges(accept).enumerate().filter(|(_, range)| counts(range)).filter_map(|(place, range)| {
        let rank = match range.name.as_str() {
            "*/*" => 1,
            "application/*" => 2,
            name => (Format::of(name) == Some(format)).then_some(3)?,
        };
        Some((rank, (range.quality, -isize::try_from(place).ok()?)))
    });
    fitting.max().map_or((0, 0), |(_, found)| found)
}

/// One media range of an Accept header.
struct Range {
    /// In lower case.
    name: String,
    /// In thousandths.
    quality: u16,
    fhir_version: Option<String>,
}

impl Range {
    fn parse(text: &str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut range = Self { name, quality: 1000, fhir_version: None };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => range.quality = quality(value),
                "fhirversion" => range.fhir_version = Some(value.to_owned()),
                _ => {}
            }
        }
        range
    }

    fn speaks(&self, release: FhirRelease) -> bool {
        self.fhir_version.as_deref().is_none_or(|asked| publication(asked) == publication(release.version()))
    }
}

/// The first two numbers of a version: `3.0`, `3.0.1` and `3.0.2` are STU3.
fn publication(version: &str) -> (Option<&str>, Option<&str>) {
    let mut numbers = version.trim().split('.');
    (numbers.next(), numbers.next())
}

fn ranges(accept: &str) -> impl Iterator<Item = Range> {
    accept.split(',').filter(|text| !text.trim().is_empty()).map(Range::parse)
}

/// `0.75` in thousandths; anything unreadable counts as 1.
fn quality(text: &str) -> u16 {
    match text.split_once('.').unwrap_or((text, "")) {
        ("0", digits) if digits.len() <= 3 => format!("{digits:0<3}").parse().unwrap_or(1000),
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_gives_its_format() {
        let cases = [
            (None, None, Ok(Format::Json)),
            (Some(""), None, Ok(Format::Json)),
            (Some("*/*"), None, Ok(Format::Json)),
            (Some("application/*"), None, Ok(Format::Json)),
            (Some("application/fhir+json"), None, Ok(Format::Json)),
            (Some("application/fhir+xml"), None, Ok(Format::Xml)),
            (Some("Application/FHIR+XML; charset=utf-8"), None, Ok(Format::Xml)),
            (Some("application/json+fhir; fhirVersion=4.0"), None, Ok(Format::Json)),
            (Some("application/xml+fhir;fhirVersion=\"4.0.1\""), None, Ok(Format::Xml)),
            (Some("application/json"), None, Ok(Format::Json)),
            (Some("text/xml"), None, Ok(Format::Xml)),
            (Some("text/html, application/xhtml+xml, */*;q=0.8"), None, Ok(Format::Json)),
            (Some("application/fhir+json;q=0.5, application/fhir+xml"), None, Ok(Format::Xml)),
            (Some("application/fhir+xml, application/fhir+json"), None, Ok(Format::Xml)),
            (Some("application/fhir+json, application/fhir+xml"), None, Ok(Format::Json)),
            (Some("application/fhir+json;q=0, */*"), None, Ok(Format::Xml)),
            (
                Some("application/fhir+json;fhirVersion=3.0, application/fhir+xml;fhirVersion=4.0"),
                None,
                Ok(Format::Xml),
            ),
            (Some("text/html"), None, Err(NegotiationFault::Format)),
            (Some("application/fhir+json;q=0"), None, Err(NegotiationFault::Format)),
            (Some("application/pdf"), None, Err(NegotiationFault::Format)),
            (Some("application/fhir+json; fhirVersion=3.0"), None, Err(NegotiationFault::FhirVersion)),
            (Some("application/fhir+xml"), Some("json"), Ok(Format::Json)),
            (Some("text/html"), Some("application/fhir xml"), Ok(Format::Xml)),
            (None, Some("application/fhir+json"), Ok(Format::Json)),
            (None, Some("text/turtle"), Err(NegotiationFault::Format)),
            (None, Some("application/fhir+json; fhirVersion=3.0"), Err(NegotiationFault::FhirVersion)),
            (Some("application/fhir+xml"), Some(""), Ok(Format::Xml)),
        ];
        for (accept, format, expected) in cases {
            assert_eq!(negotiate(accept, format, FhirRelease::R4), expected, "{accept:?} {format:?}");
        }
        for (version, speaks) in [("3.0", true), ("3.0.1", true), ("3.0.2", true), ("3", false), ("4.0", false)] {
            let accept = format!("application/json+fhir; fhirVersion={version}");
            assert_eq!(negotiate(Some(&accept), None, FhirRelease::Stu3).is_ok(), speaks, "{version}");
        }
    }

    #[test]
    fn a_document_is_sent_raw_unless_fhir_is_asked_for() {
        let cases = [
            (None, None, Ok(BinaryForm::Raw)),
            (Some("*/*"), None, Ok(BinaryForm::Raw)),
            (Some("application/pdf"), None, Ok(BinaryForm::Raw)),
            (Some("application/*"), None, Ok(BinaryForm::Raw)),
            (Some("application/fhir+xml"), None, Ok(BinaryForm::Resource(Format::Xml))),
            (Some("application/pdf"), Some("json"), Ok(BinaryForm::Resource(Format::Json))),
            (Some("text/html"), None, Err(NegotiationFault::Format)),
            (Some("application/pdf;q=0"), None, Err(NegotiationFault::Format)),
        ];
        for (accept, format, expected) in cases {
            let form = negotiate_binary(accept, format, FhirRelease::R4, "application/pdf");
            assert_eq!(form, expected, "{accept:?} {format:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(accept in ".{0,60}", format in proptest::option::of(".{0,30}")) {
            let _ = negotiate(Some(&accept), format.as_deref(), FhirRelease::R4);
            let _ = negotiate_binary(Some(&accept), format.as_deref(), FhirRelease::R4, "application/pdf");
        }
    }
}
