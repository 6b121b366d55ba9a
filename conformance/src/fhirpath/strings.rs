//! Functions on texts. On several items they have no value (testscript-runner §4).

use regex::Regex;

use super::Failure;
use super::ast::Call;
use super::eval::{Evaluation, Found};
use super::value::Value;

impl Evaluation<'_, '_> {
    pub(super) fn string_function(&self, call: &Call, target: &[Value]) -> Found {
        let text = match target {
            [item] => item.written(self.context.tree),
            _ => None,
        };
        if call.name == "join" {
            return self.join(call, target);
        }
        let mut arguments = Vec::new();
        let is_known = matches!(
            (call.name.as_str(), call.arguments.len()),
            ("startsWith" | "endsWith" | "contains" | "matches" | "indexOf" | "split", 1)
                | ("replace" | "replaceMatches", 2)
                | ("substring", 1 | 2)
                | ("length" | "upper" | "lower" | "trim" | "toChars", 0)
        );
        if !is_known {
            return Err(Failure::Unsupported(format!("the function {}()", call.name)));
        }
        let Some(text) = text else { return Ok(Vec::new()) };
        if call.name == "substring" {
            return self.substring(call, &text);
        }
        for argument in &call.arguments {
            match self.text_argument(argument)? {
                Some(argument) => arguments.push(argument),
                None => return Ok(Vec::new()),
            }
        }
        let first = arguments.first().map(String::as_str).unwrap_or_default();
        let second = arguments.get(1).map(String::as_str).unwrap_or_default();
        let value = match call.name.as_str() {
            "startsWith" => Value::Boolean(text.starts_with(first)),
            "endsWith" => Value::Boolean(text.ends_with(first)),
            "contains" => Value::Boolean(text.contains(first)),
            "matches" => Value::Boolean(pattern(call, first)?.is_match(&text)),
            "indexOf" => {
                let place = text.find(first).map(|at| text[..at].chars().count());
                Value::Integer(place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1))
            }
            "replace" => Value::Text(text.replace(first, second).into()),
            "replaceMatches" => Value::Text(pattern(call, first)?.replace_all(&text, second).as_ref().into()),
            "length" => Value::Integer(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)),
            "upper" => Value::Text(text.to_uppercase().into()),
            "lower" => Value::Text(text.to_lowercase().into()),
            "trim" => Value::text(text.trim()),
            "split" => return Ok(text.split(first).map(Value::text).collect()),
            _ => return Ok(text.chars().map(|c| Value::Text(c.to_string().into())).collect()),
        };
        Ok(vec![value])
    }

    fn substring(&self, call: &Call, text: &str) -> Found {
        let start = self.count(&call.arguments[0])?;
        let length = match call.arguments.get(1) {
            Some(length) => self.count(length)?,
            None => usize::MAX,
        };
        if start >= text.chars().count() {
            return Ok(Vec::new());
        }
        let part: String = text.chars().skip(start).take(length).collect();
        Ok(vec![Value::Text(part.into())])
    }

    fn join(&self, call: &Call, target: &[Value]) -> Found {
        let separator = match call.arguments.first() {
            Some(separator) => self.text_argument(separator)?.unwrap_or_default(),
            None => String::new(),
        };
        let parts: Vec<String> = target.iter().filter_map(|item| item.written(self.context.tree)).collect();
        Ok(vec![Value::Text(parts.join(&separator).into())])
    }
}

/// The regular expression: read with the expression when it is written in it.
fn pattern(call: &Call, source: &str) -> Result<Regex, Failure> {
    match &call.pattern {
        Some(pattern) => Ok(pattern.clone()),
        None => Regex::new(source).map_err(|_| Failure::Unsupported("a regular expression of this form".into())),
    }
}
