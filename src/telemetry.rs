//! Logging of the process: one subscriber, text or JSON, on standard error.
//!
//! Standard output belongs to what a command prints. Levels and modules are chosen by a filter
//! (`info`, `dvza=debug,warn`).

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;

/// Logging cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is no filter of tracing.
    #[error("log.filter is not usable: {0}; write a level such as info, or dvza=debug,warn")]
    Filter(String),
    /// A subscriber is installed already.
    #[error("logging was started twice")]
    Twice,
}

/// Sends log lines of this process to standard error. Once per process.
///
/// # Errors
/// [`TelemetryError`] for an unusable filter, or when logging was started before.
pub fn start(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    subscriber(format, filter, std::io::stderr)?.try_init().map_err(|_| TelemetryError::Twice)
}

fn subscriber<W>(
    format: LogFormat,
    filter: &str,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).map_err(|error| TelemetryError::Filter(error.to_string()))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    Ok(match format {
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
        LogFormat::Text => Box::new(builder.with_ansi(false).finish()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(format, filter, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(listener = "front", "listening");
            tracing::debug!("too fine");
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_lines_are_objects_with_their_fields() {
        let text = logged(LogFormat::Json, "info");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "listening");
        assert_eq!(line["listener"], "front");
    }

    #[test]
    fn text_lines_obey_the_filter() {
        assert_eq!(logged(LogFormat::Text, "info").lines().count(), 1);
        assert_eq!(logged(LogFormat::Text, "debug").lines().count(), 2);
        assert_eq!(logged(LogFormat::Text, "off").lines().count(), 0);
    }

    #[test]
    fn a_filter_with_a_typing_error_is_refused() {
        assert!(matches!(subscriber(LogFormat::Text, "dvza=loud", io::sink), Err(TelemetryError::Filter(_))));
    }
}
