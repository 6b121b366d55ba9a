//! Key figures of a month: what a participant reports about the working of the network (medmij-authorization §8.7).
//!
//! What a DVA has to report is not confirmed (§14 point 13); these are the steps a DVP's own report knows – choosing a provider, the
//! login, the exchange – counted on this side, so that both can be laid side by side. Counts only: no person and no content.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event as XmlEvent};

use super::{Event, Kind, Outcome};

/// Every figure with the place it has in reports: its name, and what it counts in words.
const FIGURES: [(&str, &str); 20] = [
    ("authorization_requests", "authorization requests"),
    ("requests_without_redirect", "refused with a page (1a)"),
    ("requests_with_error", "refused with a redirect (1b)"),
    ("landing_pages", "landing pages shown"),
    ("landing_cancelled", "broken off before the login"),
    ("logins_started", "logins started"),
    ("logins_done", "logins done"),
    ("logins_cancelled", "logins cancelled"),
    ("logins_failed", "logins failed"),
    ("unavailable", "no data available"),
    ("consents_once", "consents for once"),
    ("consents_indefinite", "consents for an indefinite time"),
    ("consents_for_another", "of these on behalf of another"),
    ("consents_refused", "consents refused"),
    ("consents_withdrawn", "consents withdrawn"),
    ("codes_sent", "authorization codes sent"),
    ("tokens_by_code", "tokens for a code"),
    ("tokens_by_refresh", "tokens for a refresh token"),
    ("token_errors", "token requests refused"),
    ("resource_errors", "resource requests refused or failed"),
];

/// What is refused before it is known which practice it was for: a figure of the whole only.
const OF_NO_PRACTICE: [&str; 4] =
    ["requests_without_redirect", "requests_with_error", "token_errors", "resource_errors"];

/// The figures of one practice, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    counts: BTreeMap<&'static str, u64>,
    /// Answered resource requests, by data service.
    resources: BTreeMap<String, u64>,
    clients: BTreeSet<String>,
}

impl Figures {
    /// Counts an event.
    pub fn add(&mut self, event: &Event) {
        // A stranger with a certificate is no PGO: those that got what they asked for are.
        if let (Some(client), Outcome::Done) = (&event.detail.client_id, event.outcome) {
            self.clients.insert(client.clone());
        }
        if event.kind == Kind::RECEIVE_RESOURCE_REQUEST && event.outcome == Outcome::Done {
            let service = event.detail.service.clone().unwrap_or_default();
            *self.resources.entry(service).or_default() += 1;
        }
        for figure in counted(event) {
            *self.counts.entry(figure).or_default() += 1;
        }
    }

    /// A figure by its name; 0 when nothing was counted.
    pub fn get(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// Answered resource requests of a data service.
    pub fn resources(&self, service: &str) -> u64 {
        self.resources.get(service).copied().unwrap_or_default()
    }

    fn write(&self, xml: &mut Writer<Vec<u8>>, of_practice: bool) -> io::Result<()> {
        for (name, _) in shown(of_practice) {
            leaf(xml, name, self.get(name))?;
        }
        for (service, count) in &self.resources {
            let element = xml.create_element("resource_requests").with_attribute(("gegevensdienst", service.as_str()));
            element.write_text_content(BytesText::new(&count.to_string()))?;
        }
        leaf(xml, "pgos", self.clients.len() as u64)
    }
}

/// What an event counts as.
fn counted(event: &Event) -> Vec<&'static str> {
    // Somebody who looks at their consents is on no way to a PGO; only a withdrawal counts.
    let for_pgo = event.detail.client_id.is_some();
    let is_done = event.outcome == Outcome::Done;
    let fact = |name: &str| event.detail.facts.get(name).map(String::as_str);
    vec![match event.kind.as_str() {
        "receive_authorization_request" => "authorization_requests",
        "show_authorization_request_error_page" => "requests_without_redirect",
        "send_authorization_request_error" => "requests_with_error",
        "show_landing_page" => "landing_pages",
        "send_authorization_cancellation" if event.detail.reason.as_deref() == Some("cancelled") => "landing_cancelled",
        "send_authentication_request" if for_pgo => "logins_started",
        "receive_authentication_response" if for_pgo && is_done => "logins_done",
        "receive_authorization_cancellation" => "logins_cancelled",
        "receive_authentication_error" | "receive_authentication_response" if for_pgo => "logins_failed",
        // The server counts the gate; the page that follows has an event of its own with a reason in words of ours.
        "availability_test" if matches!(event.detail.reason.as_deref(), Some("unavailable" | "other_birth_date")) => {
            "unavailable"
        }
        "consent_given" => {
            let term = if fact("term") == Some("indefinite") { "consents_indefinite" } else { "consents_once" };
            let is_own = matches!(fact("ground"), None | Some("self"));
            return if is_own { vec![term] } else { vec![term, "consents_for_another"] };
        }
        "consent_refused" => "consents_refused",
        "consent_withdrawn" => "consents_withdrawn",
        "send_authorization_response" => "codes_sent",
        "send_token_response" if fact("grant_type") == Some("refresh_token") => "tokens_by_refresh",
        "send_token_response" => "tokens_by_code",
        "send_token_error_response" => "token_errors",
        "receive_resource_request" if !is_done => "resource_errors",
        _ => return Vec::new(),
    }]
}

fn shown(of_practice: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    FIGURES.into_iter().filter(move |(name, _)| !(of_practice && OF_NO_PRACTICE.contains(name)))
}

impl Figures {
    /// In words, a line per figure.
    fn tell(&self, f: &mut fmt::Formatter<'_>, of_practice: bool) -> fmt::Result {
        for (name, words) in shown(of_practice) {
            writeln!(f, "  {:>9}  {words}", self.get(name))?;
        }
        for (service, count) in &self.resources {
            writeln!(f, "  {count:>9}  resource requests answered, {service}")?;
        }
        writeln!(f, "  {:>9}  PGOs", self.clients.len())
    }
}

/// The figures of all practices over one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Who reports.
    pub participant: String,
    /// `YYYY-MM`, in Europe/Amsterdam.
    pub month: String,
    /// All practices together, and what belongs to none.
    pub total: Figures,
    /// By MedMij name.
    pub practices: BTreeMap<String, Figures>,
    /// Long-lived consents that count at the end of the month.
    pub standing_consents: u64,
}

impl Month {
    /// As XML; by symmetry with the DVP's report.
    ///
    /// # Errors
    /// Only what the XML writer reports.
    pub fn to_xml(&self) -> io::Result<String> {
        let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
        xml.write_event(XmlEvent::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        xml.create_element("DVARapportage").write_inner_content(|xml| {
            xml.create_element("Meta").write_inner_content(|xml| {
                text(xml, "Deelnemer", &self.participant)?;
                text(xml, "RapportageMaand", &self.month)?;
                text(xml, "Leverancier", concat!("dvza ", env!("CARGO_PKG_VERSION")))
            })?;
            xml.create_element("Totaal").write_inner_content(|xml| {
                leaf(xml, "standing_consents", self.standing_consents)?;
                self.total.write(xml, false)
            })?;
            for (name, figures) in &self.practices {
                let provider = xml.create_element("Zorgaanbieder").with_attribute(("naam", name.as_str()));
                provider.write_inner_content(|xml| figures.write(xml, true))?;
            }
            Ok(())
        })?;
        String::from_utf8(xml.into_inner()).map_err(io::Error::other)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} in {}", self.participant, self.month)?;
        self.total.tell(f, false)?;
        writeln!(f)?;
        writeln!(f, "  {:>9}  long-lived consents that stand at its end", self.standing_consents)?;
        self.practices.iter().try_for_each(|(name, figures)| {
            writeln!(f, "\n{name}")?;
            figures.tell(f, true)
        })
    }
}

fn leaf(xml: &mut Writer<Vec<u8>>, name: &str, count: u64) -> io::Result<()> {
    text(xml, name, &count.to_string())
}

fn text(xml: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(|_| ())
}
