//! FHIR R4 as far as dvza speaks it: resource types, search, bundles, XML, OperationOutcome, capabilities.
//!
//! Pure: values in, values out. What a resource says is `mapping`; who may see it is `domain::release`; the
//! requests themselves arrive in `http::back`. Rules and requests: fhir-data-services §1, §4, §10.

use std::fmt;

use serde::{Deserialize, Serialize};

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
    Composition,
    Condition,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    EpisodeOfCare,
    Flag,
    Immunization,
    Location,
    Medication,
    MedicationRequest,
    Observation,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Procedure,
    ServiceRequest,
);

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The FHIR release a data service speaks; part of the service, not of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FhirRelease {
    /// R4, 4.0.1.
    R4,
}

impl FhirRelease {
    /// As the database stores it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::R4 => "r4",
        }
    }

    /// FHIR's own version number.
    pub const fn version(self) -> &'static str {
        match self {
            Self::R4 => "4.0.1",
        }
    }
}
