//! Why logins were refused, as an operator counts them.

use std::sync::{Arc, Mutex};

use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// Collects the reasons of `dvza_login_failures_total`.
#[derive(Default)]
pub struct Reasons(Arc<Mutex<Vec<String>>>);

impl Reasons {
    /// The reasons since the last look.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Reason(String, Arc<Mutex<Vec<String>>>);

impl CounterFn for Reason {
    fn increment(&self, _: u64) {
        self.1.lock().unwrap().push(self.0.clone());
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Reasons {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let reason = key.labels().find(|label| label.key() == "reason").map(|label| label.value().to_owned());
        match reason.filter(|_| key.name() == "dvza_login_failures_total") {
            Some(reason) => Counter::from_arc(Arc::new(Reason(reason, self.0.clone()))),
            None => Counter::noop(),
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
