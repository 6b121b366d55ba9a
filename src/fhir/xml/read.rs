//! FHIR JSON out of FHIR XML: the other way round, for what a HIS delivers in XML.
//!
//! XML does not say what is a list and what a number: the [model](crate::fhir::model) does. Strict where reading on would
//! be guessing: unknown elements, elements out of FHIR's order, text between elements, and a second value of what can be
//! there once are refused. The digits of a decimal stay as they are written.

use std::borrow::Cow;

use roxmltree::{Document, Node, ParsingOptions};

use crate::fhir::model::{Model, Named, Primitive, Type};
use crate::fhir::tree::{Json, MAX_DEPTH, Member};

const FHIR: &str = "http://hl7.org/fhir";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Why XML is no FHIR resource. Nothing of its content is quoted, only FHIR's own names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ReadFault {
    #[error("not well-formed XML (line {line})")]
    NotXml { line: u32 },
    #[error("the outermost element is no resource of this FHIR release")]
    NotAResource,
    #[error("{at}: an element or attribute that FHIR does not have there")]
    Unknown { at: String },
    #[error("{at}: an element stands before one that must come first")]
    Order { at: String },
    #[error("{at}: more than one where one is allowed")]
    Repeated { at: String },
    #[error("{at}: text between elements")]
    Text { at: String },
    #[error("{at}: an element without value and content")]
    Empty { at: String },
    #[error("{at}: a value that is not written as its type is")]
    Value { at: String },
    #[error("{at}: a narrative whose div does not name XHTML as its namespace")]
    Narrative { at: String },
    #[error("nested too deeply")]
    Depth,
}

/// Reads one resource or Bundle.
///
/// # Errors
/// [`ReadFault`] with the first place that is wrong.
pub fn read(model: &Model, text: &str) -> Result<Json<'static>, ReadFault> {
    // An external or recursive entity is how XML reads files and fills memory: no DTD at all.
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| ReadFault::NotXml { line: error.pos().row })?;
    let reader = Reader { model, text };
    reader.resource(document.root_element(), 0)
}

struct Reader<'m, 't> {
    model: &'m Model,
    text: &'t str,
}

/// Members of one element while its children are read.
#[derive(Default)]
struct Members {
    members: Vec<Member<'static>>,
    /// Place of the last element in FHIR's order, and its name.
    last: Option<(usize, String)>,
}

impl Reader<'_, '_> {
    fn resource(&self, node: Node<'_, '_>, depth: usize) -> Result<Json<'static>, ReadFault> {
        let name = node.tag_name();
        let kind = self.model.find_resource(name.name()).filter(|_| name.namespace() == Some(FHIR));
        let kind = kind.ok_or(ReadFault::NotAResource)?;
        if let Some(attribute) = node.attributes().next() {
            return Err(ReadFault::Unknown { at: format!("{}@{}", kind.name, own_name(attribute.name())) });
        }
        let mut members = Members::default();
        members.members.push(("resourceType".into(), Json::Text(kind.name.into())));
        self.children(kind, node, kind.name, depth, &mut members)?;
        Ok(Json::Object(members.members))
    }

    fn children(
        &self,
        kind: &Type,
        node: Node<'_, '_>,
        at: &str,
        depth: usize,
        members: &mut Members,
    ) -> Result<(), ReadFault> {
        if depth > MAX_DEPTH / 2 {
            return Err(ReadFault::Depth);
        }
        for child in node.children() {
            if child.is_text() && !child.text().unwrap_or_default().trim().is_empty() {
                return Err(ReadFault::Text { at: at.to_owned() });
            }
            if child.is_element() {
                self.child(kind, child, at, depth, members)?;
            }
        }
        Ok(())
    }

    fn child(
        &self,
        kind: &Type,
        child: Node<'_, '_>,
        at: &str,
        depth: usize,
        members: &mut Members,
    ) -> Result<(), ReadFault> {
        let name = child.tag_name().name();
        let named = self.model.find_element(kind, name).ok_or_else(|| ReadFault::Unknown { at: at.to_owned() })?;
        let at = format!("{at}.{name}");
        let namespace = if named.kind == "xhtml" { XHTML } else { FHIR };
        if child.tag_name().namespace() != Some(namespace) {
            return Err(ReadFault::Unknown { at });
        }
        members.step(named, name, &at)?;
        if named.kind == "xhtml" {
            members.put(named, name, self.narrative(child, &at)?);
            return Ok(());
        }
        if let Some(primitive) = Primitive::find(named.kind) {
            let (value, sibling) = self.primitive(primitive, child, &at, depth)?;
            members.put_primitive(named, name, value, sibling);
            return Ok(());
        }
        members.put(named, name, self.complex(named.kind, child, &at, depth)?);
        Ok(())
    }

    fn complex(&self, kind: &str, node: Node<'_, '_>, at: &str, depth: usize) -> Result<Json<'static>, ReadFault> {
        if kind == "Resource" {
            return self.nested(node, at, depth);
        }
        let kind = self.model.find(kind).ok_or_else(|| ReadFault::Unknown { at: at.to_owned() })?;
        let mut members = Members::default();
        for attribute in node.attributes() {
            // `id` of an element, and `url` of an extension, are attributes.
            let named = self.model.find_element(kind, attribute.name());
            let fits = attribute.name() == "id" || (attribute.name() == "url" && kind.name == "Extension");
            if named.is_none() || !fits || attribute.namespace().is_some() {
                return Err(ReadFault::Unknown { at: format!("{at}@{}", own_name(attribute.name())) });
            }
            let text = Json::Text(attribute.value().to_owned().into());
            members.members.push((attribute.name().to_owned().into(), text));
        }
        members.members.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.children(kind, node, at, depth + 1, &mut members)?;
        if members.members.is_empty() {
            return Err(ReadFault::Empty { at: at.to_owned() });
        }
        Ok(Json::Object(members.members))
    }

    /// `contained`, or the resource of an entry: an element around one of the resource's own type.
    fn nested(&self, node: Node<'_, '_>, at: &str, depth: usize) -> Result<Json<'static>, ReadFault> {
        let mut inside = node.children().filter(|child| child.is_element());
        match (inside.next(), inside.next()) {
            (Some(resource), None) if node.attributes().next().is_none() => self.resource(resource, depth + 1),
            _ => Err(ReadFault::Repeated { at: at.to_owned() }),
        }
    }

    /// Value and sibling (`_name`) of a primitive.
    fn primitive(
        &self,
        primitive: Primitive,
        node: Node<'_, '_>,
        at: &str,
        depth: usize,
    ) -> Result<(Json<'static>, Json<'static>), ReadFault> {
        let mut value = Json::Null;
        let mut sibling = Members::default();
        for attribute in node.attributes() {
            match (attribute.namespace(), attribute.name()) {
                (None, "value") => value = json_value(primitive, attribute.value(), at)?,
                (None, "id") => sibling.members.push(("id".into(), Json::Text(attribute.value().to_owned().into()))),
                (_, name) => return Err(ReadFault::Unknown { at: format!("{at}@{}", own_name(name)) }),
            }
        }
        if let Some(element) = self.model.find("Element") {
            self.children(element, node, at, depth + 1, &mut sibling)?;
        }
        let sibling = if sibling.members.is_empty() { Json::Null } else { Json::Object(sibling.members) };
        if (&value, &sibling) == (&Json::Null, &Json::Null) {
            return Err(ReadFault::Empty { at: at.to_owned() });
        }
        Ok((value, sibling))
    }

    /// The narrative as it is written, with its namespace in its own start tag.
    fn narrative(&self, node: Node<'_, '_>, at: &str) -> Result<Json<'static>, ReadFault> {
        let fault = || ReadFault::Narrative { at: at.to_owned() };
        let written = self.text.get(node.range()).ok_or_else(fault)?;
        let rest = written.strip_prefix("<div").ok_or_else(fault)?;
        let has_own = Document::parse(written).is_ok_and(|div| div.root_element().has_tag_name((XHTML, "div")));
        let div = if has_own { written.to_owned() } else { format!("<div xmlns=\"{XHTML}\"{rest}") };
        Document::parse(&div).map_err(|_| fault())?;
        Ok(Json::Text(div.into()))
    }
}

fn json_value(primitive: Primitive, text: &str, at: &str) -> Result<Json<'static>, ReadFault> {
    if !primitive.allows(text) {
        return Err(ReadFault::Value { at: at.to_owned() });
    }
    let text = || Cow::Owned(text.to_owned());
    Ok(match primitive {
        Primitive::Boolean => Json::Bool(text() == "true"),
        primitive if primitive.is_number() => Json::Number(text()),
        _ => Json::Text(text()),
    })
}

/// A name as it may be quoted: a foreign document can call an attribute anything.
fn own_name(name: &str) -> &str {
    if name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphabetic()) { name } else { "…" }
}

impl Members {
    /// Is it this element's turn?
    fn step(&mut self, named: Named<'_>, name: &str, at: &str) -> Result<(), ReadFault> {
        match &self.last {
            Some((place, _)) if named.place < *place => return Err(ReadFault::Order { at: at.to_owned() }),
            Some((place, before)) if named.place == *place && (!named.element.is_list || before != name) => {
                return Err(ReadFault::Repeated { at: at.to_owned() });
            }
            _ => self.last = Some((named.place, name.to_owned())),
        }
        Ok(())
    }

    fn put(&mut self, named: Named<'_>, name: &str, value: Json<'static>) {
        if !named.element.is_list {
            self.members.push((name.to_owned().into(), value));
            return;
        }
        match self.members.last_mut() {
            Some((last, Json::Array(elements))) if last == name => elements.push(value),
            _ => self.members.push((name.to_owned().into(), Json::Array(vec![value]))),
        }
    }

    /// Of a list of primitives the siblings keep the places of their values, with `null` for what is not there.
    fn put_primitive(&mut self, named: Named<'_>, name: &str, value: Json<'static>, sibling: Json<'static>) {
        let beside = format!("_{name}");
        if !named.element.is_list {
            if value != Json::Null {
                self.members.push((name.to_owned().into(), value));
            }
            if sibling != Json::Null {
                self.members.push((beside.into(), sibling));
            }
            return;
        }
        let count = self.count_of(name);
        self.push_at(name, count, value);
        self.push_at(&beside, count, sibling);
    }

    /// Elements of this list so far; the longer of values and siblings.
    fn count_of(&self, name: &str) -> usize {
        let lists = self.members.iter().filter(|(own, _)| own.strip_prefix('_').unwrap_or(own) == name);
        let lengths = lists.map(|(_, list)| if let Json::Array(elements) = list { elements.len() } else { 0 });
        lengths.max().unwrap_or(0)
    }

    /// Adds an element at a place of a list; a list of nothing but `null` is not begun.
    fn push_at(&mut self, name: &str, place: usize, value: Json<'static>) {
        let found = self.members.iter_mut().find(|(own, _)| own == name);
        let list = match found {
            Some((_, Json::Array(list))) => list,
            _ if value == Json::Null => return,
            _ => {
                self.members.push((name.to_owned().into(), Json::Array(Vec::new())));
                match self.members.last_mut() {
                    Some((_, Json::Array(list))) => list,
                    _ => return,
                }
            }
        };
        list.resize(place, Json::Null);
        list.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::model::{R4, STU3, check};
    use crate::fhir::{shared, xml};

    fn read_text(text: &str) -> Result<String, ReadFault> {
        let mut out = Vec::new();
        read(&R4, text)?.write(&mut out);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_form_of_an_element_is_read() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <f:Patient xmlns:f="http://hl7.org/fhir">
              <f:id value="p-1"/>
              <f:text><f:status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">a &lt; b<br/></div></f:text>
              <f:contained><f:Organization><f:id value="o"/><f:name value="O"/></f:Organization></f:contained>
              <f:extension url="http://e"><f:valueDecimal value="7.40"/></f:extension>
              <f:identifier id="i"><f:system value="http://s"/><f:value><f:extension url="http://m"><f:valueCode value="masked"/></f:extension></f:value></f:identifier>
              <f:active value="true"/>
              <f:name><f:given value="A"/><f:given value="B"><f:extension url="http://q"><f:valueCode value="IN"/></f:extension></f:given></f:name>
              <f:birthDate id="b" value="1980"/>
            </f:Patient>"#;
        let json = r#"{"resourceType":"Patient","id":"p-1","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a &lt; b<br/></div>"},"contained":[{"resourceType":"Organization","id":"o","name":"O"}],"extension":[{"url":"http://e","valueDecimal":7.40}],"identifier":[{"id":"i","system":"http://s","_value":{"extension":[{"url":"http://m","valueCode":"masked"}]}}],"active":true,"name":[{"given":["A","B"],"_given":[null,{"extension":[{"url":"http://q","valueCode":"IN"}]}]}],"birthDate":"1980","_birthDate":{"id":"b"}}"#;
        assert_eq!(read_text(xml).as_deref(), Ok(json));
    }

    #[test]
    fn a_narrative_takes_its_namespace_along() {
        let xml = r#"<Flag xmlns="http://hl7.org/fhir" xmlns:x="http://www.w3.org/1999/xhtml"><text><status value="empty"/><x:div/></text></Flag>"#;
        assert_eq!(read_text(xml), Err(ReadFault::Narrative { at: "Flag.text.div".to_owned() }));
    }

    #[test]
    fn what_is_no_fhir_is_refused_by_its_place() {
        let flag = |inside: &str| format!("<Flag xmlns=\"http://hl7.org/fhir\">{inside}</Flag>");
        let at = |at: &str| at.to_owned();
        let cases = [
            ("<Flag".to_owned(), ReadFault::NotXml { line: 1 }),
            ("<!DOCTYPE Flag [<!ENTITY a \"b\">]><Flag/>".to_owned(), ReadFault::NotXml { line: 1 }),
            ("<Flag/>".to_owned(), ReadFault::NotAResource),
            ("<Quantity xmlns=\"http://hl7.org/fhir\"/>".to_owned(), ReadFault::NotAResource),
            (flag("<colour value=\"red\"/>"), ReadFault::Unknown { at: at("Flag") }),
            (flag("<status xmlns=\"http://x\" value=\"a\"/>"), ReadFault::Unknown { at: at("Flag.status") }),
            (flag("<status value=\"a\" is=\"b\"/>"), ReadFault::Unknown { at: at("Flag.status@is") }),
            (flag("<code url=\"b\"/>"), ReadFault::Unknown { at: at("Flag.code@url") }),
            (flag("<status value=\"a\"/><id value=\"1\"/>"), ReadFault::Order { at: at("Flag.id") }),
            (flag("<status value=\"a\"/><status value=\"b\"/>"), ReadFault::Repeated { at: at("Flag.status") }),
            (flag("<status value=\"a\"/>hello"), ReadFault::Text { at: at("Flag") }),
            (flag("<status/>"), ReadFault::Empty { at: at("Flag.status") }),
            (flag("<code/>"), ReadFault::Empty { at: at("Flag.code") }),
            (flag("<status value=\"\"/>"), ReadFault::Value { at: at("Flag.status") }),
            (flag("<contained/>"), ReadFault::Repeated { at: at("Flag.contained") }),
        ];
        for (xml, expected) in cases {
            assert_eq!(read_text(&xml), Err(expected), "{xml}");
        }
        let values = "<valueString value=\"a\"/><valueCode value=\"b\"/>";
        let two = flag(&format!("<extension url=\"http://e\">{values}</extension>"));
        assert_eq!(read_text(&two), Err(ReadFault::Repeated { at: at("Flag.extension.valueCode") }));
        let deep = "<extension url=\"http://e\">".repeat(200) + &"</extension>".repeat(200);
        assert_eq!(read_text(&flag(&deep)), Err(ReadFault::Depth));
    }

    #[test]
    fn every_official_example_comes_back_from_xml_as_it_was() {
        let Some(folder) = shared::folder("fhir/nl-core-r4/examples") else { return };
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let mut json = Json::parse(&bytes).unwrap();
            crate::fhir::model::arrange(&R4, &mut json);
            let written = String::from_utf8(xml::write(&json).unwrap()).unwrap();
            let read = read(&R4, &written).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            assert_eq!(read, json, "{}", path.display());
            seen += 1;
        }
        assert!(seen > 200, "only {seen} examples");
    }

    #[test]
    fn official_fixtures_have_the_right_form_and_come_back_from_json_as_they_were() {
        let r4: &[&str] = &["Immunization-2-0", "LaboratoryResults-3-0", "MP9-3-0-0-beta"];
        let stu3: &[&str] = &["BgZ-3-0", "GenPractData-2-0", "LaboratoryResults-2-0", "PDFA-3-0"];
        for (model, sets, least) in [(&*R4, r4, 400), (&*STU3, stu3, 200)] {
            let Some(folder) = shared::folder("conformance/nictiz") else { return };
            let mut waiting: Vec<_> = sets.iter().map(|set| folder.join(set)).collect();
            let mut seen = 0;
            while let Some(path) = waiting.pop() {
                if path.is_dir() {
                    waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                    continue;
                }
                let is_fixture =
                    path.components().any(|part| part.as_os_str().to_str().unwrap().starts_with("_reference"));
                if !is_fixture || path.extension().is_none_or(|extension| extension != "xml") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let text = crate::fhir::placeholders::fill(&text, jiff::civil::date(2026, 6, 15)).unwrap();
                let once = read(model, &text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
                assert_eq!(check(model, &once), [], "{}", path.display());
                let written = String::from_utf8(xml::write(&once).unwrap()).unwrap();
                assert_eq!(read(model, &written), Ok(once), "{}", path.display());
                seen += 1;
            }
            assert!(seen > least, "only {seen} fixtures");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,80}") {
            let _ = read(&R4, &text);
        }

        #[test]
        fn anything_inside_a_resource_is_read_without_panic(
            names in proptest::collection::vec("(name|given|value|extension|text|div|contained|id)", 0..8),
            attribute in "(value|url|id|x)=\"[^<&\"]{0,8}\"",
        ) {
            let open: String = names.iter().map(|name| format!("<{name} {attribute}>")).collect();
            let close: String = names.iter().rev().map(|name| format!("</{name}>")).collect();
            let _ = read(&R4, &format!("<Patient xmlns=\"http://hl7.org/fhir\">{open}{close}</Patient>"));
        }
    }
}
