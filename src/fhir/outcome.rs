//! OperationOutcome: the body of every error (fhir-data-services §1.5).

use serde_json::json;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are FHIR's own")]
pub enum Severity {
    Fatal,
    Error,
    Warning,
    Information,
}

impl Severity {
    /// FHIR's code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// What kind of issue it is: the codes of `http://hl7.org/fhir/issue-type` that dvza uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueCode {
    /// The request is malformed (400).
    Invalid,
    /// Type, operation or format is not offered (404, 405, 406).
    NotSupported,
    /// Unknown, not released or of another patient: deliberately one code (404).
    NotFound,
    /// No access token (401).
    Login,
    /// The access token has expired (401).
    Expired,
    /// The access token is not good here (401).
    Security,
    /// The access token does not cover this (403).
    Forbidden,
    /// Too many requests (429).
    Throttled,
    /// Try again later (503).
    Transient,
    /// A fault of ours (500).
    Exception,
    /// Not an issue, a remark.
    Informational,
}

impl IssueCode {
    /// FHIR's code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotSupported => "not-supported",
            Self::NotFound => "not-found",
            Self::Login => "login",
            Self::Expired => "expired",
            Self::Security => "security",
            Self::Forbidden => "forbidden",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Exception => "exception",
            Self::Informational => "informational",
        }
    }
}

/// An OperationOutcome with one issue. Its texts go to the PGO: they hold no data of the patient and no internals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationOutcome {
    severity: Severity,
    code: IssueCode,
    text: String,
    diagnostics: Option<String>,
}

impl OperationOutcome {
    /// An error with a text for people.
    pub fn error(code: IssueCode, text: &str) -> Self {
        Self::new(Severity::Error, code, text)
    }

    /// An issue of any severity with a text for people.
    pub fn new(severity: Severity, code: IssueCode, text: &str) -> Self {
        Self { severity, code, text: text.to_owned(), diagnostics: None }
    }

    /// Adds what helps to find the request back, such as the correlation id.
    #[must_use]
    pub fn with_diagnostics(mut self, text: &str) -> Self {
        self.diagnostics = Some(text.to_owned());
        self
    }

    /// The kind of issue.
    pub fn code(&self) -> IssueCode {
        self.code
    }

    /// The resource as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let mut issue = json!({
            "severity": self.severity.as_str(),
            "code": self.code.as_str(),
            "details": {"text": self.text},
        });
        if let Some(diagnostics) = &self.diagnostics {
            issue["diagnostics"] = json!(diagnostics);
        }
        json!({"resourceType": "OperationOutcome", "issue": [issue]}).to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_has_severity_code_and_text_in_fhirs_order() {
        let outcome = OperationOutcome::error(IssueCode::NotFound, "No such \"resource\"").with_diagnostics("id 1");
        assert_eq!(
            String::from_utf8(outcome.to_json()).unwrap(),
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found","details":{"text":"No such \"resource\""},"diagnostics":"id 1"}]}"#
        );
    }

    #[test]
    fn every_outcome_can_be_written_in_xml() {
        let outcome = OperationOutcome::new(Severity::Information, IssueCode::Informational, "a < b & c");
        let xml = String::from_utf8(crate::fhir::xml::from_json(&outcome.to_json()).unwrap()).unwrap();
        assert_eq!(
            xml,
            r#"<OperationOutcome xmlns="http://hl7.org/fhir"><issue><severity value="information"/><code value="informational"/><details><text value="a &lt; b &amp; c"/></details></issue></OperationOutcome>"#
        );
    }
}
