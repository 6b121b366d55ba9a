//! The releases of FHIR that can be judged.

/// A release of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum FhirVersion {
    /// 3.0
    #[serde(rename = "STU3")]
    Stu3,
    /// 4.0
    R4,
}

impl FhirVersion {
    /// Every release.
    pub const ALL: [Self; 2] = [Self::Stu3, Self::R4];

    /// The parameter of a media type.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Stu3 => "3.0",
            Self::R4 => "4.0",
        }
    }

    /// The release that a version such as `4.0.1`, or a name such as `STU3`, is of; `None` when it is another one.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        match text {
            _ if text.starts_with("R4") || text.starts_with("4.0") => Some(Self::R4),
            _ if text.starts_with("STU3") || text.starts_with("3.0") => Some(Self::Stu3),
            _ => None,
        }
    }
}
