//! Checking the whole chain: is every event that was ever stored still there, as it was?

use sqlx::Row as _;
use sqlx::any::AnyRow;
use subtle::ConstantTimeEq as _;

use super::chain::{Head, Link, PAGE, StoredHead, hash, head_mac, link, load_head};
use crate::seal::{SealError, Sealer};
use crate::store::rotation::audit_context;
use crate::store::{Store, StoreError, Tx};

/// Faults told one by one; of more only the number is told.
const MOST_FAULTS: usize = 100;

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Events read.
    pub events: u64,
    /// The end of the chain, to be kept elsewhere when there is no fault.
    pub head: Head,
    /// The first faults, in the order of the chain.
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub fault_count: u64,
}

impl Report {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.fault_count == 0
    }
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The event it is about; of a range the first.
    pub seq: i64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The row is not what was stored.
    #[error("changed")]
    Changed,
    /// The body does not open.
    #[error("cannot be opened: {0}")]
    Unreadable(SealError),
    /// Rows are missing, up to and including this one. The row after the gap could not be checked.
    #[error("missing, up to {until}")]
    Missing {
        /// Last missing number.
        until: i64,
    },
    /// Rows at the end are missing, up to and including this one.
    #[error("cut off, up to {until}")]
    Truncated {
        /// Last missing number.
        until: i64,
    },
    /// The row was not written by the server: its number was never given out.
    #[error("inserted")]
    Inserted,
    /// The end of the chain was tampered with.
    #[error("the end of the chain was changed")]
    Head,
    /// The event is not the one an earlier head remembers: the database was put back or rewritten.
    #[error("not the event that the given head remembers")]
    Anchor,
}

/// Checks every event against its neighbours and the head, and against an earlier head when one is given.
///
/// Sees one unchanging state of the database and reads it a page at a time.
///
/// # Errors
/// [`StoreError`] when the database fails; a fault of the chain is not an error but in the report.
pub async fn verify(store: &Store, sealer: &Sealer, anchor: Option<&Head>) -> Result<Report, StoreError> {
    let mut tx = store.read().await?;
    let head = load_head(&mut tx).await?;
    let mut check = Check::new(sealer, anchor.copied(), head.next_seq);
    let mut after = i64::MIN;
    loop {
        let rows = page(&mut tx, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get(0)?;
        for row in &rows {
            check.row(row)?;
        }
    }
    tx.close().await?;
    Ok(check.finish(&head))
}

async fn page(tx: &mut Tx<'_>, after: i64) -> Result<Vec<AnyRow>, StoreError> {
    const SQL: &str = "
        SELECT seq, at, practice_id, patient_id, kind, body, hash
          FROM audit_event
         WHERE seq > $1
         ORDER BY seq
         LIMIT $2";
    Ok(sqlx::query(SQL).bind(after).bind(PAGE).fetch_all(tx.conn()).await?)
}

struct Check<'a> {
    sealer: &'a Sealer,
    anchor: Option<Head>,
    /// First number that was never given out.
    next_seq: i64,
    /// The number that must come now.
    expected: i64,
    /// Hash of the row before; unknown after a gap.
    before: Option<[u8; 32]>,
    last_hash: [u8; 32],
    report: Report,
}

impl<'a> Check<'a> {
    fn new(sealer: &'a Sealer, anchor: Option<Head>, next_seq: i64) -> Self {
        let report = Report { events: 0, head: Head { seq: 0, hash: [0; 32] }, faults: Vec::new(), fault_count: 0 };
        Self { sealer, anchor, next_seq, expected: 1, before: Some([0; 32]), last_hash: [0; 32], report }
    }

    fn fault(&mut self, seq: i64, kind: FaultKind) {
        self.report.fault_count += 1;
        if self.report.faults.len() < MOST_FAULTS {
            self.report.faults.push(Fault { seq, kind });
        }
    }

    fn row(&mut self, row: &AnyRow) -> Result<(), StoreError> {
        let seq: i64 = row.try_get(0)?;
        self.report.events += 1;
        if seq < 1 || seq >= self.next_seq {
            self.fault(seq, FaultKind::Inserted);
            return Ok(());
        }
        if seq > self.expected {
            self.fault(self.expected, FaultKind::Missing { until: seq - 1 });
            self.before = None;
        }
        let stored = hash(row, 6)?;
        self.compare(row, seq, &stored)?;
        if self.anchor.is_some_and(|anchor| anchor.seq == seq && anchor.hash != stored) {
            self.fault(seq, FaultKind::Anchor);
        }
        self.before = Some(stored);
        self.last_hash = stored;
        self.expected = seq + 1;
        Ok(())
    }

    fn compare(&mut self, row: &AnyRow, seq: i64, stored: &[u8; 32]) -> Result<(), StoreError> {
        let body = match self.sealer.open(&audit_context(seq), row.try_get(5)?) {
            Ok(body) => body,
            Err(reason) => {
                self.fault(seq, FaultKind::Unreadable(reason));
                return Ok(());
            }
        };
        let Some(before) = self.before else { return Ok(()) };
        let covered = Link {
            seq,
            at: row.try_get(1)?,
            practice: row.try_get(2)?,
            patient: row.try_get(3)?,
            kind: row.try_get(4)?,
            body: &body,
        };
        if !bool::from(link(self.sealer, &before, &covered).ct_eq(stored)) {
            self.fault(seq, FaultKind::Changed);
        }
        Ok(())
    }

    fn finish(mut self, head: &StoredHead) -> Report {
        if self.expected < head.next_seq {
            self.fault(self.expected, FaultKind::Truncated { until: head.next_seq - 1 });
        } else if self.last_hash != head.last_hash {
            self.fault(head.next_seq - 1, FaultKind::Head);
        }
        if !self.is_sealed(head) {
            self.fault(head.next_seq, FaultKind::Head);
        }
        if let Some(anchor) = self.anchor.filter(|anchor| anchor.seq >= head.next_seq) {
            self.fault(anchor.seq, FaultKind::Anchor);
        }
        self.report.head = Head { seq: head.next_seq - 1, hash: head.last_hash };
        self.report
    }

    /// The head of a chain that never had an event has no seal; any other must have the right one.
    fn is_sealed(&self, head: &StoredHead) -> bool {
        match &head.mac {
            None => head.next_seq == 1 && head.last_hash == [0; 32],
            Some(mac) => head_mac(self.sealer, head.next_seq, &head.last_hash).ct_eq(mac.as_slice()).into(),
        }
    }
}
