//! FHIR XML out of FHIR JSON: one generic writer for every resource and Bundle (fhir-data-services §1.1). The way back is
//! `read`.
//!
//! Follows the R4 rules for both formats: primitives become `value` attributes, the `id` of an element and the
//! `url` of an extension become attributes, a `_name` sibling merges into its primitive (place by place in arrays),
//! arrays repeat, a nested resource stands inside an element of its type, and the narrative is XHTML as it is.
//! Elements come in the order of the JSON members, which the renderers keep in FHIR's order.

mod read;

pub use read::{ReadFault, read};

use super::tree::{Json, Member, TreeFault, find_member};

const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Why a document has no XML form. Nothing of its content is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    /// The bytes are no JSON.
    #[error(transparent)]
    Json(#[from] TreeFault),
    /// An object without a `resourceType` stands where a resource must be.
    #[error("not a resource")]
    NotAResource,
    /// A member or type name that is no FHIR name.
    #[error("a member name that FHIR does not have")]
    Name,
    /// A narrative that is not a well-formed XHTML `div`.
    #[error("a narrative that is not a well-formed XHTML div")]
    Narrative,
    /// A value where FHIR has none, such as an array in an array.
    #[error("a value of a kind that FHIR does not have there")]
    Shape,
}

/// Writes a resource given as JSON bytes in XML, in UTF-8 and without XML declaration.
///
/// # Errors
/// See [`XmlFault`].
pub fn from_json(bytes: &[u8]) -> Result<Vec<u8>, XmlFault> {
    write(&Json::parse(bytes)?)
}

/// Writes a resource in XML, in UTF-8 and without XML declaration. `null` members are left out; characters that
/// XML 1.0 cannot hold become U+FFFD.
///
/// # Errors
/// See [`XmlFault`].
pub fn write(resource: &Json<'_>) -> Result<Vec<u8>, XmlFault> {
    let mut writer = Writer { out: String::new() };
    writer.resource(resource, " xmlns=\"http://hl7.org/fhir\"")?;
    Ok(writer.out.into_bytes())
}

struct Writer {
    out: String,
}

impl Writer {
    fn resource(&mut self, resource: &Json<'_>, namespace: &str) -> Result<(), XmlFault> {
        let Json::Object(members) = resource else { return Err(XmlFault::NotAResource) };
        let kind = resource_type(members).ok_or(XmlFault::NotAResource)?;
        self.open(kind)?;
        self.out.push_str(namespace);
        self.out.push('>');
        self.members(members, &["resourceType"])?;
        self.close(kind);
        Ok(())
    }

    /// The child elements: every member but those that became attributes.
    fn members(&mut self, members: &[Member<'_>], attributes: &[&str]) -> Result<(), XmlFault> {
        for (name, value) in members {
            let base = name.strip_prefix('_').unwrap_or(name);
            if attributes.contains(&base) {
                continue;
            }
            if base.len() == name.len() {
                self.property(base, value, find_member(members, &format!("_{base}")).unwrap_or(&Json::Null))?;
            } else if find_member(members, base).is_none() {
                self.property(base, &Json::Null, value)?;
            }
        }
        Ok(())
    }

    /// One member with its `_` sibling (`Null` when there is none), repeated when it is an array.
    fn property(&mut self, name: &str, value: &Json<'_>, sibling: &Json<'_>) -> Result<(), XmlFault> {
        let (values, siblings) = match (value, sibling) {
            (Json::Array(values), Json::Array(siblings)) => (values.as_slice(), siblings.as_slice()),
            (Json::Array(values), Json::Null) => (values.as_slice(), [].as_slice()),
            (Json::Null, Json::Array(siblings)) => ([].as_slice(), siblings.as_slice()),
            (Json::Array(_), _) | (_, Json::Array(_)) => return Err(XmlFault::Shape),
            _ => return self.element(name, value, sibling),
        };
        for i in 0..values.len().max(siblings.len()) {
            self.element(name, values.get(i).unwrap_or(&Json::Null), siblings.get(i).unwrap_or(&Json::Null))?;
        }
        Ok(())
    }

    fn element(&mut self, name: &str, value: &Json<'_>, sibling: &Json<'_>) -> Result<(), XmlFault> {
        match (value, sibling) {
            (Json::Null, Json::Null) => Ok(()),
            (Json::Object(members), Json::Null) if resource_type(members).is_some() => self.nested(name, value),
            (Json::Object(members), Json::Null) => self.complex(name, members),
            (Json::Text(xhtml), Json::Null) if name == "div" => self.narrative(xhtml),
            (Json::Bool(_) | Json::Number(_) | Json::Text(_), Json::Null) => self.primitive(name, value, &[]),
            (Json::Object(_) | Json::Array(_), _) => Err(XmlFault::Shape),
            (_, Json::Object(members)) => self.primitive(name, value, members),
            _ => Err(XmlFault::Shape),
        }
    }

    fn nested(&mut self, name: &str, resource: &Json<'_>) -> Result<(), XmlFault> {
        self.open(name)?;
        self.out.push('>');
        self.resource(resource, "")?;
        self.close(name);
        Ok(())
    }

    fn complex(&mut self, name: &str, members: &[Member<'_>]) -> Result<(), XmlFault> {
        let attributes: &[&str] = match name {
            "extension" | "modifierExtension" => &["id", "url"],
            _ => &["id"],
        };
        self.open(name)?;
        for attribute in attributes {
            self.attribute_of(members, attribute)?;
        }
        self.out.push('>');
        self.members(members, attributes)?;
        self.close(name);
        Ok(())
    }

    /// A primitive; `sibling` holds its `id` and extensions.
    fn primitive(&mut self, name: &str, value: &Json<'_>, sibling: &[Member<'_>]) -> Result<(), XmlFault> {
        self.open(name)?;
        self.attribute_of(sibling, "id")?;
        match value {
            Json::Null => {}
            Json::Bool(value) => self.attribute("value", if *value { "true" } else { "false" }),
            Json::Number(text) | Json::Text(text) => self.attribute("value", text),
            Json::Array(_) | Json::Object(_) => return Err(XmlFault::Shape),
        }
        if sibling.iter().all(|(name, _)| name == "id") {
            self.out.push_str("/>");
            return Ok(());
        }
        self.out.push('>');
        self.members(sibling, &["id"])?;
        self.close(name);
        Ok(())
    }

    fn narrative(&mut self, xhtml: &str) -> Result<(), XmlFault> {
        let document = roxmltree::Document::parse(xhtml).map_err(|_| XmlFault::Narrative)?;
        if !xhtml.starts_with("<div") || !document.root_element().has_tag_name((XHTML, "div")) {
            return Err(XmlFault::Narrative);
        }
        self.out.push_str(xhtml);
        Ok(())
    }

    fn attribute_of(&mut self, members: &[Member<'_>], name: &str) -> Result<(), XmlFault> {
        match find_member(members, name) {
            None | Some(Json::Null) => Ok(()),
            Some(Json::Text(text)) => {
                self.attribute(name, text);
                Ok(())
            }
            Some(_) => Err(XmlFault::Shape),
        }
    }

    fn open(&mut self, name: &str) -> Result<(), XmlFault> {
        let valid =
            name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
        if !valid {
            return Err(XmlFault::Name);
        }
        self.out.push('<');
        self.out.push_str(name);
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// White space other than a blank is escaped, or a reader would turn it into a blank.
    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' => self.out.push_str("&#9;"),
                '\n' => self.out.push_str("&#10;"),
                '\r' => self.out.push_str("&#13;"),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => self.out.push('\u{fffd}'),
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

fn resource_type<'m>(members: &'m [Member<'_>]) -> Option<&'m str> {
    find_member(members, "resourceType").and_then(Json::as_text)
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::any_tree;
    use super::*;
    use proptest::prelude::*;

    fn xml(json: &str) -> Result<String, XmlFault> {
        from_json(json.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn every_rule_of_the_format_has_its_case() {
        let cases = [
            (
                "primitives, booleans and digits",
                r#"{"resourceType":"X","id":"1","flag":true,"value":7.40,"text":"a<b&\"c\"\n"}"#,
                r#"<X xmlns="http://hl7.org/fhir"><id value="1"/><flag value="true"/><value value="7.40"/><text value="a&lt;b&amp;&quot;c&quot;&#10;"/></X>"#,
            ),
            (
                "element ids and extension urls are attributes; other urls are elements",
                r#"{"resourceType":"X","code":{"id":"e","extension":[{"url":"u","valueCode":"v"}],"url":"w"}}"#,
                r#"<X xmlns="http://hl7.org/fhir"><code id="e"><extension url="u"><valueCode value="v"/></extension><url value="w"/></code></X>"#,
            ),
            (
                "a sibling merges, with and without value",
                r#"{"resourceType":"X","birthDate":"1970","_birthDate":{"id":"b"},"_value":{"extension":[{"url":"u","valueCode":"masked"}]}}"#,
                r#"<X xmlns="http://hl7.org/fhir"><birthDate id="b" value="1970"/><value><extension url="u"><valueCode value="masked"/></extension></value></X>"#,
            ),
            (
                "siblings in arrays stay with their element",
                r#"{"resourceType":"X","given":["a",null,"c"],"_given":[null,{"id":"2"}]}"#,
                r#"<X xmlns="http://hl7.org/fhir"><given value="a"/><given id="2"/><given value="c"/></X>"#,
            ),
            (
                "nested resources are wrapped by their type and keep their id as element",
                r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Y","id":"7"}}]}"#,
                r#"<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Y><id value="7"/></Y></resource></entry></Bundle>"#,
            ),
            (
                "the narrative is verbatim",
                r#"{"resourceType":"X","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a &amp; b<br/></div>"}}"#,
                r#"<X xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">a &amp; b<br/></div></text></X>"#,
            ),
            (
                "null members are left out and impossible characters replaced",
                r#"{"resourceType":"X","a":null,"b":"\u0000\uffff"}"#,
                "<X xmlns=\"http://hl7.org/fhir\"><b value=\"\u{fffd}\u{fffd}\"/></X>",
            ),
        ];
        for (name, json, expected) in cases {
            assert_eq!(xml(json).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_is_no_fhir_is_refused() {
        let cases = [
            (r#"{"id":"1"}"#, XmlFault::NotAResource),
            ("[]", XmlFault::NotAResource),
            (r#"{"resourceType":"X y"}"#, XmlFault::Name),
            (r#"{"resourceType":"X","a b":1}"#, XmlFault::Name),
            (r#"{"resourceType":"X","a":[[1]]}"#, XmlFault::Shape),
            (r#"{"resourceType":"X","a":[1],"_a":{"id":"x"}}"#, XmlFault::Shape),
            (r#"{"resourceType":"X","a":{"b":1},"_a":{"id":"x"}}"#, XmlFault::Shape),
            (r#"{"resourceType":"X","a":{"id":7}}"#, XmlFault::Shape),
            (r#"{"resourceType":"X","text":{"div":"<div>no namespace</div>"}}"#, XmlFault::Narrative),
            (
                r#"{"resourceType":"X","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><b></div>"}}"#,
                XmlFault::Narrative,
            ),
            (
                r#"{"resourceType":"X","text":{"div":"<?xml version=\"1.0\"?><div xmlns=\"http://www.w3.org/1999/xhtml\"/>"}}"#,
                XmlFault::Narrative,
            ),
            (r#"{"resourceType":"X","text":{"div":"</text>"}}"#, XmlFault::Narrative),
            ("{", XmlFault::Json(TreeFault::Syntax(1))),
        ];
        for (json, fault) in cases {
            assert_eq!(xml(json), Err(fault), "{json}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_well_formed(tree in any_tree()) {
            let resource = Json::Object(vec![
                ("resourceType".into(), Json::Text("X".into())),
                ("body".into(), tree),
            ]);
            if let Ok(bytes) = write(&resource) {
                let text = String::from_utf8(bytes).unwrap();
                prop_assert!(roxmltree::Document::parse(&text).is_ok(), "{}", text);
            }
        }

        #[test]
        fn text_survives_the_way_through_xml(text in "[^\\u{0}-\\u{8}\\u{b}\\u{c}\\u{e}-\\u{1f}\\u{fffe}\\u{ffff}]{0,40}") {
            let resource = Json::Object(vec![
                ("resourceType".into(), Json::Text("X".into())),
                ("note".into(), Json::Text(text.clone().into())),
            ]);
            let xml = String::from_utf8(write(&resource).unwrap()).unwrap();
            let document = roxmltree::Document::parse(&xml).unwrap();
            let note = document.root_element().first_element_child().unwrap();
            prop_assert_eq!(note.attribute("value"), Some(text.as_str()));
        }
    }
}
