//! Cutting withheld places out of a resource, without leaving a trace or an empty shell.
//!
//! Implements the reference closure of release-rules §3.3 (1): what points at a withheld item goes, whole. All
//! places are given for the document as it was stored, so their order does not matter and cuts may overlap.

use std::collections::BTreeMap;

use super::{Json, Member};

/// A cut that names no place in the resource. The resource must then not be shown: something withheld would stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the resource has no place {0}")]
pub struct CutFault(pub String);

impl Json<'_> {
    /// Removes the members and array elements at these JSON Pointers (RFC 6901).
    ///
    /// Every pointer refers to the document as it is before the call. What became empty by it goes too, as FHIR
    /// has no empty arrays and objects: also an extension without a value and an element with only an `id`. The
    /// sibling of a primitive (`_name`) goes with it; in arrays both stay aligned.
    ///
    /// # Errors
    /// [`CutFault`] when a pointer is malformed, names the whole document or a place that is not there; the tree
    /// is then unchanged.
    pub fn cut(&mut self, pointers: &[&str]) -> Result<(), CutFault> {
        let mut marks = Marks::default();
        for pointer in pointers {
            marks.add(self, pointer).ok_or_else(|| CutFault((*pointer).to_owned()))?;
        }
        prune(self, &marks, "");
        Ok(())
    }
}

/// What happens below one value: a tree with only the marked branches, steps as places in the stored order.
#[derive(Default)]
struct Marks {
    fate: Option<Fate>,
    below: BTreeMap<usize, Marks>,
}

#[derive(Clone, Copy)]
enum Fate {
    /// Taken out; what follows moves up.
    Gone,
    /// Replaced by `null`, so that the elements after it stay aligned with their primitives.
    Blank,
}

impl Marks {
    fn add(&mut self, root: &Json<'_>, pointer: &str) -> Option<()> {
        let steps: Vec<String> = pointer.strip_prefix('/')?.split('/').map(unescape).collect::<Option<_>>()?;
        let (last, way) = steps.split_last()?;
        let mut path = Vec::with_capacity(steps.len());
        let mut holder = root;
        for step in way {
            let place = place_of(holder, step)?;
            path.push(place);
            holder = child(holder, place)?;
        }
        let place = place_of(holder, last)?;
        let aligned = matches!(holder, Json::Array(_)) && way.last().is_some_and(|name| name.starts_with('_'));
        self.set(&path, place, if aligned { Fate::Blank } else { Fate::Gone });
        self.add_sibling(root, &path, way, last);
        Some(())
    }

    /// Marks what belongs to a primitive that goes: `_name` of `name`, or the same place in it.
    fn add_sibling(&mut self, root: &Json<'_>, path: &[usize], way: &[String], last: &str) {
        let member = if last.bytes().all(|byte| byte.is_ascii_digit()) { way.last() } else { None };
        let upto = path.len() - usize::from(member.is_some());
        let name = format!("_{}", member.map_or(last, String::as_str));
        let Some(object) = path[..upto].iter().try_fold(root, |value, &place| child(value, place)) else { return };
        let Some(place) = place_of(object, &name) else { return };
        if member.is_none() {
            return self.set(&path[..upto], place, Fate::Gone);
        }
        let Some(inner) = child(object, place).and_then(|array| place_of(array, last)) else { return };
        let mut path = path[..upto].to_vec();
        path.push(place);
        self.set(&path, inner, Fate::Gone);
    }

    fn set(&mut self, path: &[usize], place: usize, fate: Fate) {
        let holder = path.iter().fold(self, |marks, &step| marks.below.entry(step).or_default());
        let mark = holder.below.entry(place).or_default();
        mark.fate = match mark.fate {
            Some(Fate::Gone) => Some(Fate::Gone),
            _ => Some(fate),
        };
    }
}

fn unescape(step: &str) -> Option<String> {
    let valid = step.match_indices('~').all(|(i, _)| matches!(step.as_bytes().get(i + 1), Some(b'0' | b'1')));
    valid.then(|| step.replace("~1", "/").replace("~0", "~"))
}

/// The place of a member or element, counted from 0.
fn place_of(holder: &Json<'_>, step: &str) -> Option<usize> {
    match holder {
        Json::Object(members) => members.iter().position(|(name, _)| name == step),
        Json::Array(elements) => {
            let plain = step == "0" || !step.starts_with(['0', '+']);
            let place: usize = step.parse().ok()?;
            (plain && place < elements.len()).then_some(place)
        }
        _ => None,
    }
}

fn child<'t, 'a>(holder: &'t Json<'a>, place: usize) -> Option<&'t Json<'a>> {
    match holder {
        Json::Object(members) => members.get(place).map(|(_, value)| value),
        Json::Array(elements) => elements.get(place),
        _ => None,
    }
}

/// Applies the marks below `value`, the value of a member called `name`; true when nothing of it is left.
fn prune(value: &mut Json<'_>, marks: &Marks, name: &str) -> bool {
    let mut place = 0..;
    let mut next = || place.next().and_then(|i| marks.below.get(&i));
    match value {
        Json::Object(members) => {
            members.retain_mut(|(name, value)| next().is_none_or(|marks| stays(value, marks, name, Fate::Gone)));
            is_hollow(members, name)
        }
        Json::Array(elements) => {
            let emptied = if name.starts_with('_') { Fate::Blank } else { Fate::Gone };
            elements.retain_mut(|element| next().is_none_or(|marks| stays(element, marks, name, emptied)));
            elements.iter().all(|element| *element == Json::Null)
        }
        _ => false,
    }
}

/// Does a marked value keep its place? `emptied` is its fate when only its content was cut, and all of it.
fn stays(value: &mut Json<'_>, marks: &Marks, name: &str, emptied: Fate) -> bool {
    let fate = match marks.fate {
        Some(fate) => fate,
        None if prune(value, marks, name) => emptied,
        None => return true,
    };
    if let Fate::Blank = fate {
        *value = Json::Null;
    }
    matches!(fate, Fate::Blank)
}

fn is_hollow(members: &[Member<'_>], name: &str) -> bool {
    let is_extension = matches!(name, "extension" | "modifierExtension");
    members.iter().all(|(own, value)| own == "id" || (is_extension && own == "url") || *value == Json::Null)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{any_tree, text_of};
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str, pointers: &[&str]) -> String {
        let mut tree = Json::parse(text.as_bytes()).unwrap();
        tree.cut(pointers).unwrap();
        text_of(&tree)
    }

    #[test]
    fn cuts_remove_the_place_and_what_became_empty() {
        let cases: &[(&str, &str, &[&str], &str)] = &[
            ("a member", r#"{"a":1,"b":2}"#, &["/a"], r#"{"b":2}"#),
            ("an element", r#"{"a":[1,2,3]}"#, &["/a/1"], r#"{"a":[1,3]}"#),
            ("places of the original, in any order", r#"{"a":[0,1,2,3]}"#, &["/a/0", "/a/2", "/a/1"], r#"{"a":[3]}"#),
            ("a place inside a place", r#"{"a":{"b":{"c":1}},"z":1}"#, &["/a/b/c", "/a"], r#"{"z":1}"#),
            ("the last element takes its array along", r#"{"a":[{"b":1}],"z":1}"#, &["/a/0/b"], r#"{"z":1}"#),
            ("an element with only an id", r#"{"a":{"id":"x","b":1},"z":1}"#, &["/a/b"], r#"{"z":1}"#),
            (
                "an extension without its value",
                r#"{"extension":[{"url":"u","valueReference":{"reference":"r"}}],"z":1}"#,
                &["/extension/0/valueReference"],
                r#"{"z":1}"#,
            ),
            ("an attachment keeps its url", r#"{"a":{"url":"u","b":1}}"#, &["/a/b"], r#"{"a":{"url":"u"}}"#),
            ("escaped steps", r#"{"a/b":1,"m~n":2,"z":3}"#, &["/a~1b", "/m~0n"], r#"{"z":3}"#),
            ("the sibling of a primitive", r#"{"a":1,"_a":{"id":"x"},"z":1}"#, &["/a"], r#"{"z":1}"#),
            (
                "the same place in the sibling array",
                r#"{"given":["a","b"],"_given":[{"id":"1"},{"id":"2"}]}"#,
                &["/given/0"],
                r#"{"given":["b"],"_given":[{"id":"2"}]}"#,
            ),
            (
                "a sibling array of which nothing is left",
                r#"{"given":["a","b"],"_given":[{"id":"1"},null]}"#,
                &["/given/0"],
                r#"{"given":["b"]}"#,
            ),
            (
                "a place in the sibling array alone stays aligned",
                r#"{"given":["a","b"],"_given":[{"id":"1"},{"id":"2"}]}"#,
                &["/_given/0"],
                r#"{"given":["a","b"],"_given":[null,{"id":"2"}]}"#,
            ),
            (
                "an emptied sibling of one primitive",
                r#"{"a":1,"_a":{"extension":[{"url":"u","valueCode":"v"}]}}"#,
                &["/_a/extension/0"],
                r#"{"a":1}"#,
            ),
            (
                "an emptied sibling element stays aligned",
                r#"{"given":["a","b"],"_given":[{"extension":[{"url":"u","valueCode":"v"}]},{"id":"2"}]}"#,
                &["/_given/0/extension/0"],
                r#"{"given":["a","b"],"_given":[null,{"id":"2"}]}"#,
            ),
        ];
        for (name, before, pointers, after) in cases {
            assert_eq!(cut(before, pointers), *after, "{name}");
        }
    }

    #[test]
    fn a_place_that_is_not_there_is_refused_and_nothing_changes() {
        let before = r#"{"a":[1,2],"b":{"c":1}}"#;
        for pointer in ["", "a", "/x", "/a/2", "/a/01", "/a/+1", "/a/-", "/b/c/d", "/b~2", "/b~", "/"] {
            let mut tree = Json::parse(before.as_bytes()).unwrap();
            assert_eq!(tree.cut(&["/a/0", pointer]), Err(CutFault(pointer.to_owned())));
            assert_eq!(text_of(&tree), before, "{pointer}");
        }
    }

    /// Gives every leaf its own text, so that it can be found again.
    fn number_leaves(tree: &mut Json<'_>, pointer: &str, leaves: &mut Vec<String>, all: &mut Vec<String>) {
        if !pointer.is_empty() {
            all.push(pointer.to_owned());
        }
        match tree {
            Json::Object(members) => {
                for (i, (name, value)) in members.iter_mut().enumerate() {
                    *name = format!("m{i}").into();
                    number_leaves(value, &format!("{pointer}/m{i}"), leaves, all);
                }
            }
            Json::Array(elements) => {
                for (i, element) in elements.iter_mut().enumerate() {
                    number_leaves(element, &format!("{pointer}/{i}"), leaves, all);
                }
            }
            leaf => {
                leaves.push(pointer.to_owned());
                *leaf = Json::Text(pointer.to_owned().into());
            }
        }
    }

    fn remaining(tree: &Json<'_>, found: &mut Vec<String>) {
        match tree {
            Json::Object(members) => {
                assert!(!members.is_empty(), "an empty object was left");
                members.iter().for_each(|(_, value)| remaining(value, found));
            }
            Json::Array(elements) => {
                assert!(!elements.is_empty(), "an empty array was left");
                elements.iter().for_each(|value| remaining(value, found));
            }
            Json::Text(text) => found.push(text.to_string()),
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn exactly_what_is_not_cut_remains_and_nothing_is_left_empty(
            inner in any_tree(),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        ) {
            let mut tree = Json::Object(vec![("body".into(), inner), ("kept".into(), Json::Bool(true))]);
            let (mut leaves, mut all) = (Vec::new(), Vec::new());
            number_leaves(&mut tree, "", &mut leaves, &mut all);
            let gone: Vec<&str> = picks.iter().map(|pick| pick.get(&all).as_str()).filter(|p| *p != "/m1").collect();
            tree.cut(&gone).unwrap();
            let is_gone = |leaf: &str| gone.iter().any(|p| leaf == *p || leaf.starts_with(&format!("{p}/")));
            let expected: Vec<String> = leaves.into_iter().filter(|leaf| !is_gone(leaf)).collect();
            let mut found = Vec::new();
            remaining(&tree, &mut found);
            prop_assert_eq!(found, expected);
        }
    }
}
