//! The elements of a FHIR release: which a type has, in which order, how many, of which types.
//!
//! JSON does not say what XML needs to know (the order of elements), and XML not what JSON needs (what is a list, what a
//! number). The tables `r4.txt` and `stu3.txt` have these facts of R4 4.0.1 and STU3 3.0.2 for every resource and datatype,
//! and the codes where FHIR lists them and allows no other; tests hold them against the official definitions, and `stu3.py`
//! writes the table of STU3. Used to read a feed ([`super::xml::read`]), to judge its form ([`check`]) and to put its
//! elements in FHIR's order ([`arrange`]). Profiles are not known here.

mod check;
mod primitive;
mod walk;

pub use check::{FormFault, FormRule, arrange, check};
pub use primitive::Primitive;
pub use walk::each_element;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The model of R4.
pub static R4: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("r4.txt")));

/// The model of STU3.
pub static STU3: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("stu3.txt")));

/// The types of one FHIR release.
#[derive(Debug)]
pub struct Model {
    types: HashMap<&'static str, Type>,
    /// The codes of a required binding, by the name of its value set.
    codes: HashMap<&'static str, HashSet<&'static str>>,
}

/// A resource, a datatype, or the type of an element with children of its own.
#[derive(Debug)]
pub struct Type {
    /// FHIR's name, such as `Patient` or `Patient.contact`.
    pub name: &'static str,
    /// It is a resource.
    pub is_resource: bool,
    base: &'static str,
    own: Vec<Element>,
}

/// An element of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name; of a choice without `[x]`.
    pub name: &'static str,
    /// It stands for `name` with one of its types behind it: `valueQuantity`.
    pub is_choice: bool,
    /// It must be there.
    pub is_required: bool,
    /// It may be there more than once: an array in JSON.
    pub is_list: bool,
    /// What it may be; more than one only for choices and References.
    pub types: Vec<&'static str>,
    /// The value set its codes must be of, where FHIR itself lists them.
    pub codes: Option<&'static str>,
}

/// An element as it is named in an instance: of a choice one of its types.
#[derive(Debug, Clone, Copy)]
pub struct Named<'m> {
    /// The element.
    pub element: &'m Element,
    /// Its place among the elements of its type, in FHIR's order.
    pub place: usize,
    /// Its type.
    pub kind: &'static str,
}

impl Model {
    /// Reads the table; what it holds is fixed when the program is built, and a test reads all of it.
    fn parse(text: &'static str) -> Self {
        let mut types: HashMap<&'static str, Type> = HashMap::new();
        let mut codes: HashMap<&'static str, HashSet<&'static str>> = HashMap::new();
        let mut current = "";
        for line in text.lines() {
            if let Some(list) = line.strip_prefix("codes ") {
                let mut words = list.split(' ');
                codes.insert(words.next().unwrap_or_default(), words.collect());
                continue;
            }
            match line.strip_prefix(' ') {
                Some(element) => {
                    let element = Element::parse(element);
                    if let (Some(kind), Some(element)) = (types.get_mut(current), element) {
                        kind.own.push(element);
                    }
                }
                None => {
                    let mut words = line.split(' ');
                    let is_resource = words.next() == Some("resource");
                    current = words.next().unwrap_or_default();
                    let base = words.next().unwrap_or_default();
                    types.insert(current, Type { name: current, is_resource, base, own: Vec::new() });
                }
            }
        }
        Self { types, codes }
    }

    /// The type with this name.
    pub fn find(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    /// May this element have this code? Always where FHIR does not list them.
    pub fn allows_code(&self, element: &Element, code: &str) -> bool {
        element.codes.and_then(|name| self.codes.get(name)).is_none_or(|codes| codes.contains(code))
    }

    /// The resource with this name.
    pub fn find_resource(&self, name: &str) -> Option<&Type> {
        self.find(name).filter(|kind| kind.is_resource)
    }

    /// The elements of a type in FHIR's order, those of its base types first.
    pub fn elements<'m>(&'m self, kind: &'m Type) -> impl Iterator<Item = &'m Element> {
        let mut chain = vec![kind];
        while let Some(base) = chain.last().and_then(|kind| self.find(kind.base)) {
            chain.push(base);
        }
        chain.into_iter().rev().flat_map(|kind| kind.own.iter())
    }

    /// The element that is called so in an instance of this type: `valueQuantity` is the element `value[x]`.
    pub fn find_element<'m>(&'m self, kind: &'m Type, name: &str) -> Option<Named<'m>> {
        self.elements(kind).enumerate().find_map(|(place, element)| {
            let kind = element.kind_of(name)?;
            Some(Named { element, place, kind })
        })
    }
}

impl Element {
    fn parse(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let (name, count) = (words.next()?, words.next()?);
        let last = words.next().unwrap_or_default();
        let (types, codes) = last.split_once('=').map_or((last, None), |(types, codes)| (types, Some(codes)));
        let types = types.split('|');
        Some(Self {
            name: name.strip_suffix("[x]").unwrap_or(name),
            is_choice: name.ends_with("[x]"),
            is_required: count.starts_with('1'),
            is_list: count.ends_with('*'),
            types: types.map(|kind| kind.strip_prefix('@').unwrap_or(kind)).collect(),
            codes,
        })
    }

    /// Its type under this name; `None` when the name is not one of its.
    fn kind_of(&self, name: &str) -> Option<&'static str> {
        if !self.is_choice {
            return (self.name == name).then(|| self.types.first().copied()).flatten();
        }
        let suffix = name.strip_prefix(self.name)?;
        self.types.iter().copied().find(|kind| {
            let mut letters = kind.chars();
            letters.next().is_some_and(|first| {
                suffix.starts_with(first.to_ascii_uppercase()) && suffix.get(1..) == Some(letters.as_str())
            })
        })
    }
}

#[cfg(test)]
mod tests;
