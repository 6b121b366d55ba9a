//! Many requests at once: none waits for a connection that another keeps while it waits for one itself.

use futures_util::future::join_all;
use serde_json::Value;

use crate::support::demo::Delivery;
use crate::support::engines::postgres_schema;
use crate::support::network::{Network, T};
use crate::support::postgres;
use crate::support::served::FORMATS;
use dvza::sample::practice::FIRST_BSN;

/// More than any pool has connections.
const CROWD: usize = 40;

#[tokio::test]
async fn a_crowd_is_answered_on_every_database() {
    let mut addresses = vec![None];
    if let Some(server) = postgres::address() {
        addresses.push(Some(postgres_schema(server).await));
    }
    for address in addresses {
        let network = Network::start_on(T, &[Delivery::demo().bytes], address.as_deref()).await;
        let tokens = network.tokens(FIRST_BSN).await.unwrap();
        let list = network.get(&tokens, "DOC-R4", "DocumentReference", FORMATS[0]).await;
        let list: Value = serde_json::from_slice(&list.body).unwrap();
        let url = list["entry"][0]["resource"]["content"][0]["attachment"]["url"].as_str().unwrap();
        let document = format!("Binary/{}", url.rsplit('/').next().unwrap());
        // Each needs a connection more than once, in another order: the content, the body, the event.
        let requests = [
            ("DOC-R4", document.as_str(), FORMATS[0], 200),
            ("DOC-R4", document.as_str(), "application/pdf", 200),
            ("HG-R4", "Observation", FORMATS[0], 200),
            ("HG-R4", "EpisodeOfCare?_summary=count", FORMATS[0], 200),
            ("HG-R4", "EpisodeOfCare?_count=x", FORMATS[0], 400),
            ("HG-R4", "EpisodeOfCare/nothing-of-that-name", FORMATS[0], 404),
        ];
        for (service, path, format, status) in requests {
            let crowd = (0..CROWD).map(|_| network.get(&tokens, service, path, format));
            for answer in join_all(crowd).await {
                assert_eq!(answer.status, status, "{path} as {format}");
            }
        }
        network.stop().await;
    }
}
