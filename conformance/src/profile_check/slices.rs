//! The rules of a profile, and which elements belong to which slice.

use serde_json::Value;

use super::node::Node;
use super::{Judge, required_binding, text};
use crate::definitions::Definitions;
use crate::terminology::Membership;

/// How deep profiles are made from profiles.
const DEPTH: usize = 12;

/// One step of an element id: a member, and the slice of it that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub name: String,
    pub slice: Option<String>,
    /// The element id up to this step, without the slice and with it.
    base: String,
    id: String,
}

/// What one element of a differential says.
#[derive(Debug)]
pub(super) struct Rule {
    pub id: String,
    pub steps: Vec<Step>,
    pub element: Value,
    /// Its slice is told from others by conforming to its profile.
    pub is_recognised_by_profile: bool,
}

/// The differentials of a profile and of all it is made from.
#[derive(Debug)]
pub(super) struct Profile {
    rules: Vec<Rule>,
}

impl Profile {
    /// `None` when the profile cannot be found. The chain ends early where a profile it is made from is missing, as
    /// one is in the published packages (`pattern-ZibHealthProfessionalReference`): what is known is still checked.
    pub fn load(definitions: &Definitions, canonical: &str) -> Option<Self> {
        let mut rules = Vec::new();
        let mut next = canonical.to_owned();
        definitions.structure(canonical)?;
        for _ in 0..DEPTH {
            let Some(definition) = definitions.structure(&next) else { break };
            if text(&definition, "derivation") != "constraint" {
                break;
            }
            let elements = definition.pointer("/differential/element").and_then(Value::as_array);
            rules.extend(elements.into_iter().flatten().map(rule));
            next = text(&definition, "baseDefinition").to_owned();
        }
        let mut profile = Self { rules };
        profile.note_slices_by_profile();
        Some(profile)
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn of(&self, id: &str) -> impl Iterator<Item = &Value> + use<'_> {
        let id = id.to_owned();
        self.rules.iter().filter(move |rule| rule.id == id).map(|rule| &rule.element)
    }

    /// Kind and path of what tells the slices of this element apart.
    fn discriminators(&self, base: &str) -> Vec<(String, String)> {
        let slicing = self.of(base).filter_map(|element| element.pointer("/slicing/discriminator"));
        let discriminators = slicing.filter_map(Value::as_array).flatten();
        discriminators.map(|one| (text(one, "type").to_owned(), text(one, "path").to_owned())).collect()
    }

    fn note_slices_by_profile(&mut self) {
        let by_profile: Vec<bool> = self.rules.iter().map(|rule| self.is_by_profile(rule)).collect();
        for (rule, is_by_profile) in self.rules.iter_mut().zip(by_profile) {
            rule.is_recognised_by_profile = is_by_profile;
        }
    }

    fn is_by_profile(&self, rule: &Rule) -> bool {
        let sliced = rule.steps.last().filter(|step| step.slice.is_some());
        sliced.is_some_and(|step| self.discriminators(&step.base).iter().any(|(kind, _)| kind == "profile"))
    }

    /// The profile that the type of this element must follow.
    fn type_profile(&self, id: &str) -> Option<&str> {
        self.of(id).find_map(|element| element.pointer("/type/0/profile/0").and_then(Value::as_str))
    }
}

fn rule(element: &Value) -> Rule {
    let id = text(element, "id").to_owned();
    let mut base = String::new();
    let mut steps = Vec::new();
    for (place, part) in id.split('.').enumerate() {
        let (name, slice) = part.split_once(':').map_or((part, None), |(name, slice)| (name, Some(slice)));
        let before = if place == 0 { String::new() } else { format!("{base}.") };
        let own = format!("{before}{name}");
        base = format!("{before}{part}");
        if place > 0 {
            let slice = slice.map(str::to_owned);
            steps.push(Step { name: name.to_owned(), slice, base: own, id: base.clone() });
        }
    }
    Rule { id, steps, element: element.clone(), is_recognised_by_profile: false }
}

/// Does the instance have the fixed value or pattern of the element, if it states one?
pub(super) fn has_value(element: &Value, node: &Node<'_>) -> bool {
    match (expected(element), node.value) {
        (Some((expected, Equality::Exact)), Some(value)) => expected == value,
        (Some((expected, Equality::Pattern)), Some(value)) => contains(value, expected),
        _ => true,
    }
}

#[derive(Debug, Clone, Copy)]
enum Equality {
    Exact,
    Pattern,
}

fn expected(element: &Value) -> Option<(&Value, Equality)> {
    element.as_object()?.iter().find_map(|(name, value)| {
        let is = |start: &str| super::node::is_choice(start, name);
        match (is("fixed"), is("pattern")) {
            (true, _) => Some((value, Equality::Exact)),
            (_, true) => Some((value, Equality::Pattern)),
            _ => None,
        }
    })
}

fn contains(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(value), Value::Object(pattern)) => {
            pattern.iter().all(|(name, part)| value.get(name).is_some_and(|own| contains(own, part)))
        }
        (Value::Array(values), Value::Array(parts)) => {
            parts.iter().all(|part| values.iter().any(|value| contains(value, part)))
        }
        (value, pattern) => value == pattern,
    }
}

impl Judge<'_> {
    /// The elements at the end of these steps; what cannot be told to be in a slice is left out.
    pub(super) fn select<'v>(&self, node: &Node<'v>, profile: &Profile, steps: &[Step]) -> Vec<Node<'v>> {
        let mut nodes = vec![node.clone()];
        for step in steps {
            let children = nodes.iter().flat_map(|node| node.children(&step.name));
            nodes = children.filter(|child| self.is_in(profile, step, child) == Some(true)).collect();
        }
        nodes
    }

    /// The candidates of this step; `None` when it cannot be told which of them are in its slice.
    pub(super) fn instances<'v>(
        &self,
        profile: &Profile,
        step: &Step,
        candidates: Vec<Node<'v>>,
    ) -> Option<Vec<Node<'v>>> {
        let answers: Option<Vec<bool>> = candidates.iter().map(|node| self.is_in(profile, step, node)).collect();
        let kept = candidates.into_iter().zip(answers?).filter(|(_, is_in)| *is_in);
        Some(kept.map(|(node, _)| node).collect())
    }

    fn is_in(&self, profile: &Profile, step: &Step, node: &Node<'_>) -> Option<bool> {
        let Some(slice) = &step.slice else { return Some(true) };
        if matches!(step.name.as_str(), "extension" | "modifierExtension") {
            // A part of a complex extension has no definition of its own: its slice is called after its url.
            return Some(node.text("url") == Some(profile.type_profile(&step.id).unwrap_or(slice)));
        }
        if step.name.ends_with("[x]") {
            return Some(node.name == *slice);
        }
        let discriminators = profile.discriminators(&step.base);
        if discriminators.is_empty() {
            return None;
        }
        let answers = discriminators.iter().map(|(kind, path)| self.discriminate(profile, step, node, kind, path));
        answers.reduce(|sum, answer| Some(sum? && answer?)).flatten()
    }

    fn discriminate(&self, profile: &Profile, step: &Step, node: &Node<'_>, kind: &str, path: &str) -> Option<bool> {
        match (kind, path) {
            ("value" | "pattern", "$this") => self.fits_any(profile, &step.id, std::slice::from_ref(node)),
            ("value" | "pattern", path) => {
                let found = node.children(path);
                let own = self.fits_any(profile, &format!("{}.{path}", step.id), &found);
                own.or_else(|| self.fits_type(profile, step, path, &found))
            }
            ("exists", path) => {
                let id = format!("{}.{path}", step.id);
                let is_forbidden = profile.of(&id).any(|element| text(element, "max") == "0");
                Some(node.children(path).is_empty() == is_forbidden)
            }
            ("profile", "$this") => {
                let mut faults = Vec::new();
                self.profile(node, profile.type_profile(&step.id)?, &mut faults);
                Some(faults.is_empty())
            }
            _ => None,
        }
    }

    /// The value that tells the slice may stand in the profile of its type (`HumanName.use`).
    fn fits_type(&self, profile: &Profile, step: &Step, path: &str, found: &[Node<'_>]) -> Option<bool> {
        let of_type = self.prepared(profile.type_profile(&step.id)?)?;
        let id = of_type.rules().iter().find(|rule| rule.id.split_once('.').is_some_and(|(_, rest)| rest == path))?;
        self.fits_any(&of_type, &id.id, found)
    }

    /// Of the rules for this id the first that states a value or a binding tells.
    fn fits_any(&self, profile: &Profile, id: &str, found: &[Node<'_>]) -> Option<bool> {
        let tells = |element: &&Value| expected(element).is_some() || required_binding(element).is_some();
        self.fits(profile.of(id).find(tells)?, found)
    }

    fn fits(&self, element: &Value, found: &[Node<'_>]) -> Option<bool> {
        let Some(node) = found.first() else { return Some(false) };
        if expected(element).is_some() {
            return Some(node.value.is_some() && has_value(element, node));
        }
        match self.is_bound(node, required_binding(element)?) {
            Membership::Member => Some(true),
            Membership::Stranger => Some(false),
            Membership::Unknown => None,
        }
    }
}
