//! A JSON tree that changes nothing: member order and the digits of every number stay as written.
//!
//! FHIR counts decimal digits as meaning (`7.40` is not `7.4`), so clinical content never passes through a
//! floating-point number. Used where a stored body must be taken apart: to cut what is withheld ([`Json::cut`])
//! and to write XML ([`super::xml`]). Text is borrowed from the input wherever it has no escapes.

mod cut;
mod parse;

pub use cut::CutFault;
pub use parse::{MAX_DEPTH, TreeFault};

use std::borrow::Cow;

/// A member of an object: its name and its value.
pub type Member<'a> = (Cow<'a, str>, Json<'a>);

/// One JSON value; equality is exact, including member order and the spelling of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exactly as it was written.
    Number(Cow<'a, str>),
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object, members in the order of the document, names unique.
    Object(Vec<Member<'a>>),
}

impl<'a> Json<'a> {
    /// Reads one JSON document; white space around values is dropped, nothing else is lost.
    ///
    /// # Errors
    /// [`TreeFault`] when the bytes are no JSON (RFC 8259), nest deeper than [`MAX_DEPTH`], or repeat a member
    /// name in one object (a cut would then leave the other one behind).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, TreeFault> {
        parse::parse(bytes)
    }

    /// Appends the compact form: no white space, escapes only where RFC 8259 demands them.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Self::Text(text) => write_text(text, out),
            Self::Array(elements) => write_array(elements, out),
            Self::Object(members) => write_object(members, out),
        }
    }

    /// The member with this name, when this is an object that has it.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => find_member(members, name),
            _ => None,
        }
    }

    /// The text, when this is a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The value of the member with this name.
pub(super) fn find_member<'m, 'a>(members: &'m [Member<'a>], name: &str) -> Option<&'m Json<'a>> {
    members.iter().find(|(own, _)| own == name).map(|(_, value)| value)
}

fn write_array(elements: &[Json<'_>], out: &mut Vec<u8>) {
    out.push(b'[');
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        element.write(out);
    }
    out.push(b']');
}

fn write_object(members: &[Member<'_>], out: &mut Vec<u8>) {
    out.push(b'{');
    for (i, (name, value)) in members.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_text(name, out);
        out.push(b':');
        value.write(out);
    }
    out.push(b'}');
}

/// Appends a JSON string with its quotes.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut written = 0;
    let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    // Most texts need no escape: looking at all bytes at once is faster than stopping at the first.
    let plain = !text.bytes().fold(false, |found, byte| found | special(byte));
    for (i, byte) in text.bytes().enumerate().take(if plain { 0 } else { text.len() }) {
        if !special(byte) {
            continue;
        }
        out.extend_from_slice(&text.as_bytes()[written..i]);
        write_escape(byte, out);
        written = i + 1;
    }
    out.extend_from_slice(&text.as_bytes()[written..]);
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0A => b'n',
        0x0C => b'f',
        0x0D => b'r',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any tree without empty arrays or objects, as FHIR wants it.
    pub(crate) fn any_tree() -> impl Strategy<Value = Json<'static>> {
        let number = "-?(0|[1-9][0-9]{0,6})(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?";
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            number.prop_map(|digits| Json::Number(digits.into())),
            ".{0,12}".prop_map(|text| Json::Text(text.into())),
        ];
        leaf.prop_recursive(5, 60, 5, |inner| {
            let names = prop::collection::btree_map("[a-zA-Z_]{1,6}", inner.clone(), 1..5);
            prop_oneof![
                prop::collection::vec(inner, 1..5).prop_map(Json::Array),
                names.prop_map(|members| Json::Object(members.into_iter().map(|(n, v)| (n.into(), v)).collect())),
            ]
        })
    }

    pub(crate) fn text_of(tree: &Json<'_>) -> String {
        let mut out = Vec::new();
        tree.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn writing_and_reading_a_tree_is_the_identity(tree in any_tree()) {
            let text = text_of(&tree);
            prop_assert_eq!(Json::parse(text.as_bytes()).unwrap(), tree);
        }
    }

    #[test]
    fn numbers_and_member_order_stay_as_written() {
        let text = r#"{"z":7.40,"a":138,"m":[1E+2,-0,0.00],"t":"a\"b\\c\n\u0001é"}"#;
        assert_eq!(text_of(&Json::parse(text.as_bytes()).unwrap()), text);
    }

    #[test]
    fn what_serde_json_writes_comes_back_byte_for_byte() {
        let value = serde_json::json!({"a": "\u{8}\u{c}\t\r\n\u{1f}\"\\/é🙂", "b": [null, true, {"c": 1}]});
        let text = value.to_string();
        assert_eq!(text_of(&Json::parse(text.as_bytes()).unwrap()), text);
    }
}
