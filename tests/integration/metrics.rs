//! What an operator's monitoring reads.

use dvza::sample::practice::FIRST_BSN;

use crate::flows::demo;
use crate::support::wire::browser;

#[tokio::test]
async fn metrics_tell_when_certificates_end_and_nothing_about_anyone() {
    let (network, delivery) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    network.collect(&tokens).await;
    let address = format!("http://{}/metrics", network.config().listeners.ops.address);
    let text =
        browser(&network.dir.path().join(&network.demo.ca)).get(address).send().await.unwrap().text().await.unwrap();

    let end = |listener: &str, of: &str| -> Option<f64> {
        let name = format!("dvza_tls_ends_timestamp_seconds{{listener=\"{listener}\",of=\"{of}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name))?.parse().ok()
    };
    let kinds =
        [("front", "certificate"), ("back", "certificate"), ("back", "client_roots"), ("console", "certificate")];
    for (listener, of) in kinds {
        let end = end(listener, of).unwrap_or_else(|| panic!("{listener} {of}: {text}"));
        #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
        let now = network.clock.now().millis() as f64 / 1000.0;
        assert!(end > now, "{listener} {of}");
    }
    assert_eq!(end("front", "client_roots"), None, "browsers show none");
    for number in delivery.numbers() {
        assert!(!text.contains(&number), "a number is in the metrics");
    }
    assert!(!text.contains(tokens.expose_access_token()));
    network.stop().await;
}
