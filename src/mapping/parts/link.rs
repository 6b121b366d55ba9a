//! References, made once and used often.

use super::types::{Extension, ExtensionValue, Reference};
use super::vocabulary::{Professionals, Vocabulary};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;

/// Where a resource is and how others name it.
#[derive(Debug, Clone)]
pub(in crate::mapping) struct Link {
    /// Of a professional the PractitionerRole's, whichever is referred to.
    pub id: ResourceId,
    reference: String,
    display: String,
    role: Option<RoleLink>,
}

/// The PractitionerRole beside the Practitioner that is referred to.
#[derive(Debug, Clone)]
struct RoleLink {
    extension: &'static str,
    reference: String,
}

impl Link {
    pub fn new(kind: ResourceType, id: ResourceId, display: impl Into<String>) -> Self {
        Self { id, reference: format!("{kind}/{id}"), display: display.into(), role: None }
    }

    /// A professional, as the release refers to one.
    pub fn professional(
        vocabulary: &Vocabulary,
        role: ResourceId,
        person: ResourceId,
        display: impl Into<String>,
    ) -> Self {
        let to_role = Self::new(ResourceType::PractitionerRole, role, display);
        match vocabulary.professionals {
            Professionals::Role => to_role,
            Professionals::Person { role: extension } => Self {
                id: role,
                reference: format!("{}/{person}", ResourceType::Practitioner),
                display: to_role.display,
                role: Some(RoleLink { extension, reference: to_role.reference }),
            },
        }
    }

    pub fn to(&self) -> Reference<'_> {
        let role = self.role.as_ref().map(|role| {
            let reference = Reference::to(role.reference.as_str(), self.display.as_str());
            Extension::new(role.extension, ExtensionValue::Reference(reference))
        });
        let reference = Reference::to(self.reference.as_str(), self.display.as_str());
        Reference { extension: role.into_iter().collect(), ..reference }
    }

    /// The same in other words.
    pub fn in_words<'l>(&'l self, words: &'l str) -> Reference<'l> {
        Reference { display: words.into(), ..self.to() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_professional_is_referred_to_by_the_role_or_by_the_person_with_the_role() {
        let (role, person) = (ResourceId::from_bytes([1; 16]), ResourceId::from_bytes([2; 16]));
        let written = |professionals: Professionals| {
            let link = Link::professional(&Vocabulary { professionals }, role, person, "A. de Arts");
            assert_eq!(link.id, role);
            serde_json::to_value(link.to()).unwrap()
        };
        let by_role = serde_json::json!({"reference": format!("PractitionerRole/{role}"), "display": "A. de Arts"});
        assert_eq!(written(Professionals::Role), by_role);
        let by_person = serde_json::json!({
            "extension": [{"url": "x", "valueReference": by_role}],
            "reference": format!("Practitioner/{person}"),
            "display": "A. de Arts",
        });
        assert_eq!(written(Professionals::Person { role: "x" }), by_person);
    }
}
