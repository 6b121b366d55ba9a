//! How a delivery ends: its report, and what is written down of it in one transaction.

use super::apply::Applied;
use super::check::Delivery;
use super::findings::Findings;
use super::quarantine::{self, Changes};
use super::shrink::Sizes;
use super::{ImportError, Importer, Options, Report, State, empty, number_of};
use crate::audit::{self, Action, Actor, Detail, Event, Kind, Outcome};
use crate::domain::dossier::SourceId;
use crate::domain::time::Timestamp;
use crate::his::{BatchKind, Header};
use crate::store;
use crate::store::deliveries::{Begun, DeliveryState, Ending, NewDelivery, Product};
use crate::store::practices::{LastBatch, PracticeEntry};

/// How a delivery ended that was not refused as a whole.
pub(super) enum Ended {
    /// It was applied, or in a dry run would have been.
    Applied(Applied),
    /// It waits for a person.
    Held(Sizes),
}

impl Importer {
    /// Writes down that the delivery is being applied.
    pub(super) async fn begin(&self, delivery: &Delivery) -> Result<(), ImportError> {
        let mut tx = self.store.write().await?;
        let scope = delivery.practice.scope();
        let new = new_delivery(&delivery.received.header, delivery.received.content_hash, delivery.at.at);
        if let Begun::Before(_) = store::deliveries::begin(&mut tx, &scope, &new).await? {
            store::deliveries::resume(&mut tx, &scope, &new.batch, &new.content_hash).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Writes down how the delivery ended, and moves the sequence on when it was taken.
    pub(super) async fn end(
        &self,
        delivery: &Delivery,
        findings: Findings,
        ended: Ended,
        options: &Options,
    ) -> Result<Report, ImportError> {
        let received = &delivery.received;
        let (state, applied, sizes, changes) = match ended {
            Ended::Applied(applied) => (State::Accepted, applied, None, quarantine::changes(delivery, &findings)),
            Ended::Held(sizes) => (State::Held, Applied::default(), Some(sizes), Changes::default()),
        };
        let refused = findings.refused();
        let (findings, by_code) = findings.finish();
        let mut held: Vec<String> = delivery.held.iter().map(|id: &SourceId| id.as_str().to_owned()).collect();
        held.sort();
        let report = Report {
            batch: Some(received.header.batch.to_string()),
            state,
            findings,
            by_code,
            records: received.records,
            taken: received.taken.clone(),
            refused,
            dropped: received.dropped,
            changed: applied.changed,
            unchanged: applied.unchanged,
            removed: applied.removed,
            parked: applied.parked,
            held,
            sizes,
            problems: applied.problems,
        };
        if !options.dry_run {
            let hash = received.content_hash;
            self.store_ending(&delivery.practice, &received.header, hash, &report, &changes).await?;
        }
        Ok(report)
    }

    /// Writes down that the delivery was refused as a whole.
    pub(super) async fn reject(
        &self,
        practice: &PracticeEntry,
        header: &Header,
        content_hash: Option<[u8; 32]>,
        findings: Findings,
        options: &Options,
    ) -> Result<Report, ImportError> {
        let count = findings.refused();
        let (findings, by_code) = findings.finish();
        let report = Report {
            batch: Some(header.batch.to_string()),
            findings,
            by_code,
            refused: count,
            state: State::Rejected,
            ..empty()
        };
        if !options.dry_run {
            let hash = content_hash.unwrap_or_default();
            self.store_ending(practice, header, hash, &report, &Changes::default()).await?;
        }
        Ok(report)
    }

    async fn store_ending(
        &self,
        practice: &PracticeEntry,
        header: &Header,
        content_hash: [u8; 32],
        report: &Report,
        changes: &Changes,
    ) -> Result<(), ImportError> {
        let at = self.clock.now();
        let scope = practice.scope();
        let batch = header.batch.to_string();
        let state = match report.state {
            State::Accepted | State::Replay => DeliveryState::Accepted,
            State::Rejected => DeliveryState::Rejected,
            State::Held => DeliveryState::Held,
        };
        let lines = report.findings.iter().filter_map(|finding| serde_json::to_string(finding).ok());
        let findings = lines.map(|line| line + "\n").collect::<String>();
        let counts = counts(report).to_string();
        let mut tx = self.store.write().await?;
        let new = new_delivery(header, content_hash, at);
        if let Begun::Before(_) = store::deliveries::begin(&mut tx, &scope, &new).await? {
            store::deliveries::resume(&mut tx, &scope, &new.batch, &new.content_hash).await?;
        }
        let ending = Ending { state, at, counts: &counts, findings: findings.as_bytes() };
        store::deliveries::finish(&mut tx, &self.sealer, &scope, &batch, &ending).await?;
        if report.state == State::Accepted {
            let last = LastBatch { seq: number_of(header), batch, content_hash };
            store::practices::advance_seq(&mut tx, &scope, practice.last_seq(), &last).await?;
            store::quarantine::remove_many(&mut tx, &scope, &changes.remove).await?;
            store::quarantine::put_many(&mut tx, &self.sealer, &scope, &changes.put).await?;
        }
        audit::append_in(&mut tx, &self.sealer, &[decided(practice, report, at)]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What the console shows of a delivery beside its findings; nothing personal.
fn counts(report: &Report) -> serde_json::Value {
    let mut counts = serde_json::json!({
        "records": report.records, "taken": report.taken, "refused": report.refused, "codes": report.by_code,
    });
    if let Some(Sizes { patients, records }) = report.sizes {
        counts["before"] = serde_json::json!({ "patients": patients.0, "records": records.0 });
        counts["now"] = serde_json::json!({ "patients": patients.1, "records": records.1 });
    }
    counts
}

/// The event that tells what became of a delivery.
fn decided(practice: &PracticeEntry, report: &Report, at: Timestamp) -> Event {
    let actor = Actor::System { name: "import".to_owned() };
    let detail = Detail {
        counts: report.taken.iter().map(|(t, count)| ((*t).to_owned(), *count)).collect(),
        withheld: report.by_code.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect(),
        ..Detail::default()
    };
    let event = Event::new(at, Kind::DELIVERY_DECIDED, Action::Update, actor).in_practice(practice.id).with(detail);
    match report.state {
        State::Accepted | State::Replay => event,
        State::Rejected => event.ended(Outcome::Refused, "REJECTED"),
        State::Held => event.ended(Outcome::Refused, "HELD"),
    }
}

fn new_delivery(header: &Header, content_hash: [u8; 32], received_at: Timestamp) -> NewDelivery {
    NewDelivery {
        batch: header.batch.to_string(),
        seq: number_of(header),
        prev: header.prev.map(|prev| prev.to_string()),
        kind: match header.kind {
            BatchKind::Full => "full",
            BatchKind::Patient => "patient",
            BatchKind::Delta => "delta",
        }
        .to_owned(),
        content_hash,
        received_at,
        source: Some(Product { system: header.source.system.clone(), version: header.source.version.clone() }),
    }
}
