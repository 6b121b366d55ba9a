//! What changes between two requests of a collection counts from the next one, whoever changed it and however warm the
//! server is (docs/decisions/0008).

use dvza::sample::practice::FIRST_BSN;
use dvza::store::{Store, StoreOptions, sqlite_address};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::support::demo::Delivery;
use crate::support::engines::postgres_schema;
use crate::support::network::{Network, T};
use crate::support::postgres;
use crate::support::served::FORMATS;
use dvza::pgo::Tokens;

/// A change, what a search and a read of an unknown id are answered then, and how it is taken back.
type Case = (&'static str, (u16, u16), &'static str);

const CASES: [Case; 9] = [
    ("UPDATE consent SET withdrawn_at = 1", (401, 401), "UPDATE consent SET withdrawn_at = NULL"),
    ("UPDATE token_family SET revoked_at = 1", (401, 401), "UPDATE token_family SET revoked_at = NULL"),
    (
        "UPDATE access_token SET expires_at = expires_at - 900000",
        (401, 401),
        "UPDATE access_token SET expires_at = expires_at + 900000",
    ),
    ("UPDATE access_token SET services = 'DOC-R4'", (403, 403), "UPDATE access_token SET services = 'HG-R4 DOC-R4'"),
    ("UPDATE practice SET active = 0", (403, 403), "UPDATE practice SET active = 1"),
    ("UPDATE patient SET block = 'practice'", (403, 403), "UPDATE patient SET block = ''"),
    ("UPDATE patient SET removed_at = 1", (403, 403), "UPDATE patient SET removed_at = NULL"),
    (
        // Of a closed dossier only copies that were published by hand are left.
        "UPDATE patient SET own_state = 'closed', own_state_at = 4102444800000",
        (200, 404),
        "UPDATE patient SET own_state = NULL, own_state_at = NULL",
    ),
    (
        "INSERT INTO practice_setting (practice_id, key, source, value, at, by_)
         SELECT id, 'facility.episodes', 'own', 'false', 4102444800000, 'test' FROM practice",
        (200, 404),
        "DELETE FROM practice_setting WHERE by_ = 'test'",
    ),
];

#[tokio::test]
async fn every_change_counts_from_the_next_request_on_every_database() {
    let mut addresses = vec![None];
    if let Some(server) = postgres::address() {
        addresses.push(Some(postgres_schema(server).await));
    }
    for address in addresses {
        let network = Network::start_on(T, &[Delivery::demo().bytes], address.as_deref()).await;
        let own = sqlite_address(&network.dir.path().join("dvza.sqlite"));
        // Another process, as far as the server can tell.
        let other = Store::open(address.as_deref().unwrap_or(&own), &StoreOptions::default()).await.unwrap();
        let tokens = network.tokens(FIRST_BSN).await.unwrap();
        let warm = ask(&network, &tokens).await;
        assert!(warm.0 == (200, 404) && warm.1 > 0, "{warm:?}");
        for (change, expected, undo) in CASES {
            assert_eq!(ask(&network, &tokens).await, warm, "before {change}");
            run(&other, change).await;
            let (statuses, episodes) = ask(&network, &tokens).await;
            assert_eq!((statuses, episodes), (expected, 0), "{change}");
            if change.contains("consent") {
                assert!(
                    was_stopped(&network).await,
                    "built for what was kept in mind, and stopped before it left (E23)"
                );
            }
            run(&other, undo).await;
            assert_eq!(ask(&network, &tokens).await, warm, "after {undo}");
        }
        other.close().await;
        network.stop().await;
    }
}

/// Is there an answer that was built and not sent because the consent had ended meanwhile?
async fn was_stopped(network: &Network) -> bool {
    let events = super::audit::of_patient(network, "p1").await;
    let ended = |event: &dvza::audit::Event| event.detail.reason.as_deref() == Some("G5_CONSENT");
    events.iter().any(|event| event.outcome == dvza::audit::Outcome::Aborted && ended(event))
}

async fn run(store: &Store, sql: &str) {
    let mut tx = store.write().await.unwrap();
    tx.conn().execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    tx.commit().await.unwrap();
}

/// Statuses of a search and of a read of an unknown id, and how many episodes the search found.
async fn ask(network: &Network, tokens: &Tokens) -> ((u16, u16), usize) {
    let search = network.get(tokens, "HG-R4", "EpisodeOfCare", FORMATS[0]).await;
    let unknown = format!("EpisodeOfCare/{}", "a".repeat(26));
    let read = network.get(tokens, "HG-R4", &unknown, FORMATS[0]).await;
    let bundle: Value = serde_json::from_slice(&search.body).unwrap();
    let entries = bundle["entry"].as_array().into_iter().flatten();
    let episodes = entries.filter(|entry| entry["resource"]["resourceType"] == "EpisodeOfCare").count();
    ((search.status, read.status), episodes)
}
