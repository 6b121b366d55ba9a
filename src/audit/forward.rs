//! Chain logging: telling MedMij's central log which steps were taken (medmij-authorization §8).
//!
//! The audit trail is the outbox: complete, durable and in order. A cursor says how far the receiver has it; it moves
//! when the receiver has said so, never before. So nothing is lost while the receiver is away, and after a restart the
//! telling goes on where it was. A batch whose answer was lost is told again under the same key, so that the receiver can see that it
//! has it already.
//!
//! A line holds ids of session and request, who spoke to whom, and what was done: no person, no pseudonym of one, no reason
//! that would tell of a treatment relation. The names beyond §8.3, the shape of a line and the way of delivery are
//! UNCONFIRMED (§14 point 8): they follow §8.4, and stand here alone.

use serde::Serialize;
use url::Url;

use super::chain::{self, Entry};
use super::event::{Actor, Event, Outcome};
use crate::domain::ids::PracticeId;
use crate::domain::time::Clock;
use crate::seal::{Sealer, hex};
use crate::store::{self, Store, StoreError};

/// The cursor, and the task that one node does for all.
const NAME: &str = "chain_log";
/// Lines of one batch.
const BATCH: u32 = 500;
/// A node that tells keeps its turn so long.
const TURN_SECONDS: i64 = 120;

/// Steps that are told, and which of our endpoints they were taken at.
const TOLD: [(&str, At); 19] = [
    ("receive_authorization_request", At::Authorize),
    ("authorization_request_error", At::Authorize),
    ("show_authorization_request_error_page", At::Authorize),
    ("send_authorization_request_error", At::Authorize),
    ("show_landing_page", At::Pages),
    ("send_authentication_request", At::Pages),
    ("send_authorization_cancellation", At::Pages),
    ("receive_authentication_response", At::Pages),
    ("receive_authorization_cancellation", At::Pages),
    ("receive_authentication_error", At::Pages),
    ("show_consent_page", At::Pages),
    ("consent_given", At::Pages),
    ("consent_refused", At::Pages),
    ("send_authorization_response", At::Pages),
    ("send_authorization_error_response", At::Pages),
    ("receive_token_request", At::Token),
    ("send_token_response", At::Token),
    ("send_token_error_response", At::Token),
    ("receive_resource_request", At::Resource),
];

/// Reasons that are OAuth's own words; every other reason is told as `other`.
const OAUTH: [&str; 9] = [
    "access_denied",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_token",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Authorize,
    Pages,
    Token,
    Resource,
}

/// One line of the chain log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    event: LineEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<LineRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<LineError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct LineEvent {
    r#type: String,
    location: String,
    datetime: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct LineRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    server_id: String,
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct LineError {
    code: &'static str,
}

/// The addresses of this installation, as the Zorgaanbiederslijst has them.
#[derive(Debug, Clone)]
pub struct Origins {
    /// Of the front listener.
    pub front: Url,
    /// Of the back listener.
    pub back: Url,
}

impl Line {
    /// The line of an event; `None` when it is none of MedMij's business. `provider` is the practice's MedMij name.
    pub fn of(event: &Event, provider: Option<&str>, origins: &Origins) -> Option<Self> {
        let (name, at) = TOLD.into_iter().find(|(name, _)| *name == event.kind.as_str())?;
        let (origin, method) = match at {
            At::Authorize | At::Pages => (&origins.front, "GET"),
            At::Token => (&origins.back, "POST"),
            At::Resource => (&origins.back, "GET"),
        };
        let stem = provider.map(|name| name.trim_end_matches("@medmij"));
        let path = match at {
            At::Authorize | At::Pages => "/oauth/authorize".to_owned(),
            At::Token => "/oauth/token".to_owned(),
            // The address of the data service, never what was asked of it.
            At::Resource => match (stem, &event.detail.service) {
                (Some(stem), Some(service)) => format!("/fhir/{stem}/{service}"),
                _ => "/fhir".to_owned(),
            },
        };
        let host = origin.host_str().unwrap_or_default().to_owned();
        let request = name.starts_with("receive_") && at != At::Pages;
        let request = request.then(|| LineRequest {
            id: event.detail.request_id.clone(),
            method,
            client_id: client(event),
            server_id: host.clone(),
            uri: format!("{}{path}", origin.origin().ascii_serialization()),
            provider_id: stem.map(str::to_owned),
            service_id: event.detail.service.clone().filter(|_| at == At::Resource),
        });
        Some(Self {
            event: LineEvent {
                r#type: name.to_owned(),
                location: host,
                datetime: event.at.to_rfc3339(),
                session_id: event.detail.correlation_id.clone(),
                trace_id: event.detail.request_id.clone(),
            },
            request,
            error: (event.outcome != Outcome::Done).then(|| LineError { code: code(event) }),
        })
    }
}

fn client(event: &Event) -> Option<String> {
    let by = match &event.actor {
        Actor::Pgo { client_id } => Some(client_id.clone()),
        _ => None,
    };
    event.detail.client_id.clone().or(by).filter(|client| !client.is_empty())
}

fn code(event: &Event) -> &'static str {
    let reason = event.detail.reason.as_deref().unwrap_or_default();
    OAUTH.into_iter().find(|known| *known == reason).unwrap_or("other")
}

/// What one round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// So many lines were received; there may be more.
    Lines(usize),
    /// Nothing new.
    Nothing,
    /// Another node tells.
    NotOurTurn,
}

/// A round failed; what was not received is told later.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// The trail could not be read, or the cursor not moved.
    #[error("the audit trail could not be read")]
    Store(#[from] StoreError),
    /// The receiver is away or did not take it. Its own words are not repeated.
    #[error("the chain log did not take the lines: {0}")]
    Refused(String),
}

/// Tells the chain log; cheap to clone.
#[derive(Clone)]
pub struct Forwarder {
    /// Where the trail and the cursor are.
    pub store: Store,
    /// Opens the trail.
    pub sealer: Sealer,
    /// Time.
    pub clock: Clock,
    /// Presents our certificate, follows no redirects.
    pub client: reqwest::Client,
    /// Where lines are posted.
    pub url: Url,
    /// This installation.
    pub origins: Origins,
    /// This node among those that share the database.
    pub holder: String,
}

impl Forwarder {
    /// Tells the next batch. The first round ever begins at the end of the trail: history is not told.
    ///
    /// # Errors
    /// [`ForwardError`]; the cursor has not moved.
    pub async fn tell(&self) -> Result<Told, ForwardError> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let ours = store::leases::take(&mut tx, NAME, &self.holder, now, now.plus_seconds(TURN_SECONDS)).await?;
        if !ours {
            tx.close().await?;
            return Ok(Told::NotOurTurn);
        }
        let head = chain::head(&mut tx).await?.seq;
        store::cursors::begin(&mut tx, NAME, head).await?;
        let cursor = store::cursors::find(&mut tx, NAME).await?.unwrap_or(head);
        tx.commit().await?;

        let mut tx = self.store.read().await?;
        let entries = chain::after(&mut tx, &self.sealer, cursor, BATCH).await?;
        let lines = self.lines(&mut tx, &entries).await?;
        tx.close().await?;
        let Some(last) = entries.last().map(|entry| entry.seq) else { return Ok(Told::Nothing) };
        if !lines.is_empty() {
            self.send(cursor, last, &lines).await?;
        }
        let mut tx = self.store.write().await?;
        store::cursors::advance(&mut tx, NAME, cursor, last).await?;
        tx.commit().await?;
        metrics::counter!("dvza_chain_log_lines_total").increment(lines.len() as u64);
        #[allow(clippy::cast_precision_loss, reason = "a number of events is far below 2^52")]
        metrics::gauge!("dvza_chain_log_waiting").set((head - last).max(0) as f64);
        Ok(Told::Lines(lines.len()))
    }

    async fn lines(&self, tx: &mut store::Tx<'_>, entries: &[Entry]) -> Result<Vec<Line>, StoreError> {
        let practices = store::practices::list(tx).await?;
        let name = |id: PracticeId| practices.iter().find(|practice| practice.id == id);
        let line = |entry: &Entry| {
            let provider = entry.event.practice.and_then(name).map(|practice| practice.medmij_name.as_str());
            Line::of(&entry.event, provider, &self.origins)
        };
        Ok(entries.iter().filter_map(line).collect())
    }

    async fn send(&self, after: i64, last: i64, lines: &[Line]) -> Result<(), ForwardError> {
        // The same for the same events of this installation, and for no others.
        let key = hex(&self.sealer.audit_link(&[b"chain log", &after.to_be_bytes(), &last.to_be_bytes()])[..16]);
        let request = self.client.post(self.url.clone()).header("idempotency-key", key).json(lines);
        let answer = request.send().await.map_err(|_| ForwardError::Refused("it cannot be reached".to_owned()))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(ForwardError::Refused(format!("status {}", answer.status().as_u16())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Action, Detail, Kind};
    use crate::domain::ids::{PatientId, PatientRef};
    use crate::domain::time::Timestamp;

    fn origins() -> Origins {
        let url = |text: &str| Url::parse(text).unwrap();
        Origins { front: url("https://inloggen.dva.nl"), back: url("https://medmij.dva.nl:8444") }
    }

    fn event(kind: &'static str, actor: Actor) -> Event {
        let detail = Detail {
            client_id: Some("pgo.nl".into()),
            correlation_id: Some("session".into()),
            request_id: Some("trace".into()),
            ..Detail::default()
        };
        let at = Timestamp::parse_rfc3339("2026-06-15T10:00:00+02:00").unwrap();
        Event::new(at, Kind::new(kind).unwrap(), Action::Execute, actor).with(detail)
    }

    #[test]
    fn a_resource_request_is_told_without_what_was_asked_and_of_whom() {
        let who = PatientRef { practice: PracticeId::from_bytes([1; 16]), patient: PatientId::from_bytes([2; 16]) };
        let mut event = event("receive_resource_request", Actor::Pgo { client_id: "pgo.nl".into() }).about(&who);
        event.detail.service = Some("49".into());
        event.detail.consent = Some("toestemming".into());
        event.detail.token = Some("0123".into());
        let line = Line::of(&event, Some("linde@medmij"), &origins()).unwrap();
        let expected = serde_json::json!({
            "event": {"type": "receive_resource_request", "location": "medmij.dva.nl",
                      "datetime": event.at.to_rfc3339(), "session_id": "session", "trace_id": "trace"},
            "request": {"id": "trace", "method": "GET", "client_id": "pgo.nl", "server_id": "medmij.dva.nl",
                        "uri": "https://medmij.dva.nl:8444/fhir/linde/49", "provider_id": "linde", "service_id": "49"},
        });
        assert_eq!(serde_json::to_value(&line).unwrap(), expected);
    }

    #[test]
    fn no_reason_that_tells_of_a_relation_is_told() {
        let who = Actor::Patient { id: PatientId::from_bytes([2; 16]) };
        for (reason, told) in
            [("invalid_grant", "invalid_grant"), ("G3_NO_RELATION", "other"), ("unavailable", "other")]
        {
            let event = event("send_token_error_response", who.clone()).ended(Outcome::Refused, reason);
            let text = serde_json::to_string(&Line::of(&event, None, &origins()).unwrap()).unwrap();
            assert!(text.contains(&format!(r#""error":{{"code":"{told}"}}"#)), "{text}");
        }
        for kept in ["availability_test", "dossier_opened", "delivery_decided", "setting_changed", "consent_withdrawn"]
        {
            assert_eq!(Line::of(&event(kept, who.clone()), None, &origins()), None, "{kept}");
        }
    }
}
