//! A resource or element as a row of members, for the many blocks of which we write a few members only.
//!
//! A struct per block would say every name three times; here the function of the block is the one place that names its
//! members, in the order of the definition. What is absent is not written.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// Members in the order they were added.
#[derive(Debug, Clone, Default)]
pub(in crate::mapping) struct Members(Vec<(&'static str, Box<RawValue>)>);

impl Members {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member. Values are of our own types, which JSON can always write; one it could not is left out, and the
    /// profile then says what is missing.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        if let Ok(value) = to_raw_value(&value) {
            self.0.push((name, value));
        }
        self
    }

    /// Adds a member if there is a value.
    #[must_use]
    pub fn some(self, name: &'static str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds an array if there is anything in it.
    #[must_use]
    pub fn all<T: Serialize>(self, name: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<T> = values.into_iter().collect();
        if values.is_empty() { self } else { self.with(name, values) }
    }

    /// These members, unless there are none.
    pub fn non_empty(self) -> Option<Self> {
        if self.0.is_empty() { None } else { Some(self) }
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::Decimal;
    use super::*;

    #[test]
    fn members_keep_their_order_and_numbers_their_digits() {
        let members = Members::new()
            .with("z", "a")
            .some("none", None::<&str>)
            .all("empty", Vec::<&str>::new())
            .some("n", Decimal::parse("7.40"))
            .all("l", ["x"]);
        assert_eq!(serde_json::to_string(&members).unwrap(), r#"{"z":"a","n":7.40,"l":["x"]}"#);
    }
}
