//! The two faces of a dossier say the same: what a PGO collects through `HG-R4` and through 49 is compared concept by
//! concept, to the digits of a number and the words of a text (docs/decisions/0011-faces.md).
//!
//! `concepts` is the table of what is compared and what is left out, `facts` reads it. Ids are made before a release is
//! chosen, so that the same items must have the same ids.

mod concepts;
mod facts;

use std::collections::{BTreeMap, BTreeSet};

use dvza::domain::release::SECTIONS;
use dvza::domain::time::Timestamp;
use dvza::pgo::{PgoError, Tokens, Wish};
use dvza::sample::synth::SynthPractice;
use dvza::sample::writer::Version;
use serde_json::Value;

use crate::support::demo::Delivery;
use crate::support::network::{Network, T};
use concepts::CONCEPTS;
use facts::{Collection, Face, Facts, differences, find};

/// Rules that show more than as shipped, beside every section; some results then come with words of the practice.
const WIDE: [(&str, &str); 7] = [
    ("closed_episode_policy", "attention_or_released_ep"),
    ("ep_patient_contact_only", "false"),
    ("ep_memo_contacts", "true"),
    ("lab_release_mode", "auto_delay"),
    ("lab_delay_days", "0"),
    ("lab_auto_abnormal", "same"),
    ("lab_auto_conclusion", "Deze uitslag is nog niet besproken."),
];

/// Shows as much as the rules allow at the practice at this place.
async fn open_wide(network: &Network, place: usize) {
    for section in SECTIONS {
        network.set_at(place, &format!("facility.{section}"), "true").await;
    }
    for (key, value) in WIDE {
        network.set_at(place, key, value).await;
    }
}

/// What both faces say.
struct Compared {
    facts: Facts,
    /// How many attention values name their episode.
    attention: usize,
    /// How many dates of a first or last contact there are.
    dates: usize,
}

impl Compared {
    fn count(&self, concept: &str) -> usize {
        self.facts.keys().filter(|(name, _)| *name == concept).count()
    }
}

/// Collects both faces and holds them against each other.
async fn compared(network: &Network, tokens: &Tokens, who: &str) -> Compared {
    let r4 = Collection::collect(network, tokens, Face::R4).await;
    let stu3 = Collection::collect(network, tokens, Face::Stu3).await;
    let facts = r4.facts();
    let differences = differences(&facts, &stu3.facts());
    assert!(differences.is_empty(), "{who}:\n{}", differences.join("\n"));
    let attention = attention(&r4);
    assert_eq!(attention, self::attention(&stu3), "{who}: the episodes of attention values");
    let dates = count_contact_dates(&r4, &stu3, who);
    Compared { facts, attention: attention.len(), dates }
}

fn text<'v>(resource: &'v Value, path: &str) -> Option<&'v str> {
    find(resource, path).first().and_then(|(_, value)| value.as_str())
}

/// Each attention value with its episode: R4 names the problem of the episode, STU3 the episode.
fn attention(collection: &Collection) -> BTreeSet<(&str, &str)> {
    let mut episodes: BTreeMap<String, &str> = BTreeMap::new();
    for episode in collection.of("Episodes", "EpisodeOfCare") {
        let id = text(episode, "id").unwrap();
        episodes.insert(format!("EpisodeOfCare/{id}"), id);
        episodes.insert(text(episode, "diagnosis/0/condition/reference").unwrap().to_owned(), id);
    }
    let flags = collection.of("Episodes", "Flag").map(|flag| {
        let detail = text(flag, "~flag-detail/valueReference/reference").unwrap();
        (text(flag, "id").unwrap(), episodes[detail])
    });
    flags.collect()
}

/// The first and last contact that STU3 names of an episode are the first and last that R4 shows about it, memos apart.
fn count_contact_dates(r4: &Collection, stu3: &Collection, who: &str) -> usize {
    let mut moments: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let contacts = r4.of("Contacts", "Encounter").filter(|contact| text(contact, "type/0/text") != Some("Memo"));
    for contact in contacts {
        for (_, episode) in find(contact, "episodeOfCare/+/reference") {
            let moment = text(contact, "period/start").unwrap();
            moments.entry(episode.as_str().unwrap()).or_default().insert(moment);
        }
    }
    let mut count = 0;
    for episode in stu3.of("Episodes", "EpisodeOfCare") {
        let id = format!("EpisodeOfCare/{}", text(episode, "id").unwrap());
        let seen = moments.get(id.as_str());
        let first = text(episode, "~EpisodeOfCare-DateFirstEncounter/valueDateTime");
        let last = text(episode, "~EpisodeOfCare-DateLastEncounter/valueDateTime");
        // A date is left out when the contact it is of is not shown, whatever others are.
        let is_first = first.is_none() || first == seen.and_then(|seen| seen.first().copied());
        let is_last = last.is_none() || last == seen.and_then(|seen| seen.last().copied());
        assert!(is_first && is_last, "{who}: the first or last contact of {id}");
        count += first.iter().chain(&last).count();
    }
    count
}

#[tokio::test]
async fn a_patient_of_the_demo_has_the_same_facts_in_both_faces() {
    let delivery = Delivery::demo();
    let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
    for wide in [false, true] {
        if wide {
            network.pass(1);
            open_wide(&network, 0).await;
        }
        let second = network.tokens(&delivery.bsn("p2")).await.unwrap();
        compared(&network, &second, "p2").await;
        let tokens = network.tokens(&delivery.bsn("p1")).await.unwrap();
        let first = compared(&network, &tokens, "p1").await;
        // The demo is delivered without specimens.
        for concept in CONCEPTS.iter().filter(|concept| concept.name != "specimen") {
            assert!(first.count(concept.name) > 0, "no {} in the demo", concept.name);
        }
        assert!(first.attention > 0 && first.dates > 0, "{} and {}", first.attention, first.dates);
        let quantities = first.facts.values().filter_map(|rows| rows.get("quantity"));
        assert!(quantities.flatten().any(|said| said == ".value=81.50"), "a number keeps its digits");
    }
    network.stop().await;
}

/// Facts that the sample dossier does not have; of the dead nothing is served.
const NEVER_SAID: [(&str, &str); 18] = [
    ("patient", "title"),
    ("patient", "suffix"),
    ("patient", "telecom use"),
    ("patient", "telecom remark"),
    ("patient", "addition"),
    ("patient", "district"),
    ("patient", "deceased"),
    ("patient", "day of death"),
    ("patient", "marital status"),
    ("practitioner", "own prefix"),
    ("practitioner", "partner prefix"),
    ("practitioner", "partner name"),
    ("practitioner", "order of names"),
    ("practitioner", "suffix"),
    ("organisation", "house letter"),
    ("organisation", "locator"),
    ("organisation", "country"),
    ("contact", "reason"),
];

#[test]
fn the_sample_dossier_has_every_fact_and_the_same_in_both_faces() {
    let [r4, stu3] = [Face::R4, Face::Stu3].map(|face| Collection::written(face).facts());
    // What stands in one of them only is compared as it is collected, by the other tests.
    let shared = |facts: &Facts, other: &Facts| -> Facts {
        facts
            .iter()
            .filter(|(key, _)| other.contains_key(*key))
            .map(|(key, rows)| (key.clone(), rows.clone()))
            .collect()
    };
    let differences = differences(&shared(&r4, &stu3), &shared(&stu3, &r4));
    assert!(differences.iter().all(|place| place.ends_with(": section code")), "{}", differences.join("\n"));
    let said: BTreeSet<_> =
        shared(&r4, &stu3).iter().flat_map(|((concept, _), rows)| rows.keys().map(|row| (*concept, *row))).collect();
    let rows = CONCEPTS.iter().flat_map(|concept| concept.names().map(|name| (concept.name, name)));
    let never: Vec<_> = rows.filter(|row| !said.contains(row)).collect();
    assert_eq!(never, NEVER_SAID, "a fact that is nowhere compares nothing");
}

/// Seeds of the practices that are tried, and how many patients each has: of the first twelve only one is served.
const SEEDS: [u64; 4] = [1, 7, 42, 0xDEAD_BEEF];
const PATIENTS: u32 = 16;

#[tokio::test]
async fn every_synthetic_patient_has_the_same_facts_in_both_faces() {
    let now = Timestamp::parse_rfc3339(T).unwrap();
    let deliveries = (1..).zip(SEEDS).map(|(number, seed)| {
        let mut bytes = Vec::new();
        SynthPractice { number }.write_as(Version::Two, PATIENTS, seed, now, &mut bytes).unwrap();
        Delivery::read(bytes)
    });
    let deliveries: Vec<Delivery> = deliveries.collect();
    let bytes: Vec<Vec<u8>> = deliveries.iter().map(|delivery| delivery.bytes.clone()).collect();
    let network = Network::start(T, &bytes).await;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut collected = 0;
    for (place, delivery) in deliveries.iter().enumerate() {
        open_wide(&network, place).await;
        for (patient, bsn) in delivery.people() {
            let tokens = match network.tokens_at(place, &bsn, Wish::ConsentOnce).await {
                Ok(tokens) => tokens,
                Err(PgoError::Refused { .. }) => continue,
                Err(error) => panic!("{patient}: {error}"),
            };
            let compared = compared(&network, &tokens, &patient).await;
            for concept in CONCEPTS {
                *counts.entry(concept.name).or_default() += compared.count(concept.name);
            }
            collected += 1;
        }
    }
    assert!(collected >= SEEDS.len(), "{collected} collected");
    let missing: Vec<_> = counts.iter().filter(|(_, count)| **count == 0).collect();
    assert!(missing.is_empty(), "{missing:?} in no synthetic dossier");
    network.stop().await;
}

#[tokio::test]
async fn what_a_rule_withholds_is_in_neither_face() {
    let delivery = Delivery::demo();
    let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
    let tokens = network.tokens(&delivery.bsn("p1")).await.unwrap();
    let before = compared(&network, &tokens, "as delivered").await;
    let withheld = [
        ("facility.ep_lines", &["report", "journal line"][..]),
        ("facility.diagnostic_values", &["result"][..]),
        ("facility.medication", &["prescription", "product"][..]),
        ("facility.allergies", &["intolerance"][..]),
    ];
    for (key, concepts) in withheld {
        network.pass(1);
        network.set(key, "false").await;
        let after = compared(&network, &tokens, key).await;
        for concept in concepts {
            assert!(before.count(concept) > 0 && after.count(concept) == 0, "{concept} without {key}");
        }
        assert_eq!(after.count("episode"), before.count("episode"), "{key}");
    }
    network.stop().await;
}
