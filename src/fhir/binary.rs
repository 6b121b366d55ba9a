//! The Binary resource: a document's bytes in FHIR's wrapping (fhir-data-services §4).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::FhirRelease;
use super::tree::{Json, TreeFault};

/// The member that holds the bytes.
pub const fn member(release: FhirRelease) -> &'static str {
    match release {
        FhirRelease::R4 => "data",
        FhirRelease::Stu3 => "content",
    }
}

/// The resource with the bytes it stands for; its body is stored without them.
///
/// # Errors
/// [`TreeFault`] when the body cannot be read.
pub fn with_data(release: FhirRelease, body: &[u8], bytes: &[u8]) -> Result<Vec<u8>, TreeFault> {
    let mut tree = Json::parse(body)?;
    if let Json::Object(members) = &mut tree {
        members.push((Cow::Borrowed(member(release)), Json::Text(STANDARD.encode(bytes).into())));
    }
    let mut out = Vec::with_capacity(body.len() + bytes.len() * 4 / 3 + 16);
    tree.write(&mut out);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_come_last_and_the_rest_stays_as_it_was() {
        let body = br#"{"resourceType":"Binary","contentType":"application/pdf"}"#;
        for (release, name) in [(FhirRelease::R4, "data"), (FhirRelease::Stu3, "content")] {
            let wrapped = String::from_utf8(with_data(release, body, b"%PDF-").unwrap()).unwrap();
            let expected =
                format!(r#"{{"resourceType":"Binary","contentType":"application/pdf","{name}":"JVBERi0="}}"#);
            assert_eq!(wrapped, expected);
        }
        assert!(with_data(FhirRelease::R4, b"{", b"").is_err());
    }
}
