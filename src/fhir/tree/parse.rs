//! Reading JSON (RFC 8259) into a [`Json`] tree: strict, bounded in depth, borrowing what it can.

use std::borrow::Cow;

use super::{Json, Member};

/// How deep arrays and objects may nest; R4 resources stay far below.
pub const MAX_DEPTH: usize = 64;

/// Above this many members, names are sorted to find a repeated one; below, each is compared with each.
const FEW_MEMBERS: usize = 16;

/// Bytes that are no JSON document we accept. Positions are byte offsets; no content is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeFault {
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// The grammar of RFC 8259 is broken here, or the document ends too early or too late.
    #[error("not JSON at byte {0}")]
    Syntax(usize),
    /// Arrays and objects nest deeper than [`MAX_DEPTH`].
    #[error("nested too deep at byte {0}")]
    Depth(usize),
    /// An object that ends here names a member twice.
    #[error("a member name is repeated in the object that ends at byte {0}")]
    Repeated(usize),
}

pub(super) fn parse(bytes: &[u8]) -> Result<Json<'_>, TreeFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| TreeFault::Encoding)?;
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    let tree = reader.value(0)?;
    reader.skip_space();
    if reader.at == text.len() { Ok(tree) } else { Err(reader.fault()) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault(&self) -> TreeFault {
        TreeFault::Syntax(self.at)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn skip_digits(&mut self) -> Result<(), TreeFault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.fault()) }
    }

    /// Takes this byte when it is next.
    fn take(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, TreeFault> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json<'a>, TreeFault> {
        let words = [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
        for (word, value) in words {
            if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault())
    }

    fn number(&mut self) -> Result<Json<'a>, TreeFault> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.skip_digits()?;
        }
        if self.take(b'.') {
            self.skip_digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'-') {
                self.take(b'+');
            }
            self.skip_digits()?;
        }
        Ok(Json::Number(Cow::Borrowed(&self.text[start..self.at])))
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, TreeFault> {
        self.enter(depth)?;
        let mut elements = Vec::new();
        if self.take(b']') {
            return Ok(Json::Array(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.value(depth)?);
            if !self.more(b']')? {
                return Ok(Json::Array(elements));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, TreeFault> {
        self.enter(depth)?;
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            members.push(self.member(depth)?);
            if !self.more(b'}')? {
                break;
            }
        }
        if names_repeat(&members) { Err(TreeFault::Repeated(self.at)) } else { Ok(Json::Object(members)) }
    }

    fn member(&mut self, depth: usize) -> Result<Member<'a>, TreeFault> {
        let name = self.string()?;
        self.skip_space();
        if !self.take(b':') {
            return Err(self.fault());
        }
        self.skip_space();
        Ok((name, self.value(depth)?))
    }

    /// Steps over the opening bracket.
    fn enter(&mut self, depth: usize) -> Result<(), TreeFault> {
        if depth > MAX_DEPTH {
            return Err(TreeFault::Depth(self.at));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// After a value: is there another one, or is this the end?
    fn more(&mut self, end: u8) -> Result<bool, TreeFault> {
        self.skip_space();
        if self.take(b',') {
            return Ok(true);
        }
        if self.take(end) { Ok(false) } else { Err(self.fault()) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, TreeFault> {
        if !self.take(b'"') {
            return Err(self.fault());
        }
        let start = self.at;
        self.skip_plain();
        let plain = &self.text[start..self.at];
        if self.take(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            if !self.take(b'\\') {
                return Err(self.fault());
            }
            text.push(self.escape()?);
            let start = self.at;
            self.skip_plain();
            text.push_str(&self.text[start..self.at]);
            if self.take(b'"') {
                return Ok(Cow::Owned(text));
            }
        }
    }

    /// Runs to the next quote, backslash or control character: all ASCII, so the cut is between characters.
    fn skip_plain(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let plain = &rest[..memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len())];
        self.at += plain.iter().position(|byte| *byte < 0x20).unwrap_or(plain.len());
    }

    fn escape(&mut self) -> Result<char, TreeFault> {
        let letter = self.peek().ok_or_else(|| self.fault())?;
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.fault()),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Result<char, TreeFault> {
        let first = self.code_unit()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.fault());
        }
        if !self.take(b'\\') {
            return Err(self.fault());
        }
        let second = self.code_unit()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(self.fault());
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or_else(|| self.fault())
    }

    /// `uXXXX`.
    fn code_unit(&mut self) -> Result<u32, TreeFault> {
        if !self.take(b'u') {
            return Err(self.fault());
        }
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(|| self.fault())?;
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }
}

fn names_repeat(members: &[Member<'_>]) -> bool {
    if members.len() <= FEW_MEMBERS {
        return members.iter().enumerate().any(|(i, (name, _))| members[..i].iter().any(|(other, _)| other == name));
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_documents_are_refused() {
        let cases = [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "nul",
            "truex",
            "\"a",
            "\"\t\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "[] []",
            "{\"a\" 1}",
            "-",
            "NaN",
        ];
        for text in cases {
            assert!(matches!(Json::parse(text.as_bytes()), Err(TreeFault::Syntax(_))), "{text}");
        }
        assert_eq!(Json::parse(b"\"\xff\""), Err(TreeFault::Encoding));
    }

    #[test]
    fn a_repeated_member_is_refused_in_small_and_large_objects() {
        assert!(matches!(Json::parse(br#"{"a":1,"a":2}"#), Err(TreeFault::Repeated(_))));
        let many: Vec<String> = (0..40).map(|i| format!("\"m{}\":1", i % 39)).collect();
        let text = format!("{{{}}}", many.join(","));
        assert!(matches!(Json::parse(text.as_bytes()), Err(TreeFault::Repeated(_))));
    }

    #[test]
    fn the_depth_is_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(Json::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(matches!(Json::parse(nested(MAX_DEPTH + 1).as_bytes()), Err(TreeFault::Depth(_))));
        assert!(matches!(Json::parse("[".repeat(100_000).as_bytes()), Err(TreeFault::Depth(_))));
    }

    #[test]
    fn escapes_are_read_as_rfc_8259_says() {
        let tree = Json::parse(br#""\ud83d\ude42\/\u00e9\b""#).unwrap();
        assert_eq!(tree.as_text(), Some("🙂/é\u{8}"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Json::parse(&bytes);
        }

        #[test]
        fn we_accept_what_serde_json_accepts(text in "[\\[\\]{}\",:0-9eE.+\\-tfnull\\\\ au]{0,24}") {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match (Json::parse(text.as_bytes()), theirs) {
                // Names may repeat for serde_json; a number may be too large for it.
                (Ok(_), Ok(_)) | (Err(TreeFault::Repeated(_)), Ok(_)) | (Err(_), Err(_)) => {}
                (Ok(_), Err(theirs)) => prop_assert!(theirs.to_string().contains("out of range"), "{}", theirs),
                (Err(ours), Ok(_)) => prop_assert!(false, "{}", ours),
            }
        }
    }
}
