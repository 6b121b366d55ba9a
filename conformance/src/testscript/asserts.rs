//! Does an assertion hold? Whatever cannot be judged does not.

use std::sync::OnceLock;

use super::script::Assert;
use super::{Request, Response, header, media_type, self_link};
use crate::fhirpath::{self, Context, Value};
use crate::issue::Severity;
use crate::tree::links::Links;
use crate::tree::{Form, Tree};
use crate::validate::Validator;

/// The only rule that is known.
const SELF_LINK: &str = "assert-response-queryParamsInSelfLink";
/// Issues of a validation that are told.
const TOLD: usize = 5;
/// Members that say where to look, not what must hold.
const HOW: [&str; 4] = ["direction", "operator", "value", "sourceId"];

/// A request and what came back.
#[derive(Debug)]
pub(super) struct Exchanged<'v> {
    pub request: Request,
    pub response: Option<Response>,
    sent: OnceLock<Result<Body<'v>, String>>,
    received: OnceLock<Result<Body<'v>, String>>,
}

/// A resource that was sent or received.
#[derive(Debug)]
pub(super) struct Body<'v> {
    pub tree: Tree<'v>,
    pub links: Links,
}

/// Which side of an exchange is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

impl<'v> Exchanged<'v> {
    pub fn new(request: Request, response: Option<Response>) -> Self {
        Self { request, response, sent: OnceLock::new(), received: OnceLock::new() }
    }

    fn headers(&self, side: Side) -> &[(String, String)] {
        match (side, &self.response) {
            (Side::Request, _) => &self.request.headers,
            (Side::Response, Some(response)) => &response.headers,
            (Side::Response, None) => &[],
        }
    }

    fn body(&self, validator: &'v Validator, side: Side) -> Result<&Body<'v>, String> {
        let (cell, bytes) = match (side, &self.response) {
            (Side::Request, _) => (&self.sent, self.request.body.as_deref()),
            (Side::Response, Some(response)) => (&self.received, Some(response.body.as_slice())),
            (Side::Response, None) => (&self.received, None),
        };
        let content_type = header(self.headers(side), "Content-Type");
        let asked = header(&self.request.headers, "Accept").and_then(form_of).filter(|_| side == Side::Response);
        cell.get_or_init(|| read(validator, content_type, asked, bytes)).as_ref().map_err(Clone::clone)
    }

    /// The resource that came back.
    pub fn received(&self, validator: &'v Validator) -> Result<&Body<'v>, String> {
        self.body(validator, Side::Response)
    }
}

/// The form of FHIR that a media type stands for.
fn form_of(value: &str) -> Option<Form> {
    match media_type(value).to_ascii_lowercase().as_str() {
        "application/fhir+json" | "application/json" | "application/json+fhir" => Some(Form::Json),
        "application/fhir+xml" | "application/xml" | "text/xml" | "application/xml+fhir" => Some(Form::Xml),
        _ => None,
    }
}

/// Reads a body. Scripts come in two forms so that a server must speak both: another form than was asked is no answer.
fn read<'v>(
    validator: &'v Validator,
    content_type: Option<&str>,
    asked: Option<Form>,
    bytes: Option<&[u8]>,
) -> Result<Body<'v>, String> {
    let bytes = bytes.filter(|bytes| !bytes.is_empty()).ok_or("there is no body")?;
    let content_type = content_type.ok_or("the body has no Content-Type")?;
    let form = form_of(content_type).ok_or("the Content-Type is none of FHIR")?;
    if asked.is_some_and(|asked| asked != form) {
        return Err("the body is not in the form that was asked".to_owned());
    }
    let tree =
        Tree::read(validator.schema(), form, bytes).map_err(|reason| format!("the body is no resource: {reason}"))?;
    let links = Links::of(&tree);
    Ok(Body { tree, links })
}

/// Judges one assertion, whose members have their placeholders filled in.
pub(super) fn judge<'v>(
    assert: &Assert,
    exchanged: &Exchanged<'v>,
    validator: &'v Validator,
    profile: impl Fn(&str) -> Option<String>,
    now: &str,
) -> Result<(), String> {
    let side = match assert.get("direction") {
        Some("request") => Side::Request,
        Some("response") | None => Side::Response,
        Some(_) => return Err("the direction is neither request nor response".to_owned()),
    };
    let mut kinds: Vec<&str> = assert.members.keys().map(String::as_str).filter(|name| !HOW.contains(name)).collect();
    kinds.sort_unstable();
    if let Some(rule) = &assert.rule {
        return if kinds.is_empty() {
            by_rule(rule, exchanged, validator)
        } else {
            Err("a rule beside other kinds".into())
        };
    }
    let [kind] = kinds[..] else {
        return Err(format!("{} kinds of assertion at once: {}", kinds.len(), kinds.join(", ")));
    };
    let wanted = assert.get(kind).unwrap_or_default();
    match kind {
        "expression" => {
            let body = exchanged.body(validator, side)?;
            by_expression(wanted, assert, body, validator, now)
        }
        "responseCode" => {
            let response = exchanged.response.as_ref().ok_or("there is no response")?;
            let status = response.status.to_string();
            compare(&status, assert.get("operator"), wanted, "the status")
                .map_err(|reason| format!("{reason}; it is {status}"))
        }
        "response" => {
            let status = exchanged.response.as_ref().ok_or("there is no response")?.status;
            let name = status_name(status);
            compare(name, assert.get("operator"), wanted, "the response")
                .map_err(|reason| format!("{reason}; it is {name}"))
        }
        "resource" => {
            let body = exchanged.body(validator, side)?;
            let name = &body.tree.ty(body.tree.root()).name;
            compare(name, assert.get("operator"), wanted, "the resource")
                .map_err(|reason| format!("{reason}; it is {name}"))
        }
        "validateProfileId" => {
            let profile = profile(wanted).ok_or_else(|| format!("the script declares no profile {wanted}"))?;
            by_profile(&profile, exchanged.body(validator, side)?, validator)
        }
        "headerField" => by_header(wanted, assert, exchanged.headers(side)),
        "contentType" => {
            let found = header(exchanged.headers(side), "Content-Type").map(media_type).unwrap_or_default();
            let wanted = match wanted {
                "json" | "xml" => format!("application/fhir+{wanted}"),
                other => media_type(other).to_owned(),
            };
            compare(found, assert.get("operator"), &wanted, "the Content-Type")
        }
        "requestURL" => compare(&decoded(&exchanged.request.url), assert.get("operator"), wanted, "the address"),
        "requestMethod" => compare(
            &exchanged.request.method.to_lowercase(),
            assert.get("operator"),
            &wanted.to_lowercase(),
            "the method",
        ),
        "navigationLinks" => by_navigation(wanted, exchanged.body(validator, side)?),
        other => Err(format!("assertions of kind {other} are not supported")),
    }
}

fn by_rule<'v>(rule: &str, exchanged: &Exchanged<'v>, validator: &'v Validator) -> Result<(), String> {
    if rule != SELF_LINK {
        return Err(format!("the rule {rule} is not supported"));
    }
    let Body { tree, .. } = exchanged.received(validator)?;
    let links = tree.named(tree.root(), "link");
    let own = links.into_iter().find(|link| tree.text(*link, "relation") == Some("self"));
    let url = own.and_then(|link| tree.text(link, "url")).ok_or("there is no self link")?;
    let missing = self_link::missing(&exchanged.request.url, url).ok_or("the self link is no address")?;
    if missing.is_empty() { Ok(()) } else { Err(format!("the self link does not name {}", missing.join(", "))) }
}

fn by_expression(
    source: &str,
    assert: &Assert,
    body: &Body<'_>,
    validator: &Validator,
    now: &str,
) -> Result<(), String> {
    let expression = fhirpath::parse(source).map_err(|error| error.to_string())?;
    let context = Context { tree: &body.tree, links: &body.links, terminology: Some(validator), now: Some(now) };
    let found = expression.evaluate(context, body.tree.root()).map_err(|error| error.to_string())?;
    let operator = assert.get("operator");
    if assert.get("value").is_none() && !matches!(operator, Some("empty" | "notEmpty")) {
        return match &found[..] {
            [only] if only.written(&body.tree).as_deref() == Some("true") && is_boolean(only, body) => Ok(()),
            [] => Err("the expression finds nothing".to_owned()),
            [only] if is_boolean(only, body) => Err("the expression is false".to_owned()),
            _ => Err(format!("the expression finds {} items where true must be", found.len())),
        };
    }
    let text = match &found[..] {
        [] => String::new(),
        [only] => only.written(&body.tree).ok_or("the expression finds an element without a value")?,
        _ => return Err(format!("the expression finds {} items", found.len())),
    };
    if found.is_empty() && !matches!(operator, Some("empty" | "notEmpty")) {
        return Err("the expression finds nothing".to_owned());
    }
    compare(&text, operator, assert.get("value").unwrap_or_default(), "the result")
}

fn is_boolean(value: &Value, body: &Body<'_>) -> bool {
    match value {
        Value::Boolean(_) => true,
        Value::Node(node) => body.tree.ty(*node).name == "boolean",
        _ => false,
    }
}

fn by_profile(profile: &str, body: &Body<'_>, validator: &Validator) -> Result<(), String> {
    let issues = validator.check_with(&body.tree, &[profile]);
    let errors: Vec<String> =
        issues.iter().filter(|issue| issue.severity == Severity::Error).map(ToString::to_string).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let told = errors.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    Err(format!("{} errors: {told}", errors.len()))
}

/// Values of headers are compared as they are; media types without their parameters.
fn by_header(name: &str, assert: &Assert, headers: &[(String, String)]) -> Result<(), String> {
    let value = header(headers, name);
    let operator = assert.get("operator");
    if matches!(operator, Some("empty" | "notEmpty")) {
        return compare(value.unwrap_or_default(), operator, "", "the header");
    }
    let value = value.ok_or_else(|| format!("there is no header {name}"))?;
    let wanted = assert.get("value").unwrap_or_default();
    if name.eq_ignore_ascii_case("Content-Type") && !wanted.contains(';') {
        return compare(media_type(value), operator, wanted, "the header");
    }
    compare(value, operator, wanted, "the header")
}

fn by_navigation(wanted: &str, body: &Body<'_>) -> Result<(), String> {
    if wanted != "true" {
        return Ok(());
    }
    let tree = &body.tree;
    let relations: Vec<&str> = tree.named(tree.root(), "link").filter_map(|link| tree.text(link, "relation")).collect();
    let missing: Vec<&str> = ["first", "last", "next"].into_iter().filter(|name| !relations.contains(name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("there is no link {}", missing.join(", "))) }
}

/// Compares texts by an operator of TestScript. The reason names what was wanted, not what was found.
fn compare(found: &str, operator: Option<&str>, wanted: &str, what: &str) -> Result<(), String> {
    let is_listed = || wanted.split(',').any(|one| one.trim() == found);
    let number = |text: &str| fhirpath::number::Decimal::parse(text.trim());
    let order = || match (number(found), number(wanted)) {
        (Some(found), Some(wanted)) => found.partial_cmp(&wanted),
        _ => Some(found.cmp(wanted)),
    };
    let holds = match operator.unwrap_or("equals") {
        "equals" => found == wanted,
        "notEquals" => found != wanted,
        "in" => is_listed(),
        "notIn" => !is_listed(),
        "greaterThan" => order().is_some_and(std::cmp::Ordering::is_gt),
        "lessThan" => order().is_some_and(std::cmp::Ordering::is_lt),
        "empty" => found.is_empty(),
        "notEmpty" => !found.is_empty(),
        "contains" => found.contains(wanted),
        "notContains" => !found.contains(wanted),
        other => return Err(format!("the operator {other} is not supported")),
    };
    let operator = operator.unwrap_or("equals");
    if holds { Ok(()) } else { Err(format!("{what} is not as wanted: {operator} {wanted}")) }
}

fn status_name(status: u16) -> &'static str {
    match status {
        200 => "okay",
        201 => "created",
        204 => "noContent",
        304 => "notModified",
        400 => "bad",
        403 => "forbidden",
        404 => "notFound",
        405 => "methodNotAllowed",
        409 => "conflict",
        410 => "gone",
        412 => "preconditionFailed",
        422 => "unprocessable",
        _ => "other",
    }
}

/// An address as a person wrote it.
fn decoded(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
