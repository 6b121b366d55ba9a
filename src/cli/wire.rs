//! From configuration to the values that the listeners take.

use std::time::Duration;

use crate::config::{BackListener, Limits as LimitSettings, PublicListener};
use crate::http::listeners::Limits;
use crate::http::tls::{Clients, TlsFiles};

/// The files of a listener for browsers.
pub fn browser_tls(listener: &PublicListener) -> TlsFiles {
    TlsFiles { cert: listener.cert.clone(), key: listener.key.clone(), clients: Clients::Anonymous }
}

/// The files of the listener for PGO servers and HISes.
pub fn client_tls(listener: &BackListener) -> TlsFiles {
    let clients = Clients::Certified { roots: listener.client_roots.clone(), crls: listener.client_crls.clone() };
    TlsFiles { cert: listener.cert.clone(), key: listener.key.clone(), clients }
}

/// The limits of every listener.
pub fn limits(settings: &LimitSettings) -> Limits {
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    Limits {
        connections: usize::try_from(settings.connections).unwrap_or(usize::MAX),
        handshake: seconds(settings.handshake_seconds),
        head: seconds(settings.head_seconds),
        drain: seconds(settings.drain_seconds),
    }
}
