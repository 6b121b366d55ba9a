//! What a profile adds to its type: a tree of rules, made by laying its differential over those it is made from.
//!
//! Nictiz publishes differentials only, so the chain `nl-core-X` → `zib-X` → R4 is followed to the type itself. Rules add
//! up: fixed values, patterns, bindings and constraints of every layer hold, the narrowest cardinality counts, and the
//! outermost list of types. Slices of one name are one slice, whichever layer speaks of them.

use std::sync::Arc;

use serde_json::Value;

use crate::definitions::Definitions;
use crate::fhirpath::{self, Expression};
use crate::schema::{Binding, Constraint, TypeRef, constraints, limit, text, type_refs, value_set, without_version};

/// How deep profiles are made from profiles.
const DEPTH: usize = 16;

/// A profile with everything it is made from.
#[derive(Debug)]
pub struct Profile {
    /// Its canonical.
    pub url: String,
    /// The last part of its canonical.
    pub name: String,
    /// The type that it is about.
    pub type_name: String,
    /// Canonicals of what it is made from, nearest first, without the type itself.
    pub bases: Vec<String>,
    /// A profile it is made from and that is not among the definitions.
    pub missing: Option<String>,
    /// Where an extension may be used; empty for anything else.
    pub contexts: Vec<(String, String)>,
    /// Its rules.
    pub root: ProfileRule,
}

/// What is said of one element.
#[derive(Debug, Default, Clone)]
pub struct ProfileRule {
    /// Its name, without `[x]`.
    pub name: String,
    /// At least so many.
    pub min: Option<u32>,
    /// At most so many.
    pub max: Option<u32>,
    /// The types that are left.
    pub types: Option<Vec<TypeRef>>,
    /// It is exactly this.
    pub fixed: Vec<Value>,
    /// It holds this.
    pub patterns: Vec<Value>,
    /// The codes it may have.
    pub bindings: Vec<Binding>,
    /// The set that was named last, however strongly it binds.
    value_set: Option<String>,
    /// A layer makes the binding required and leaves the set to what it is made from.
    is_bound: bool,
    /// What must hold.
    pub constraints: Vec<Arc<Constraint>>,
    /// It is not less.
    pub min_value: Option<Value>,
    /// It is not more.
    pub max_value: Option<Value>,
    /// It has at most so many characters.
    pub max_length: Option<u64>,
    /// How its slices are told apart.
    pub slicing: Option<Slicing>,
    /// Its slices by their names.
    pub slices: Vec<(String, ProfileRule)>,
    /// What is said of its elements.
    pub children: Vec<ProfileRule>,
}

/// How the slices of an element are told apart.
#[derive(Debug, Clone)]
pub struct Slicing {
    /// All must agree.
    pub discriminators: Vec<Discriminator>,
    /// Nothing may be outside of the slices.
    pub is_closed: bool,
    /// What is outside of the slices comes last.
    pub is_open_at_end: bool,
    /// Slices come in their order.
    pub is_ordered: bool,
}

/// What tells slices apart.
#[derive(Debug, Clone)]
pub struct Discriminator {
    /// What of it is looked at.
    pub kind: Discrimination,
    /// Path below the sliced element, as it is written.
    pub path: String,
    /// The same, to be evaluated; `None` when it cannot be read.
    pub expression: Option<Arc<Expression>>,
}

/// What of an element a discriminator looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discrimination {
    /// A fixed value, pattern or required binding.
    Value,
    /// Is it there?
    Exists,
    /// The type.
    Type,
    /// Does it conform to the profile?
    Profile,
}

impl Profile {
    /// Reads a profile; `None` when it is not among the definitions.
    pub fn load(definitions: &Definitions, canonical: &str) -> Option<Self> {
        Self::load_within(definitions, canonical, DEPTH)
    }

    fn load_within(definitions: &Definitions, canonical: &str, depth: usize) -> Option<Self> {
        let url = without_version(canonical).to_owned();
        let first = definitions.structure(&url)?;
        let type_name = text(&first, "type").to_owned();
        let contexts = contexts(&first);
        let (mut layers, mut bases, mut missing) = (vec![first], Vec::new(), None);
        while let Some(layer) = layers.last().filter(|layer| text(layer, "derivation") == "constraint") {
            let base = without_version(text(layer, "baseDefinition")).to_owned();
            let Some(next) = definitions.structure(&base).filter(|_| layers.len() < DEPTH) else {
                missing = Some(base);
                break;
            };
            bases.push(base);
            layers.push(next);
        }
        if missing.is_none() {
            layers.pop();
            bases.pop();
        }
        let mut root = ProfileRule { name: type_name.clone(), ..ProfileRule::default() };
        for layer in layers.iter().rev() {
            let part = layer.pointer("/differential/element").or_else(|| layer.pointer("/snapshot/element"));
            for element in part.and_then(Value::as_array).into_iter().flatten() {
                root.lay(element);
            }
        }
        if depth > 0 {
            root.adopt_all(definitions, depth - 1);
        }
        root.settle();
        let name = url.rsplit('/').next().unwrap_or(&url).to_owned();
        Some(Self { url, name, type_name, bases, missing, contexts, root })
    }

    /// Is it this profile, or made from it?
    pub fn is(&self, canonical: &str) -> bool {
        self.url == canonical || self.bases.iter().any(|base| base == canonical)
    }
}

impl ProfileRule {
    /// Lays one element of a differential over what is there.
    fn lay(&mut self, element: &Value) {
        let id = Some(text(element, "id")).filter(|id| !id.is_empty()).unwrap_or(text(element, "path"));
        let steps: Vec<&str> = id.split('.').skip(1).collect();
        let mut at = self;
        // The name of a slice may hold a point; then the path tells how many steps there are.
        for step in joined(&steps, text(element, "path")) {
            let (name, slice) = step.split_once(':').map_or((step.as_str(), None), |(name, slice)| (name, Some(slice)));
            at = at.child_mut(name.trim_end_matches("[x]"));
            // `a/b` slices what is in slice `a`.
            let mut inner = String::new();
            for part in slice.into_iter().flat_map(|slice| slice.split('/')) {
                inner = if inner.is_empty() { part.to_owned() } else { format!("{inner}/{part}") };
                at = at.slice_mut(&inner);
            }
        }
        at.narrow(element);
    }

    fn child_mut(&mut self, name: &str) -> &mut Self {
        let place = self.children.iter().position(|child| child.name == name).unwrap_or_else(|| {
            self.children.push(Self { name: name.to_owned(), ..Self::default() });
            self.children.len() - 1
        });
        &mut self.children[place]
    }

    fn slice_mut(&mut self, slice: &str) -> &mut Self {
        let place = self.slices.iter().position(|(own, _)| own == slice).unwrap_or_else(|| {
            self.slices.push((slice.to_owned(), Self { name: self.name.clone(), ..Self::default() }));
            self.slices.len() - 1
        });
        &mut self.slices[place].1
    }

    /// The rule for an element of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    fn narrow(&mut self, element: &Value) {
        let min = element.get("min").and_then(Value::as_u64).and_then(|min| u32::try_from(min).ok());
        self.min = self.min.max(min);
        let max = element.get("max").and_then(Value::as_str).map(limit);
        self.max = [self.max, max].into_iter().flatten().min();
        let types = type_refs(element);
        if !types.is_empty() {
            self.types = Some(types);
        }
        for (name, value) in element.as_object().into_iter().flatten() {
            let list = if is_choice("fixed", name) {
                &mut self.fixed
            } else if is_choice("pattern", name) {
                &mut self.patterns
            } else {
                continue;
            };
            if !list.contains(value) {
                list.push(value.clone());
            }
        }
        let choice = |base: &str| {
            let mut members = element.as_object().into_iter().flatten();
            members.find(|(name, _)| is_choice(base, name)).map(|(_, value)| value.clone())
        };
        self.min_value = choice("minValue").or(self.min_value.take());
        self.max_value = choice("maxValue").or(self.max_value.take());
        let length = element.get("maxLength").and_then(Value::as_u64);
        self.max_length = [self.max_length, length].into_iter().flatten().min();
        if let Some(binding) = element.get("binding") {
            let set = value_set(binding);
            self.is_bound |= set.is_none() && text(binding, "strength") == "required";
            self.value_set = set.map(str::to_owned).or(self.value_set.take());
        }
        if let Some(binding) = Binding::read(element)
            && !self.bindings.contains(&binding)
        {
            self.bindings.push(binding);
        }
        for constraint in constraints(element) {
            // What holds for every extension is judged by the type; some profiles repeat it without its expression.
            if constraint.key != "ext-1" && !self.constraints.iter().any(|own| own.key == constraint.key) {
                self.constraints.push(constraint);
            }
        }
        if let Some(slicing) = element.get("slicing") {
            self.slicing = Some(Slicing::read(slicing, self.slicing.take()));
        }
    }

    /// Slices that the profile of a type defines may be named without their definition; then it is taken from there.
    fn adopt_all(&mut self, definitions: &Definitions, depth: usize) {
        let profiles: Vec<&String> = self.types.iter().flatten().flat_map(|kind| &kind.profiles).collect();
        let names_slices = self.children.iter().any(|child| !child.slices.is_empty());
        if let ([only], true) = (&profiles[..], names_slices)
            && let Some(profile) = Profile::load_within(definitions, only, depth)
        {
            for child in &mut self.children {
                if let Some(theirs) = profile.root.child(&child.name) {
                    child.adopt(theirs);
                }
            }
        }
        for below in self.children.iter_mut().chain(self.slices.iter_mut().map(|(_, slice)| slice)) {
            below.adopt_all(definitions, depth);
        }
    }

    /// Takes over how slices are told apart, and what tells those that are named here.
    fn adopt(&mut self, theirs: &Self) {
        if self.slicing.is_none() {
            self.slicing.clone_from(&theirs.slicing);
        }
        for (name, slice) in &mut self.slices {
            let Some((_, theirs)) = theirs.slices.iter().find(|(other, _)| other == name) else { continue };
            if slice.types.is_none() {
                slice.types.clone_from(&theirs.types);
            }
            slice.fixed.extend(theirs.fixed.iter().cloned());
            slice.patterns.extend(theirs.patterns.iter().cloned());
            for child in &theirs.children {
                match slice.children.iter_mut().find(|own| own.name == child.name) {
                    Some(own) => own.value_set = own.value_set.take().or_else(|| child.value_set.clone()),
                    None => slice.children.push(child.clone()),
                }
            }
        }
    }

    /// Bindings that leave the set to what they are made from get it.
    fn settle(&mut self) {
        if let (true, Some(set)) = (self.is_bound, &self.value_set) {
            let binding = Binding { is_required: true, value_set: set.clone(), max_value_set: None };
            if !self.bindings.contains(&binding) {
                self.bindings.push(binding);
            }
        }
        for below in self.children.iter_mut().chain(self.slices.iter_mut().map(|(_, slice)| slice)) {
            below.settle();
        }
    }

    /// Does it say what value an element has, itself or below?
    pub fn states_value(&self) -> bool {
        !self.fixed.is_empty()
            || !self.patterns.is_empty()
            || self.bindings.iter().any(|binding| binding.is_required)
            || self.children.iter().any(Self::states_value)
    }
}

/// Where an extension may be used. STU3 has paths of one kind, that of all of them beside it.
fn contexts(definition: &Value) -> Vec<(String, String)> {
    let all = definition.get("context").and_then(Value::as_array).into_iter().flatten();
    let of_all = if text(definition, "contextType") == "extension" { "extension" } else { "element" };
    let one = |context: &Value| match context.as_str() {
        Some(path) => (of_all.to_owned(), path.to_owned()),
        None => (text(context, "type").to_owned(), text(context, "expression").to_owned()),
    };
    all.map(one).collect()
}

/// The steps of an element id, as many as its path has.
fn joined(steps: &[&str], path: &str) -> Vec<String> {
    let wanted = path.split('.').count().saturating_sub(1);
    if steps.len() <= wanted {
        return steps.iter().map(|step| (*step).to_owned()).collect();
    }
    let names: Vec<&str> = path.split('.').skip(1).collect();
    let mut out: Vec<String> = Vec::new();
    for step in steps {
        let starts = names.get(out.len()).is_some_and(|name| step.split(':').next() == Some(name));
        match out.last_mut() {
            Some(last) if !starts => {
                last.push('.');
                last.push_str(step);
            }
            _ => out.push((*step).to_owned()),
        }
    }
    out
}

impl Slicing {
    /// A layer that only changes the rules keeps the discriminators of the layer below.
    fn read(slicing: &Value, below: Option<Self>) -> Self {
        let discriminators = slicing.get("discriminator").and_then(Value::as_array).into_iter().flatten();
        let mut own: Vec<Discriminator> = discriminators.filter_map(Discriminator::read).collect();
        let (mut was_closed, mut was_ordered) = (false, false);
        if let Some(below) = below {
            (was_closed, was_ordered) = (below.is_closed, below.is_ordered);
            let is_new = |one: &Discriminator| !own.iter().any(|own| own.kind == one.kind && own.path == one.path);
            let kept: Vec<_> = below.discriminators.into_iter().filter(is_new).collect();
            // Slices of the layer below are told apart as that layer says.
            own.extend(kept);
        }
        let rules = text(slicing, "rules");
        Self {
            discriminators: own,
            is_closed: was_closed || rules == "closed",
            is_open_at_end: rules == "openAtEnd",
            is_ordered: was_ordered || slicing.get("ordered").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

impl Discriminator {
    fn read(value: &Value) -> Option<Self> {
        let kind = match text(value, "type") {
            "value" | "pattern" => Discrimination::Value,
            "exists" => Discrimination::Exists,
            "type" => Discrimination::Type,
            "profile" => Discrimination::Profile,
            _ => return None,
        };
        // `extension(url='…')` is met in published profiles; the grammar has `extension('…')`.
        let path = text(value, "path").replace("extension(url=", "extension(").replace("extension(url =", "extension(");
        Some(Self { kind, expression: fhirpath::parse(&path).ok().map(Arc::new), path })
    }
}

/// Is `name` the choice `base[x]` with a type behind it?
fn is_choice(base: &str, name: &str) -> bool {
    name.strip_prefix(base).is_some_and(|chosen| chosen.starts_with(|first: char| first.is_ascii_uppercase()))
}
