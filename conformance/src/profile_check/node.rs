//! One element of a resource: its value, and what stands beside it when it is a primitive (`_name`).

use serde_json::Value;

/// An element somewhere in a resource.
#[derive(Debug, Clone)]
pub(super) struct Node<'v> {
    /// The value; `None` when there is only a `_name` beside it.
    pub value: Option<&'v Value>,
    /// The `_name` of a primitive.
    beside: Option<&'v Value>,
    /// The member's name; of a choice with its type.
    pub name: String,
    /// Path from the resource.
    pub path: String,
    /// Is it an element of an array?
    pub is_in_array: bool,
}

impl<'v> Node<'v> {
    pub fn root(resource: &'v Value) -> Self {
        let name = resource.get("resourceType").and_then(Value::as_str).unwrap_or("?").to_owned();
        Self { value: Some(resource), beside: None, path: name.clone(), name, is_in_array: false }
    }

    /// The names of the members, each once, without the `_` of `_name`.
    pub fn member_names(&self) -> Vec<&'v str> {
        let members = self.value.and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys);
        let mut names: Vec<&str> = members.map(|name| name.strip_prefix('_').unwrap_or(name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The elements of this name; `value[x]` finds whatever type was chosen.
    pub fn children(&self, name: &str) -> Vec<Self> {
        match name.strip_suffix("[x]") {
            Some(base) => {
                let chosen = self.member_names().into_iter().filter(|member| is_choice(base, member));
                chosen.flat_map(|member| self.named(member)).collect()
            }
            None => self.named(name),
        }
    }

    fn named(&self, name: &str) -> Vec<Self> {
        // The id and extensions of a primitive stand in the member beside it.
        let home = match self.value {
            Some(Value::Object(_)) => self.value,
            _ => self.beside,
        };
        let (value, beside) = match home {
            Some(home) => (home.get(name), home.get(format!("_{name}"))),
            None => (None, None),
        };
        let path = format!("{}.{name}", self.path);
        let is_array = [value, beside].into_iter().flatten().any(Value::is_array);
        if !is_array {
            let node = Self { value, beside, name: name.to_owned(), path, is_in_array: false };
            return node.if_present().into_iter().collect();
        }
        let values = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let besides = beside.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let nodes = (0..values.len().max(besides.len())).filter_map(|place| {
            let path = format!("{path}[{place}]");
            let (value, beside) = (values.get(place), besides.get(place));
            Self { value, beside, name: name.to_owned(), path, is_in_array: true }.if_present()
        });
        nodes.collect()
    }

    fn if_present(mut self) -> Option<Self> {
        self.value = self.value.filter(|value| !value.is_null());
        self.beside = self.beside.filter(|value| !value.is_null());
        (self.value.is_some() || self.beside.is_some()).then_some(self)
    }

    /// The text of a member.
    pub fn text(&self, name: &str) -> Option<&'v str> {
        self.value?.get(name)?.as_str()
    }

    /// A place below this one, for a fault about something that is not there.
    pub fn at(&self, name: &str) -> Self {
        Self { path: format!("{}.{name}", self.path), ..self.clone() }
    }
}

/// Is `name` the choice `base[x]` with a type behind it?
pub(super) fn is_choice(base: &str, name: &str) -> bool {
    name.strip_prefix(base).is_some_and(|chosen| chosen.starts_with(|first: char| first.is_ascii_uppercase()))
}
