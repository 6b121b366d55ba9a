//! Resources that a HIS delivers as FHIR: kept as they come.

/// The release of FHIR a resource was delivered in; nothing is converted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FedRelease {
    /// R4: a record that says none.
    #[default]
    R4,
    /// STU3.
    Stu3,
}

/// A resource of a FHIR feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FedResource {
    /// FHIR's name of its type.
    pub kind: String,
    /// The resource as JSON, its digits as delivered; of a Binary without the bytes.
    pub body: String,
    /// Of a Binary: SHA-256 of its bytes (lower-case hex), which come in `blob` records.
    pub sha256: Option<String>,
    /// The release it is of, and served in.
    pub release: FedRelease,
}
