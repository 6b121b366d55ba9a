//! The schemas of the lists, written from the facts of medmij-authorization §6.
//!
//! A receiver must validate (§6.1). The readers beside this module say precisely what is wrong with what they look for; a
//! schema also sees what they do not look for: elements that were renamed, added or moved.

use std::collections::HashMap;

use uppsala::{XsdValidator, parse};

use super::{Fault, ListKind, ListsError};

/// Each schema with the namespace it is for.
const SCHEMAS: [(ListKind, &str); 6] = [
    (ListKind::Zal, include_str!("../../profiles/medmij/zorgaanbiederslijst-3.xsd")),
    (ListKind::Zal, include_str!("../../profiles/medmij/zorgaanbiederslijst-2.xsd")),
    (ListKind::Ocl, include_str!("../../profiles/medmij/oauthclientlist-2.xsd")),
    (ListKind::Whl, include_str!("../../profiles/medmij/whitelist-2.xsd")),
    (ListKind::Gnl, include_str!("../../profiles/medmij/gegevensdienstnamenlijst-1.xsd")),
    (ListKind::Zkl, include_str!("../../profiles/medmij/zorgaanbiederskoppellijst-1.xsd")),
];

/// The schemas, compiled.
pub struct Schemas(HashMap<(ListKind, String), XsdValidator>);

/// A schema of ours that cannot be compiled: a fault of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the built-in schema of the {0} cannot be compiled")]
pub struct BrokenSchema(pub ListKind);

impl Schemas {
    /// Compiles the built-in schemas.
    ///
    /// # Errors
    /// [`BrokenSchema`]: a fault of this program.
    pub fn built_in() -> Result<Self, BrokenSchema> {
        let compiled = SCHEMAS.iter().map(|(list, text)| {
            let broken = |_| BrokenSchema(*list);
            let schema = parse(text).map_err(broken)?;
            let root = schema.document_element().and_then(|root| schema.get_attribute(root, "targetNamespace"));
            let namespace = root.ok_or(BrokenSchema(*list))?.to_owned();
            Ok(((*list, namespace), XsdValidator::from_schema(&schema).map_err(broken)?))
        });
        compiled.collect::<Result<_, _>>().map(Self)
    }

    /// Does the text fit the schema of its release? Ask after the reader of the list, which bounds size and document types.
    ///
    /// # Errors
    /// [`ListsError`] with the first line that does not fit.
    pub fn check(&self, list: ListKind, text: &str) -> Result<(), ListsError> {
        let at = |line: Option<usize>, fault| {
            let line = line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
            Err(ListsError { list, element: list.root(), line, fault })
        };
        let Ok(document) = parse(text) else { return at(None, Fault::NotWellFormed) };
        let namespace = document
            .document_element()
            .and_then(|root| document.element(root))
            .and_then(|root| root.name.namespace_uri.as_deref().map(str::to_owned));
        let schema = namespace.and_then(|namespace| self.0.get(&(list, namespace)));
        let Some(schema) = schema else { return at(None, Fault::WrongRoot) };
        match schema.validate(&document).first() {
            Some(error) => at(error.line, Fault::Schema),
            None => Ok(()),
        }
    }
}
