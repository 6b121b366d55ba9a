//! Nothing withheld appears in any byte that is served, and no citizen service number of anyone.

use dvza::domain::time::Timestamp;
use dvza::pgo::{PgoError, Wish};
use dvza::sample::WITHHELD_MARKER;
use dvza::sample::synth::synth_practice;

use super::demo;
use crate::support::demo::Delivery;
use crate::support::dossier::Dossier;
use crate::support::network::{Network, T};
use crate::support::served::{FORMATS, Served, everything, has_word};

#[tokio::test]
async fn nothing_withheld_of_the_demo_practice_is_served() {
    let (network, delivery) = demo().await;
    for patient in ["p1", "p2"] {
        let tokens = network.tokens(&delivery.bsn(patient)).await.unwrap();
        let served = everything(&network, 0, &tokens).await;
        assert!(served.len() > 40, "{} answers", served.len());
        assert_nothing_leaks(&network, 0, patient, &delivery, &served).await;
    }
    // The search would find it: with another rule it is there.
    let tokens = network.tokens(&delivery.bsn("p1")).await.unwrap();
    network.pass(1);
    network.set("facility.allergies_other", "true").await;
    let answer = network.get(&tokens, "HG-R4", "AllergyIntolerance", FORMATS[0]).await;
    assert!(String::from_utf8(answer.body).unwrap().contains(WITHHELD_MARKER));
    network.stop().await;
}

/// Seeds of the practices that are tried; each gives other dossiers.
const SEEDS: [u64; 6] = [1, 7, 42, 1_234_567, 0xDEAD_BEEF, u64::MAX];
const PATIENTS: u32 = 6;

#[tokio::test]
async fn nothing_withheld_of_any_synthetic_practice_is_served() {
    let now = Timestamp::parse_rfc3339(T).unwrap();
    let deliveries: Vec<Delivery> = (1..)
        .zip(SEEDS)
        .map(|(number, seed)| {
            let mut bytes = Vec::new();
            synth_practice(number, PATIENTS, seed, now, &mut bytes).unwrap();
            Delivery::read(bytes)
        })
        .collect();
    let bytes: Vec<Vec<u8>> = deliveries.iter().map(|delivery| delivery.bytes.clone()).collect();
    let network = Network::start(T, &bytes).await;
    let (mut collected, mut refused) = (0, 0);
    for (place, delivery) in deliveries.iter().enumerate() {
        for (patient, bsn) in delivery.people() {
            match network.tokens_at(place, &bsn, Wish::ConsentOnce).await {
                Ok(tokens) => {
                    let served = everything(&network, place, &tokens).await;
                    assert_nothing_leaks(&network, place, &patient, delivery, &served).await;
                    collected += 1;
                }
                Err(PgoError::Refused { .. }) => refused += 1,
                Err(error) => panic!("{patient}: {error}"),
            }
        }
    }
    assert!(collected >= SEEDS.len() && refused > 0, "{collected} collected, {refused} refused");
    network.stop().await;
}

async fn assert_nothing_leaks(network: &Network, place: usize, patient: &str, delivery: &Delivery, served: &[Served]) {
    let withheld = Dossier::load(network, place, patient).await.withheld_sources();
    let numbers = delivery.numbers();
    for answer in served {
        let request = &answer.request;
        assert!(!answer.text.contains(WITHHELD_MARKER), "{patient}: something withheld in {request}");
        assert!(!numbers.iter().any(|number| answer.text.contains(number)), "{patient}: a number in {request}");
        let source = withheld.iter().find(|id| has_word(&answer.text, id));
        assert_eq!(source, None, "{patient}: the id of something withheld in {request}");
    }
}
