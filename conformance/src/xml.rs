//! Do the JSON and the XML form of an answer say the same, to the last digit?
//!
//! Both are read as a list of leaves: the name of an element with the text of its value, as it is written. JSON is read
//! by a small reader of its own, because a number that went through `f64` no longer has its digits (`7.40`).

use roxmltree::{Document, Node};

/// The namespace of FHIR's own elements.
const FHIR: &str = "http://hl7.org/fhir";

/// Why the two forms differ. Values are not quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The JSON cannot be read.
    Json,
    /// The XML is not well-formed.
    NotWellFormed,
    /// An element that is in no namespace or in another one.
    Namespace(String),
    /// Only the JSON has this leaf, or with this text.
    OnlyJson(String),
    /// Only the XML has this leaf, or with this text.
    OnlyXml(String),
}

/// A name and a text.
type Leaf = (String, String);

/// Compares the two forms; an empty list means that they say the same.
///
/// What JSON says by `resourceType`, XML says by the name of an element; a narrative is compared as one leaf.
pub fn differences(json: &str, xml: &str) -> Vec<Difference> {
    let Some(mut in_json) = Reader::leaves(json) else { return vec![Difference::Json] };
    let Ok(document) = Document::parse(xml) else { return vec![Difference::NotWellFormed] };
    let mut differences = Vec::new();
    let mut in_xml = Vec::new();
    note(document.root_element(), &mut in_xml, &mut differences);
    in_json.sort();
    in_xml.sort();
    let mut theirs = in_xml.into_iter().peekable();
    for own in in_json {
        while let Some(other) = theirs.next_if(|other| *other < own) {
            differences.push(Difference::OnlyXml(other.0));
        }
        if theirs.next_if_eq(&own).is_none() {
            differences.push(Difference::OnlyJson(own.0));
        }
    }
    differences.extend(theirs.map(|(name, _)| Difference::OnlyXml(name)));
    differences
}

fn note(node: Node<'_, '_>, leaves: &mut Vec<Leaf>, differences: &mut Vec<Difference>) {
    let name = node.tag_name().name();
    if name == "div" {
        leaves.push(("div".to_owned(), String::new()));
        return;
    }
    if node.tag_name().namespace() != Some(FHIR) {
        differences.push(Difference::Namespace(name.to_owned()));
    }
    if name.starts_with(|first: char| first.is_ascii_uppercase()) {
        leaves.push(("resourceType".to_owned(), name.to_owned()));
    }
    for attribute in node.attributes() {
        let name = if attribute.name() == "value" { name } else { attribute.name() };
        leaves.push((name.to_owned(), attribute.value().to_owned()));
    }
    for child in node.children().filter(Node::is_element) {
        note(child, leaves, differences);
    }
}

/// What a container was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Object,
    Array,
}

/// Reads the leaves of JSON that was found to be well-formed; anything else ends in `None`.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    open: Vec<(Place, &'t str)>,
    name: &'t str,
    leaves: Vec<Leaf>,
}

impl<'t> Reader<'t> {
    fn leaves(text: &'t str) -> Option<Vec<Leaf>> {
        let mut reader = Self { text, at: 0, open: Vec::new(), name: "", leaves: Vec::new() };
        while let Some(next) = reader.text.as_bytes().get(reader.at) {
            reader.token(*next)?;
        }
        reader.open.is_empty().then_some(reader.leaves)
    }

    fn token(&mut self, next: u8) -> Option<()> {
        match next {
            b'{' => self.enter(Place::Object),
            b'[' => self.enter(Place::Array),
            b'}' | b']' => {
                (_, self.name) = self.open.pop()?;
                self.at += 1;
            }
            b',' | b':' => self.at += 1,
            b'"' => self.string()?,
            next if next.is_ascii_whitespace() => self.at += 1,
            _ => {
                let rest = &self.text[self.at..];
                let literal = &rest[..rest.find([',', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(rest.len())];
                self.at += literal.len();
                // A null only keeps a place in an array.
                if literal != "null" {
                    self.leaf(literal.to_owned());
                }
            }
        }
        Some(())
    }

    fn enter(&mut self, place: Place) {
        self.open.push((place, self.name));
        self.at += 1;
    }

    /// A string is the name of a member when a colon follows.
    fn string(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let length = closing_quote(rest)? + 1;
        self.at += length;
        let after = self.text[self.at..].trim_start();
        let is_in_object = self.open.last().is_some_and(|(place, _)| *place == Place::Object);
        if is_in_object && after.starts_with(':') {
            let name = rest.get(1..length - 1)?;
            self.name = name.strip_prefix('_').unwrap_or(name);
        } else {
            self.leaf(serde_json::from_str(rest.get(..length)?).ok()?);
        }
        Some(())
    }

    fn leaf(&mut self, text: String) {
        let text = if self.name == "div" { String::new() } else { text };
        self.leaves.push((self.name.to_owned(), text));
    }
}

/// Where the string that opens this text ends.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    let inside = text.bytes().enumerate().skip(1);
    inside.into_iter().find_map(|(place, byte)| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends.then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"resourceType":"Bundle","total":1,"entry":[{"fullUrl":"https://x.test/a\"b",
        "resource":{"resourceType":"Observation","id":"o-1","text":{"div":"<div>null</div>"},"valueQuantity":
        {"id":"q","value":7.40,"unit":"caf\u00e9: {1,2}"},"note":[{"text":"a\\"},{"text":"null"}],
        "extension":[{"url":"http://x.test/e","valueBoolean":true}],"_status":{"extension":[{"url":"u"}]},"given":[null,"b"]}}]}"#;
    const XML: &str = r#"<Bundle xmlns="http://hl7.org/fhir"><total value="1"/><entry><fullUrl value='https://x.test/a"b'/>
        <resource><Observation><id value="o-1"/><text><div xmlns="http://www.w3.org/1999/xhtml">null</div></text>
        <valueQuantity id="q"><value value="7.40"/><unit value="café: {1,2}"/></valueQuantity><note><text value="a\"/></note>
        <note><text value="null"/></note><extension url="http://x.test/e"><valueBoolean value="true"/></extension>
        <status><extension url="u"/></status><given/><given value="b"/></Observation></resource></entry></Bundle>"#;

    #[test]
    fn the_same_answer_in_both_forms_has_no_difference() {
        assert_eq!(differences(JSON, XML), []);
    }

    #[test]
    fn a_lost_digit_a_lost_entry_and_a_new_element_are_found() {
        let only_json = |name: &str| Difference::OnlyJson(name.to_owned());
        let only_xml = |name: &str| Difference::OnlyXml(name.to_owned());
        let cases = [
            ("7.40", "7.4", vec![only_xml("value"), only_json("value")]),
            ("<total value=\"1\"/>", "", vec![only_json("total")]),
            ("<given/>", "<given value=\"a\"/>", vec![only_xml("given")]),
            ("Observation>", "Condition>", vec![only_xml("resourceType"), only_json("resourceType")]),
            ("<given/>", "<given xmlns=\"\"/>", vec![Difference::Namespace("given".to_owned())]),
            ("</Bundle>", "", vec![Difference::NotWellFormed]),
        ];
        for (from, to, expected) in cases {
            assert_eq!(differences(JSON, &XML.replace(from, to)), expected, "{from} → {to}");
        }
    }

    #[test]
    fn what_is_no_json_is_told() {
        for text in ["{", "}", "\"a", "{\"a\":\"\\", "[1,"] {
            assert_eq!(differences(text, XML), [Difference::Json], "{text}");
        }
    }
}
