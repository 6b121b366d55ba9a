//! What is counted on this thread: whoever holds it sees every counter that moves meanwhile.

use std::sync::{Arc, Mutex};

use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

type Moves = Arc<Mutex<Vec<(String, String)>>>;

/// Collects the moves of counters, each with its first label's value.
#[derive(Default)]
pub struct Counted(Moves);

impl Counted {
    /// The label values of this counter's moves since the last look; moves of others are forgotten.
    pub fn take(&self, name: &str) -> Vec<String> {
        let moves = std::mem::take(&mut *self.0.lock().unwrap());
        moves.into_iter().filter(|(counter, _)| counter == name).map(|(_, label)| label).collect()
    }
}

struct Move(String, String, Moves);

impl CounterFn for Move {
    fn increment(&self, by: u64) {
        for _ in 0..by {
            self.2.lock().unwrap().push((self.0.clone(), self.1.clone()));
        }
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let label = key.labels().next().map(|label| label.value().to_owned()).unwrap_or_default();
        Counter::from_arc(Arc::new(Move(key.name().to_owned(), label, self.0.clone())))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
