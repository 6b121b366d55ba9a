//! A TestScript as it is published: in FHIR's namespace, whatever the prefix, in the shapes of R4 and R5.

use std::collections::HashMap;
use std::path::PathBuf;

use roxmltree::Node;

use crate::tree::from_xml::document;

const FHIR: &str = "http://hl7.org/fhir";
/// What the extension is called that says who is under test.
const UNDER_TEST: &str = "Interoplab-CL-ext-SUT";

/// Why a file is no script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not XML.
    #[error("it is not well-formed XML")]
    NotXml,
    /// It is some other resource.
    #[error("it is no TestScript")]
    NoScript,
}

/// Who is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnderTest {
    /// The server; also when the script does not say so, as older ones do not.
    Server,
    /// The client: nothing that can be run against a server.
    Client,
}

/// A script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Its id.
    pub id: String,
    /// Its title, else its name.
    pub title: String,
    /// Its version, which begins with the FHIR release in Nictiz's scripts.
    pub version: String,
    /// Who is under test.
    pub under_test: UnderTest,
    /// Files with bodies to send, by id.
    pub fixtures: HashMap<String, PathBuf>,
    /// Profiles to validate by, by id.
    pub profiles: HashMap<String, String>,
    /// Variables in their order.
    pub variables: Vec<Variable>,
    /// What is done first.
    pub setup: Vec<Action>,
    /// The tests.
    pub tests: Vec<Test>,
    /// What is done last.
    pub teardown: Vec<Action>,
}

/// A variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it is, with placeholders.
    pub default: Option<String>,
    /// Or what finds it in a stored response.
    pub expression: Option<String>,
    /// Or which header of a stored response.
    pub header: Option<String>,
    /// The name under which the response was stored.
    pub source: Option<String>,
}

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// What is done, one after the other.
    pub actions: Vec<Action>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Something is asked.
    Operation(Operation),
    /// Something must hold.
    Assert(Assert),
    /// Something that is not understood.
    Unknown(String),
}

/// Something is asked of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operation {
    /// In words.
    pub description: String,
    /// The kind of interaction.
    pub kind: String,
    /// Type of resource.
    pub resource: Option<String>,
    /// Begins with `?` or `/`.
    pub params: Option<String>,
    /// The whole address.
    pub url: Option<String>,
    /// The form that is wanted.
    pub accept: Option<String>,
    /// The form of the body.
    pub content_type: Option<String>,
    /// The body: a fixture or a stored response.
    pub source: Option<String>,
    /// The response is stored under this name.
    pub response_id: Option<String>,
    /// The request is stored under this name.
    pub request_id: Option<String>,
    /// Headers with placeholders.
    pub headers: Vec<(String, String)>,
    /// Elements that are not understood.
    pub unknown: Vec<String>,
}

/// Something must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assert {
    /// In words.
    pub description: String,
    /// Members by their names: `expression`, `responseCode`, `operator`, …
    pub members: HashMap<String, String>,
    /// The id of a rule in an extension.
    pub rule: Option<String>,
    /// A failure is a warning.
    pub is_warning: bool,
    /// A failure ends the test.
    pub stops: bool,
}

impl Assert {
    /// A member with placeholders.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(String::as_str)
    }
}

/// What a script asks of a server: types, each with its search parameters, and includes as `Type:parameter`.
pub fn wishes(script: &Script) -> Vec<(String, Vec<String>)> {
    let tests = script.tests.iter().flat_map(|test| &test.actions);
    let operations = script.setup.iter().chain(tests).filter_map(|action| match action {
        Action::Operation(operation) => Some(operation),
        _ => None,
    });
    operations
        .filter_map(|operation| {
            let query =
                operation.params.as_deref().and_then(|params| params.split_once('?')).map_or("", |(_, query)| query);
            let words = query.split('&').filter_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                let name = name.split([':', '.']).next().unwrap_or(name);
                Some(if name == "_include" { value } else { name }.to_owned())
            });
            Some((operation.resource.clone()?, words.collect()))
        })
        .collect()
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let document = document(text.trim_start_matches('\u{feff}')).map_err(|_| Unreadable::NotXml)?;
        let root = document.root_element();
        if !is(root, "TestScript") {
            return Err(Unreadable::NoScript);
        }
        let text = |name| value(root, name).unwrap_or_default();
        Ok(Self {
            id: text("id"),
            title: value(root, "title").unwrap_or_else(|| text("name")),
            version: text("version"),
            under_test: under_test(root),
            fixtures: children(root, "fixture").filter_map(fixture).collect(),
            profiles: children(root, "profile").filter_map(profile).collect(),
            variables: children(root, "variable").map(variable).collect(),
            setup: children(root, "setup").flat_map(actions).collect(),
            tests: children(root, "test").map(test).collect(),
            teardown: children(root, "teardown").flat_map(actions).collect(),
        })
    }
}

fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(FHIR)
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(|child| child.is_element() && child.tag_name().namespace() == Some(FHIR))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node).filter(move |child| child.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

fn value(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    child(node, name)?.attribute("value").map(str::to_owned)
}

fn is_true(node: Node<'_, '_>, name: &'static str) -> bool {
    value(node, name).as_deref() == Some("true")
}

/// The value of the extension whose url ends in this, whatever its type.
fn extension(node: Node<'_, '_>, name: &str) -> Option<String> {
    let mut extensions = children(node, "extension");
    let found = extensions.find(|one| one.attribute("url").is_some_and(|url| url.ends_with(name)))?;
    let value = elements(found).find(|child| child.tag_name().name().starts_with("value"))?;
    value.attribute("value").map(str::to_owned)
}

/// The destination is the server, the origin the client; what is marked is under test.
fn under_test(root: Node<'_, '_>) -> UnderTest {
    let mark = |name| children(root, name).filter_map(|one| extension(one, UNDER_TEST)).max();
    match (mark("destination").as_deref(), mark("origin").as_deref()) {
        (Some("true"), _) => UnderTest::Server,
        (_, Some("true")) | (Some(_), _) => UnderTest::Client,
        _ => UnderTest::Server,
    }
}

fn fixture(node: Node<'_, '_>) -> Option<(String, PathBuf)> {
    let reference = value(child(node, "resource")?, "reference")?;
    Some((node.attribute("id")?.to_owned(), PathBuf::from(reference)))
}

/// R5 writes a canonical, R4 a reference.
fn profile(node: Node<'_, '_>) -> Option<(String, String)> {
    let url = node.attribute("value").map(str::to_owned).or_else(|| value(node, "reference"))?;
    Some((node.attribute("id")?.to_owned(), url))
}

fn variable(node: Node<'_, '_>) -> Variable {
    Variable {
        name: value(node, "name").unwrap_or_default(),
        default: value(node, "defaultValue"),
        expression: value(node, "expression"),
        header: value(node, "headerField"),
        source: value(node, "sourceId"),
    }
}

fn test(node: Node<'_, '_>) -> Test {
    Test { name: value(node, "name").unwrap_or_default(), actions: actions(node).collect() }
}

fn actions<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Action> {
    children(node, "action").flat_map(elements).filter(|step| step.tag_name().name() != "extension").map(|step| {
        match step.tag_name().name() {
            "operation" => Action::Operation(operation(step)),
            "assert" => Action::Assert(assert(step)),
            other => Action::Unknown(other.to_owned()),
        }
    })
}

fn operation(node: Node<'_, '_>) -> Operation {
    let mut operation = Operation::default();
    for element in elements(node) {
        let own = || element.attribute("value").map(str::to_owned);
        match element.tag_name().name() {
            "type" => operation.kind = value(element, "code").unwrap_or_default(),
            "description" => operation.description = own().unwrap_or_default(),
            "resource" => operation.resource = own(),
            "params" => operation.params = own(),
            "url" => operation.url = own(),
            "accept" => operation.accept = own(),
            "contentType" => operation.content_type = own(),
            "sourceId" => operation.source = own(),
            "responseId" => operation.response_id = own(),
            "requestId" => operation.request_id = own(),
            "requestHeader" => {
                let (field, value) = (value(element, "field"), value(element, "value"));
                operation.headers.push((field.unwrap_or_default(), value.unwrap_or_default()));
            }
            // Where it comes from and goes to is always the runner and the server; queries are always encoded.
            "origin" | "destination" | "encodeRequestUrl" | "label" | "extension" => {}
            other => operation.unknown.push(other.to_owned()),
        }
    }
    operation
}

fn assert(node: Node<'_, '_>) -> Assert {
    let mut assert = Assert {
        is_warning: is_true(node, "warningOnly"),
        stops: is_true(node, "stopTestOnFail") || extension(node, "stopTestOnFail").as_deref() == Some("true"),
        ..Assert::default()
    };
    for element in elements(node) {
        match element.tag_name().name() {
            "extension" => {
                let rule = extension(element, "ruleId");
                assert.rule = assert.rule.take().or(rule);
            }
            "description" => assert.description = element.attribute("value").unwrap_or_default().to_owned(),
            "warningOnly" | "stopTestOnFail" | "label" => {}
            name => {
                let value = element.attribute("value").unwrap_or_default();
                assert.members.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    assert
}
