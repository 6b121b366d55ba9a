//! One line as a JSON tree that borrows from it (RFC 8259).
//!
//! Our own small parser, because the format asks what general ones do not give together: duplicate keys at any
//! level are an error, numbers keep their digits, nesting is bounded, and unescaped text is not copied.

use std::borrow::Cow;
use std::collections::HashSet;

/// Levels of nesting a line may have; the deepest known record has four.
const MAX_DEPTH: usize = 32;
/// Up to this many members, comparing each with each is faster than hashing.
const FEW_MEMBERS: usize = 24;

/// The line is not JSON in UTF-8, is nested too deeply, repeats a key, or ends with a carriage return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the line is not JSON with unique keys")]
pub(super) struct NotJson;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// The digits as delivered.
    Number(&'a str),
    Text(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object(Object<'a>),
}

/// The members of an object in their delivered order; every key occurs once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Object<'a> {
    /// Key and value of each member, in delivered order.
    pub(super) fn members(&self) -> &[(Cow<'a, str>, Value<'a>)] {
        &self.0
    }

    /// Place and value of a member.
    pub(super) fn find(&self, key: &str) -> Option<(usize, &Value<'a>)> {
        let place = self.0.iter().position(|(name, _)| name == key)?;
        self.0.get(place).map(|(_, value)| (place, value))
    }

    /// Value of a member.
    pub(super) fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.find(key).map(|(_, value)| value)
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Value<'a>)> for Object<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Value<'a>)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

/// Reads one line without its LF.
pub(super) fn parse(line: &[u8]) -> Result<Value<'_>, NotJson> {
    // The format's line end is LF alone; JSON would take the CR for white space.
    if line.last() == Some(&b'\r') {
        return Err(NotJson);
    }
    let text = std::str::from_utf8(line).map_err(|_| NotJson)?;
    let mut parser = Parser { text, at: 0, depth: 0 };
    let value = parser.value()?;
    parser.skip_blanks();
    if parser.at == text.len() { Ok(value) } else { Err(NotJson) }
}

/// Appends the value without white space; the same value always gives the same bytes.
pub(super) fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(digits) => out.extend_from_slice(digits.as_bytes()),
        Value::Text(text) => write_text(text, out),
        Value::Array(items) => write_array(items, out, write),
        Value::Object(object) => write_object(object, out, |_, value, out| write(value, out)),
    }
}

/// Appends an array, each item by `item`.
pub(super) fn write_array<T>(items: impl IntoIterator<Item = T>, out: &mut Vec<u8>, item: impl Fn(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (place, each) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        item(each, out);
    }
    out.push(b']');
}

/// Appends an object, the value of each member by `member`.
pub(super) fn write_object(object: &Object<'_>, out: &mut Vec<u8>, member: impl Fn(&str, &Value<'_>, &mut Vec<u8>)) {
    out.push(b'{');
    for (place, (key, value)) in object.members().iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_text(key, out);
        out.push(b':');
        member(key, value, out);
    }
    out.push(b'}');
}

/// Appends a string literal.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, NotJson> {
        let byte = self.peek().ok_or(NotJson)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn slice(&self, from: usize) -> Result<&'a str, NotJson> {
        self.text.get(from..self.at).ok_or(NotJson)
    }

    fn value(&mut self) -> Result<Value<'a>, NotJson> {
        self.skip_blanks();
        match self.peek().ok_or(NotJson)? {
            b'"' => self.string().map(Value::Text),
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number().map(Value::Number),
        }
    }

    /// Enters the bracket at the current place; `inside` reads up to and with the closing one.
    fn nested(&mut self, inside: fn(&mut Self) -> Result<Value<'a>, NotJson>) -> Result<Value<'a>, NotJson> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(NotJson);
        }
        self.at += 1;
        self.skip_blanks();
        let value = inside(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value<'a>, NotJson> {
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(Object::default()));
        }
        let mut members = Vec::with_capacity(8);
        loop {
            self.skip_blanks();
            let key = self.string()?;
            self.skip_blanks();
            if self.next()? != b':' {
                return Err(NotJson);
            }
            members.push((key, self.value()?));
            if self.closes(b'}')? {
                return if has_duplicates(&members) { Err(NotJson) } else { Ok(Value::Object(Object(members))) };
            }
        }
    }

    fn array(&mut self) -> Result<Value<'a>, NotJson> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.closes(b']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    /// After an element: the closing bracket, or a comma and more to come.
    fn closes(&mut self, bracket: u8) -> Result<bool, NotJson> {
        self.skip_blanks();
        match self.next()? {
            b',' => Ok(false),
            byte if byte == bracket => Ok(true),
            _ => Err(NotJson),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, NotJson> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<&'a str, NotJson> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.slice(from)
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(NotJson) }
    }

    /// Reads a string literal; borrowed unless it holds an escape.
    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        if self.next()? != b'"' {
            return Err(NotJson);
        }
        let plain = self.plain_run()?;
        if self.next()? == b'"' {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            text.push(self.escape()?);
            text.push_str(self.plain_run()?);
            if self.next()? == b'"' {
                return Ok(Cow::Owned(text));
            }
        }
    }

    /// The characters up to the next quote or backslash, which stays unread.
    fn plain_run(&mut self) -> Result<&'a str, NotJson> {
        let from = self.at;
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let special = |&byte: &u8| byte == b'"' || byte == b'\\' || byte < 0x20;
        self.at += rest.iter().position(special).ok_or(NotJson)?;
        match self.peek() {
            Some(b'"' | b'\\') => self.slice(from),
            _ => Err(NotJson),
        }
    }

    /// The character after a backslash.
    fn escape(&mut self) -> Result<char, NotJson> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(NotJson),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, NotJson> {
        let first = self.hex4()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or(NotJson);
        }
        if (self.next()?, self.next()?) != (b'\\', b'u') {
            return Err(NotJson);
        }
        let second = self.hex4()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(NotJson);
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(NotJson)
    }

    fn hex4(&mut self) -> Result<u32, NotJson> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(NotJson)?;
            number = number * 16 + digit;
        }
        Ok(number)
    }
}

fn has_duplicates(members: &[(Cow<'_, str>, Value<'_>)]) -> bool {
    if members.len() > FEW_MEMBERS {
        let mut seen = HashSet::with_capacity(members.len());
        return !members.iter().all(|(key, _)| seen.insert(key.as_ref()));
    }
    members.iter().enumerate().any(|(place, (key, _))| members.iter().take(place).any(|(earlier, _)| earlier == key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compact(text: &str) -> Option<String> {
        let value = parse(text.as_bytes()).ok()?;
        let mut out = Vec::new();
        write(&value, &mut out);
        String::from_utf8(out).ok()
    }

    #[test]
    fn what_json_allows_is_read_and_written_without_blanks() {
        let cases = [
            (r#" { "a" : 1 , "b":[ true,false , null ] } "#, r#"{"a":1,"b":[true,false,null]}"#),
            (r#"{"a":-0.50e+10}"#, r#"{"a":-0.50e+10}"#),
            (r#"{"a":"\u00e9\ud83d\ude00\/\b"}"#, "{\"a\":\"é😀/\\u0008\"}"),
            (r#"{"a":"x\"y\\z\n"}"#, r#"{"a":"x\"y\\z\n"}"#),
            ("{}", "{}"),
            ("[]", "[]"),
        ];
        for (text, written) in cases {
            assert_eq!(compact(text).as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn what_json_forbids_is_refused() {
        let cases = [
            "",
            "{",
            "{\"t\":\"patient\",",
            "{\"a\":1,}",
            "[1,]",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "tru",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"open",
            "{} {}",
            "{}\r",
            "\u{feff}{}",
            "'a'",
            "NaN",
        ];
        for text in cases {
            assert_eq!(parse(text.as_bytes()), Err(NotJson), "{text:?}");
        }
        assert_eq!(parse(b"{\"a\":\"caf\xe9\"}"), Err(NotJson), "Latin-1");
    }

    #[test]
    fn a_repeated_key_is_refused_at_every_level() {
        let many: Vec<String> = (0..100).map(|n| format!("\"k{n}\":1")).collect();
        let unique = format!("{{{}}}", many.join(","));
        let repeated = format!("{{{},\"k50\":1}}", many.join(","));
        assert!(parse(unique.as_bytes()).is_ok());
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#, &repeated] {
            assert_eq!(parse(text.as_bytes()), Err(NotJson), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(parse(nested(MAX_DEPTH + 1).as_bytes()), Err(NotJson));
        assert_eq!(parse("[".repeat(1 << 20).as_bytes()), Err(NotJson));
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde_json_on_what_is_json(text in r#"[\[\]{}",:0-9a-e.\\un+ -]{0,24}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match (compact(&text), theirs) {
                (Some(ours), Ok(theirs)) => {
                    prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&ours).unwrap(), theirs);
                }
                // We keep digits as text, so no number is too large for us.
                (Some(_), Err(error)) => prop_assert!(error.to_string().contains("out of range")),
                (None, _) => {}
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_text_survives_writing_and_reading(text: String) {
            let mut out = Vec::new();
            write_text(&text, &mut out);
            prop_assert_eq!(parse(&out), Ok(Value::Text(Cow::Owned(text))));
        }
    }
}
