//! Many collections by several clients at once, timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::patients::Dossier;

/// Where a measurement ends, whichever comes first.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Clients at work at the same time.
    pub clients: usize,
    /// Collections in all.
    pub collections: usize,
    /// From the first collection to the beginning of the last.
    pub time: Duration,
}

/// What was measured; several measurements of one kind add up.
#[derive(Debug, Default)]
pub struct Measured {
    /// How long each collection took, connecting included.
    took: Vec<Duration>,
    /// From the beginning of the first to the end of the last.
    time: Duration,
    /// Bytes of all bodies.
    pub bytes: u64,
}

impl Measured {
    /// What took these times, between a beginning and an end so far apart.
    pub fn of(took: Vec<Duration>, time: Duration) -> Self {
        Self { took, time, bytes: 0 }
    }

    /// Adds another measurement of the same.
    pub fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.time += other.time;
        self.bytes += other.bytes;
    }

    /// Collections.
    pub fn count(&self) -> usize {
        self.took.len()
    }

    /// Collections per second.
    pub fn rate(&self) -> f64 {
        per_second(self.took.len() as u64, self.time)
    }

    /// The time within which this share (0 to 1) of the collections was done, in milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.took.clone();
        sorted.sort_unstable();
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rank = (share * sorted.len() as f64).ceil() as usize;
        let found = sorted.get(rank.max(1) - 1).copied().unwrap_or_default();
        found.as_secs_f64() * 1000.0
    }
}

/// How many of them a second.
#[allow(clippy::cast_precision_loss, reason = "a count to be read by people")]
pub fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// Collects dossier after dossier until the bounds are reached; the first failure ends everything.
pub async fn collect_many(client: &Client, dossiers: &Arc<Vec<Dossier>>, bounds: Bounds) -> anyhow::Result<Measured> {
    let turn = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..bounds.clients {
        clients.spawn(collect_in_turn(client.clone(), dossiers.clone(), turn.clone(), started, bounds));
    }
    let mut measured = Measured::default();
    while let Some(done) = clients.join_next().await {
        measured.add(done.context("a client was lost")??);
    }
    measured.time = started.elapsed();
    Ok(measured)
}

async fn collect_in_turn(
    client: Client,
    dossiers: Arc<Vec<Dossier>>,
    turn: Arc<AtomicUsize>,
    started: Instant,
    bounds: Bounds,
) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    while started.elapsed() < bounds.time {
        let place = turn.fetch_add(1, Ordering::Relaxed);
        if place >= bounds.collections {
            break;
        }
        let Some(dossier) = dossiers.get(place % dossiers.len().max(1)) else { break };
        let begun = Instant::now();
        measured.bytes += dossier.collect(&client).await?;
        measured.took.push(begun.elapsed());
    }
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(millis: &[u64]) -> Measured {
        Measured { took: millis.iter().map(|ms| Duration::from_millis(*ms)).collect(), ..Measured::default() }
    }

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        for (share, expected) in [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.0, 1.0)] {
            assert!((measured(&hundred).percentile(share) - expected).abs() < 1e-9, "{share}");
        }
        assert!((measured(&[7]).percentile(0.99) - 7.0).abs() < 1e-9);
        assert!(measured(&[]).percentile(0.5).abs() < 1e-9);
    }

    #[test]
    fn measurements_of_one_kind_add_up() {
        let mut both = Measured { time: Duration::from_secs(1), bytes: 3, ..measured(&[1, 2]) };
        both.add(Measured { time: Duration::from_secs(1), bytes: 4, ..measured(&[3, 4]) });
        assert_eq!((both.count(), both.bytes), (4, 7));
        assert!((both.rate() - 2.0).abs() < 1e-9);
    }
}
