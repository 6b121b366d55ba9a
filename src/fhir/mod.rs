//! FHIR as far as dvza speaks it: resource types, search, bundles, XML, OperationOutcome, capabilities.
//!
//! Pure: values in, values out. What a resource says is `mapping`; who may see it is `domain::release`; the
//! requests themselves arrive in `http::back`. Rules and requests: fhir-data-services §1, §4, §10.

pub mod binary;
pub mod bundle;
pub mod capability;
pub mod catalogue;
pub mod links;
pub mod model;
pub mod negotiate;
pub mod outcome;
pub mod placeholders;
pub mod search;
pub mod tree;
pub mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::dossier::FedRelease;

macro_rules! resource_types {
    ($($name:ident),+ $(,)?) => {
        /// The resource types dvza serves.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "the names are FHIR's own")]
        pub enum ResourceType {
            $($name),+
        }

        impl ResourceType {
            /// Every type, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// FHIR's name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }

            /// Reads FHIR's name; case matters.
            pub fn find(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
            }
        }
    };
}

resource_types!(
    AllergyIntolerance,
    Appointment,
    Binary,
    CarePlan,
    CareTeam,
    Composition,
    Condition,
    Consent,
    Coverage,
    Device,
    DeviceRequest,
    DeviceUseStatement,
    DiagnosticReport,
    DocumentManifest,
    DocumentReference,
    Encounter,
    EpisodeOfCare,
    Flag,
    Goal,
    Immunization,
    ImmunizationRecommendation,
    Location,
    Media,
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    NutritionOrder,
    Observation,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Procedure,
    ProcedureRequest,
    RelatedPerson,
    ServiceRequest,
    Specimen,
);

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The naming system of the citizen service number: the URI that is written (fhir-data-services §1.3), and the OID that
/// means the same.
pub const BSN_SYSTEMS: [&str; 2] = ["http://fhir.nl/fhir/NamingSystem/bsn", "urn:oid:2.16.840.1.113883.2.4.6.3"];

/// Is it the naming system of the citizen service number, however it is spelled?
pub fn is_bsn_system(system: &str) -> bool {
    let plain = |system: &str| {
        let system = system.trim().trim_end_matches('/').to_ascii_lowercase();
        let schemes = ["http://", "https://", "urn:oid:"];
        schemes.iter().find_map(|scheme| system.strip_prefix(scheme).map(str::to_owned)).unwrap_or(system)
    };
    let system = plain(system);
    BSN_SYSTEMS.iter().any(|known| plain(known) == system)
}

/// The FHIR release a data service speaks; part of the service, not of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FhirRelease {
    /// R4, 4.0.1.
    R4,
    /// STU3, 3.0.2.
    #[serde(rename = "STU3")]
    Stu3,
}

impl From<FedRelease> for FhirRelease {
    fn from(release: FedRelease) -> Self {
        match release {
            FedRelease::R4 => Self::R4,
            FedRelease::Stu3 => Self::Stu3,
        }
    }
}

/// Releases something is made for.
pub type Releases = BTreeSet<FhirRelease>;

/// What was made for each release.
pub type Faces<T> = BTreeMap<FhirRelease, T>;

impl FhirRelease {
    /// Every release.
    pub const ALL: [Self; 2] = [Self::R4, Self::Stu3];

    /// As the database stores it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::R4 => "r4",
            Self::Stu3 => "stu3",
        }
    }

    /// FHIR's own name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::R4 => "R4",
            Self::Stu3 => "STU3",
        }
    }

    /// The elements of its types.
    pub fn model(self) -> &'static model::Model {
        match self {
            Self::R4 => &model::R4,
            Self::Stu3 => &model::STU3,
        }
    }

    /// FHIR's own version number.
    pub const fn version(self) -> &'static str {
        match self {
            Self::R4 => "4.0.1",
            Self::Stu3 => "3.0.2",
        }
    }
}

/// Reference data for tests that is not part of the project.
#[cfg(test)]
pub(crate) mod shared {
    use std::path::PathBuf;

    /// The folder with this name, or `None` (said once per test) where it is not at hand.
    pub(crate) fn folder(name: &str) -> Option<PathBuf> {
        let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
        let folder = std::env::var_os("DVZA_SHARED").map_or_else(default, PathBuf::from).join(name);
        if folder.is_dir() {
            return Some(folder);
        }
        println!("skipped: reference data {name} is not here (set DVZA_SHARED)");
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{shared, tree::Json, xml};

    /// White space outside strings is not part of a JSON document.
    fn without_space(text: &str) -> String {
        let (mut out, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
        for c in text.chars() {
            if quoted || !c.is_ascii_whitespace() {
                out.push(c);
            }
            quoted ^= c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
        }
        out
    }

    #[test]
    fn official_examples_come_back_as_they_were_and_become_well_formed_xml() {
        let Some(folder) = shared::folder("fhir/nl-core-r4/examples") else { return };
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let tree = Json::parse(text.as_bytes()).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            let mut out = Vec::new();
            tree.write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), without_space(&text), "{}", path.display());
            let xml = xml::write(&tree).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            let xml = String::from_utf8(xml).unwrap();
            assert!(roxmltree::Document::parse(&xml).is_ok(), "{}", path.display());
            seen += 1;
        }
        assert!(seen > 200, "only {seen} examples");
    }
}
