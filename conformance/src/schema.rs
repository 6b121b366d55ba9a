//! The types of FHIR: which elements they have, in which order, how often, of which types.
//!
//! Made from the snapshots of the base definitions (`derivation` = specialization), each when it is first needed.
//! What profiles add is `profile`.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use regex::Regex;
use serde_json::Value;

use crate::definitions::Definitions;
use crate::fhirpath::{self, Expression};

/// Where the definitions of FHIR itself live.
pub const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";
/// No upper limit.
pub const MANY: u32 = u32::MAX;

/// What sort of thing a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value with a form of its own.
    Primitive,
    /// A datatype with elements.
    Complex,
    /// Elements that only one resource has.
    Backbone,
    /// A resource.
    Resource,
}

/// One type, or the elements below one element of it.
#[derive(Debug)]
pub struct TypeDef {
    /// FHIR's name; of a backbone its path.
    pub name: String,
    /// The sort of type.
    pub kind: Kind,
    /// Only its descendants have instances.
    pub is_abstract: bool,
    /// The types it is made from, nearest first.
    pub bases: Vec<String>,
    /// Its elements, in the order that XML demands.
    pub elements: Vec<Element>,
    /// What holds for every instance.
    pub constraints: Vec<Arc<Constraint>>,
    /// The form of a primitive.
    pub form: Option<Regex>,
    by_member: HashMap<String, (usize, usize)>,
    inner: HashMap<String, TypeDef>,
}

/// An element of a type.
#[derive(Debug)]
pub struct Element {
    /// Name without `[x]`.
    pub name: String,
    /// Has its member the type behind the name?
    pub is_choice: bool,
    /// At least so many.
    pub min: u32,
    /// At most so many; [`MANY`] without limit.
    pub max: u32,
    /// May it repeat, so that JSON has an array?
    pub is_list: bool,
    /// Written as an attribute in XML.
    pub is_attribute: bool,
    /// The types it may have; of a backbone one without a name.
    pub types: Vec<TypeRef>,
    /// The path of the backbone whose elements it has.
    pub inner: Option<String>,
    /// The codes it may have.
    pub binding: Option<Binding>,
    /// What holds for every instance.
    pub constraints: Vec<Arc<Constraint>>,
}

/// A type that an element may have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeRef {
    /// FHIR's name of the type.
    pub code: String,
    /// Profiles, of which one must be followed.
    pub profiles: Vec<String>,
    /// Profiles of the target of a reference, of which one must be followed.
    pub targets: Vec<String>,
    /// The member in JSON, the element in XML.
    pub member: String,
}

/// How strongly a value set binds. Only what is checked is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Codes must be in the set.
    pub is_required: bool,
    /// The set.
    pub value_set: String,
    /// Codes must be in this set whatever the strength.
    pub max_value_set: Option<String>,
}

/// A constraint of FHIRPath.
#[derive(Debug)]
pub struct Constraint {
    /// Its key, such as `obs-7`.
    pub key: String,
    /// Is it an error when it does not hold, or a warning?
    pub is_error: bool,
    /// The expression, or why it cannot be read.
    pub expression: Result<Expression, String>,
}

/// All types of one FHIR release.
#[derive(Debug)]
pub struct Schema {
    types: HashMap<String, OnceLock<Option<TypeDef>>>,
    definitions: Arc<Definitions>,
}

impl Schema {
    /// The types that these definitions have.
    pub fn new(definitions: Arc<Definitions>) -> Self {
        let names = definitions.structures().into_iter().filter_map(|url| url.strip_prefix(CORE));
        let types = names.map(|name| (name.to_owned(), OnceLock::new())).collect();
        Self { types, definitions }
    }

    /// The type of this name, exactly as FHIR writes it.
    pub fn find(&self, name: &str) -> Option<&TypeDef> {
        self.types.get(name)?.get_or_init(|| self.load(name)).as_ref()
    }

    /// The version of FHIR that the types are of, such as `4.0.1`.
    pub fn fhir_version(&self) -> Option<String> {
        let definition = self.definitions.structure(&format!("{CORE}Bundle"))?;
        Some(text(&definition, "fhirVersion").to_owned())
    }

    /// The resource type of this name, if it may have instances.
    pub fn resource(&self, name: &str) -> Option<&TypeDef> {
        self.find(name).filter(|found| found.kind == Kind::Resource && !found.is_abstract)
    }

    fn load(&self, name: &str) -> Option<TypeDef> {
        let definition = self.definitions.structure(&format!("{CORE}{name}"))?;
        // STU3 makes Age, Duration, Money and their like profiles of Quantity, and names them as types all the same.
        let is_quantity = text(&definition, "fhirVersion").starts_with("3.")
            && text(&definition, "type") == "Quantity"
            && name != "Quantity";
        if !is_quantity && (text(&definition, "derivation") == "constraint" || text(&definition, "type") != name) {
            return None;
        }
        let kind = match text(&definition, "kind") {
            "primitive-type" => Kind::Primitive,
            "complex-type" => Kind::Complex,
            "resource" => Kind::Resource,
            _ => return None,
        };
        let elements = definition.pointer("/snapshot/element").and_then(Value::as_array)?;
        let root = if is_quantity { text(elements.first()?, "path") } else { name };
        let mut built = TypeDef::below(elements, root, kind);
        built.name = name.to_owned();
        built.is_abstract = definition.get("abstract").and_then(Value::as_bool).unwrap_or(false);
        built.bases = self.bases(&definition);
        if kind == Kind::Primitive {
            // The value of a primitive is its text, not an element of it.
            let value = built.elements.iter().position(|element| element.name == "value");
            built.form = value_form(elements, name);
            if let Some(value) = value {
                built.elements.remove(value);
            }
        }
        if kind == Kind::Resource {
            // R4 calls the type of ids System.String; their form is that of `id`.
            for element in built.elements.iter_mut().filter(|element| element.name == "id") {
                element.types = vec![TypeRef { code: "id".into(), member: "id".into(), ..TypeRef::default() }];
                element.is_attribute = false;
            }
        }
        let backbones: HashSet<&str> = elements.iter().filter_map(backbone_path).collect();
        for path in backbones {
            let mut inner = TypeDef::below(elements, path, Kind::Backbone);
            let code = elements.iter().find(|element| text(element, "path") == path).map(|element| {
                element.pointer("/type/0/code").and_then(Value::as_str).unwrap_or("BackboneElement").to_owned()
            });
            inner.bases = code.into_iter().chain(["Element".to_owned()]).collect();
            built.inner.insert(path.to_owned(), inner);
        }
        built.index();
        Some(built)
    }

    fn bases(&self, definition: &Value) -> Vec<String> {
        let mut bases = Vec::new();
        let mut next = text(definition, "baseDefinition").to_owned();
        while let Some(name) = next.strip_prefix(CORE).map(str::to_owned) {
            let Some(base) = self.definitions.structure(&next) else { break };
            if bases.contains(&name) {
                break;
            }
            next = text(&base, "baseDefinition").to_owned();
            bases.push(name);
        }
        bases
    }
}

impl TypeDef {
    /// The elements right below a path of a snapshot.
    fn below(elements: &[Value], path: &str, kind: Kind) -> Self {
        let own = elements.iter().find(|element| text(element, "path") == path);
        let is_child = |element: &&Value| {
            let rest = text(element, "path").strip_prefix(path).and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| !rest.contains('.')) && element.get("sliceName").is_none()
        };
        Self {
            name: path.to_owned(),
            kind,
            is_abstract: false,
            bases: Vec::new(),
            elements: elements.iter().filter(is_child).map(Element::read).collect(),
            constraints: own.map(constraints).unwrap_or_default(),
            form: None,
            by_member: HashMap::new(),
            inner: HashMap::new(),
        }
    }

    fn index(&mut self) {
        for (place, element) in self.elements.iter().enumerate() {
            for (kind, type_ref) in element.types.iter().enumerate() {
                self.by_member.insert(type_ref.member.clone(), (place, kind));
            }
        }
        self.inner.values_mut().for_each(Self::index);
    }

    /// The element that a member of this name belongs to, its place among the elements, and the type it tells.
    pub fn member(&self, name: &str) -> Option<(usize, &Element, &TypeRef)> {
        let (place, kind) = *self.by_member.get(name)?;
        let element = &self.elements[place];
        Some((place, element, &element.types[kind]))
    }

    /// The element of this name, without `[x]`.
    pub fn element(&self, name: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.name == name)
    }

    /// A backbone of this resource or datatype.
    pub fn backbone(&self, path: &str) -> Option<&TypeDef> {
        self.inner.get(path)
    }

    /// Is it this type or made from it? Case does not matter, as in the official scripts.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.bases.iter().any(|base| base.eq_ignore_ascii_case(name))
    }
}

impl Element {
    fn read(element: &Value) -> Self {
        let path = text(element, "path");
        let last = path.rsplit('.').next().unwrap_or_default();
        let (name, is_choice) = last.strip_suffix("[x]").map_or((last, false), |name| (name, true));
        let mut types = type_refs(element);
        let inner = backbone_path(element).or_else(|| text(element, "contentReference").split('#').nth(1));
        if types.is_empty() || inner.is_some() {
            types = vec![TypeRef::default()];
        }
        for one in &mut types {
            one.member = if is_choice { format!("{name}{}", capitalised(&one.code)) } else { name.to_owned() };
        }
        let base_max = element.pointer("/base/max").and_then(Value::as_str).unwrap_or(text(element, "max"));
        let representation = element.get("representation").and_then(Value::as_array);
        Self {
            name: name.to_owned(),
            is_choice,
            min: count(element, "min"),
            max: limit(text(element, "max")),
            is_list: limit(base_max) > 1,
            is_attribute: representation.into_iter().flatten().any(|one| one == "xmlAttr"),
            types,
            inner: inner.map(str::to_owned),
            binding: Binding::read(element),
            constraints: constraints(element),
        }
    }
}

impl Binding {
    /// The binding of an element of a snapshot or differential, when it is one that is checked.
    pub fn read(element: &Value) -> Option<Self> {
        let binding = element.get("binding")?;
        let extensions = binding.get("extension").and_then(Value::as_array).into_iter().flatten();
        let max = extensions
            .filter(|extension| text(extension, "url").ends_with("/elementdefinition-maxValueSet"))
            .find_map(|extension| {
                let named = ["/valueCanonical", "/valueUri", "/valueReference/reference"];
                named.into_iter().find_map(|place| extension.pointer(place)?.as_str())
            });
        let own = value_set(binding);
        let is_required = text(binding, "strength") == "required" && own.is_some();
        (is_required || max.is_some()).then(|| Self {
            is_required,
            value_set: own.unwrap_or_default().to_owned(),
            max_value_set: max.map(str::to_owned),
        })
    }
}

/// The set that a binding names; STU3 has an address or a reference where R4 has one member.
pub(crate) fn value_set(binding: &Value) -> Option<&str> {
    let named = ["/valueSet", "/valueSetUri", "/valueSetReference/reference"];
    named.into_iter().find_map(|place| binding.pointer(place)?.as_str())
}

/// The types that an element names.
pub fn type_refs(element: &Value) -> Vec<TypeRef> {
    let types = element.get("type").and_then(Value::as_array).into_iter().flatten();
    let mut refs: Vec<TypeRef> = Vec::new();
    for next in types.map(type_ref) {
        // STU3 names a type once for every target.
        let same = refs.iter_mut().find(|own| own.code == next.code && own.profiles == next.profiles);
        match same {
            Some(own) => own.targets.extend(next.targets),
            None => refs.push(next),
        }
    }
    refs
}

fn type_ref(value: &Value) -> TypeRef {
    let list = |name: &str| {
        // R4 has lists where STU3 has single values.
        let values = value.get(name).map(|own| own.as_array().map_or(std::slice::from_ref(own), Vec::as_slice));
        let values = values.into_iter().flatten();
        values.filter_map(Value::as_str).map(|canonical| without_version(canonical).to_owned()).collect::<Vec<_>>()
    };
    let code = text(value, "code");
    let code = if code.starts_with("http://hl7.org/fhirpath/") { extension(value, "fhir-type") } else { Some(code) };
    TypeRef {
        code: code.unwrap_or("string").to_owned(),
        profiles: list("profile"),
        targets: list("targetProfile"),
        member: String::new(),
    }
}

fn extension<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let extensions = value.get("extension").and_then(Value::as_array).into_iter().flatten();
    let found = extensions.filter(|extension| text(extension, "url").ends_with(name));
    found
        .flat_map(|extension| extension.as_object().into_iter().flatten())
        .find_map(|(member, value)| if member.starts_with("value") { value.as_str() } else { None })
}

fn value_form(elements: &[Value], name: &str) -> Option<Regex> {
    let value = elements.iter().find(|element| text(element, "path") == format!("{name}.value"))?;
    // `…/regex`, in STU3 `…/structuredefinition-regex`.
    let form = extension(value.pointer("/type/0")?, "regex")?;
    Regex::new(&format!("^(?:{form})$")).ok()
}

/// The path of an element that has elements of its own.
fn backbone_path(element: &Value) -> Option<&str> {
    let code = element.pointer("/type/0/code").and_then(Value::as_str)?;
    let path = text(element, "path");
    (matches!(code, "BackboneElement" | "Element") && path.contains('.')).then_some(path)
}

/// The constraints of an element; those that every element has are checked when a resource is read.
pub fn constraints(element: &Value) -> Vec<Arc<Constraint>> {
    let all = element.get("constraint").and_then(Value::as_array).into_iter().flatten();
    let own = all.filter(|constraint| !matches!(text(constraint, "key"), "ele-1"));
    own.map(|constraint| {
        let source = text(constraint, "expression");
        let expression = if source.is_empty() {
            Err("it has no expression".to_owned())
        } else {
            fhirpath::parse(source).map_err(|error| error.to_string())
        };
        Arc::new(Constraint {
            key: text(constraint, "key").to_owned(),
            is_error: text(constraint, "severity") == "error",
            expression,
        })
    })
    .collect()
}

/// A text member, or an empty text.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn count(element: &Value, name: &str) -> u32 {
    element.get(name).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

pub(crate) fn limit(max: &str) -> u32 {
    max.parse().unwrap_or(MANY)
}

pub(crate) fn without_version(canonical: &str) -> &str {
    canonical.split('|').next().unwrap_or(canonical)
}

pub(crate) fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}
