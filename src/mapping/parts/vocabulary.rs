//! What one function writes differently in each release.

/// A release's own way of writing what the parts have in common.
pub(in crate::mapping) struct Vocabulary {
    /// How a professional is referred to.
    pub professionals: Professionals,
}

/// How a professional is referred to.
#[derive(Debug, Clone, Copy)]
pub(in crate::mapping) enum Professionals {
    /// By the PractitionerRole.
    Role,
    /// By the Practitioner, with the PractitionerRole in this extension.
    Person { role: &'static str },
}
