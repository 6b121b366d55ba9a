//! The head of a definition: what it is, its canonical, and the release of FHIR that it is of.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::Told;
use crate::tree::from_xml::{FHIR, document};
use crate::version::FhirVersion;

/// The types of definition that are looked up.
const KINDS: [&str; 3] = ["StructureDefinition", "ValueSet", "CodeSystem"];

/// Type and canonical.
pub(super) type Key = (&'static str, String);

/// The head of a definition in JSON, read no further than needed.
pub(super) fn of_json(bytes: &[u8]) -> Option<(Key, Told)> {
    let mut head = Head::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // Stopping in the middle of the text is reported as an error; what was found by then is what was wanted.
    let _ = HeadSeed(&mut head).deserialize(&mut json);
    head.known()
}

/// The head of a definition in XML.
pub(super) fn of_xml(bytes: &[u8]) -> Option<(Key, Told)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let document = document(text.trim_start_matches('\u{feff}')).ok()?;
    let root = document.root_element();
    let value = |name: &str| {
        let child = root.children().find(|child| child.has_tag_name((FHIR, name)))?;
        child.attribute("value").map(str::to_owned)
    };
    let kind = Some(root.tag_name().name().to_owned()).filter(|_| root.tag_name().namespace() == Some(FHIR));
    Head { kind, url: value("url"), version: value("fhirVersion") }.known()
}

/// The release of a package, from its description.
pub(super) fn of_package(bytes: &[u8]) -> Told {
    let Ok(package) = serde_json::from_slice::<Value>(bytes) else { return Told::Nothing };
    let named = ["fhirVersions", "fhir-version-list"].into_iter().filter_map(|name| package.get(name)?.as_array());
    let versions = named.flatten().filter_map(Value::as_str);
    versions.map(|version| Told::One(FhirVersion::of(version))).fold(Told::Nothing, Told::and)
}

#[derive(Default)]
struct Head {
    kind: Option<String>,
    url: Option<String>,
    version: Option<String>,
}

impl Head {
    fn known(self) -> Option<(Key, Told)> {
        let kind = KINDS.into_iter().find(|kind| Some(*kind) == self.kind.as_deref())?;
        let told = self.version.map_or(Told::Nothing, |version| Told::One(FhirVersion::of(&version)));
        Some(((kind, self.url?), told))
    }

    /// Is all there that can be? Only a StructureDefinition has a version of FHIR.
    fn is_whole(&self) -> bool {
        let kind = self.kind.as_deref();
        kind.is_some() && self.url.is_some() && (kind != Some("StructureDefinition") || self.version.is_some())
    }
}

struct HeadSeed<'h>(&'h mut Head);

impl<'de> DeserializeSeed<'de> for HeadSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeadSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a FHIR definition")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "resourceType" => {
                    let kind: String = members.next_value()?;
                    let is_definition = KINDS.contains(&kind.as_str());
                    self.0.kind = Some(kind);
                    if !is_definition {
                        return Ok(());
                    }
                }
                "url" => self.0.url = members.next_value()?,
                "fhirVersion" => self.0.version = members.next_value()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
            if self.0.is_whole() {
                return Ok(());
            }
        }
        Ok(())
    }
}
