//! For random dossiers, settings and instants nothing that is withheld leaves a trace: not in a body, a reference, a display, a
//! count, a header, an included resource, a refusal, or the number of rounds to the database.

use std::collections::BTreeSet;

use dvza::app::App;
use dvza::domain::ids::{PatientRef, ResourceId};
use dvza::domain::release::{CASCADES, SECTIONS};
use dvza::domain::time::Timestamp;
use dvza::fhir::catalogue::Catalogue;
use dvza::fhir::{FhirRelease, ResourceType};
use dvza::pgo::Tokens;
use dvza::sample::synth;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::support::counted::Counted;
use crate::support::demo::Delivery;
use crate::support::dossier::{Dossier, patient};
use crate::support::network::{Network, T};
use crate::support::served::{Served, everything, has_word};
use crate::support::wire::{Seen, pgo_client, proper, seen};

/// Practices that are tried, each with other dossiers, settings and another instant.
const ROUNDS: u64 = 4;
const PATIENTS: u32 = 4;
/// Shorter texts stand in many places.
const SHORTEST: usize = 10;
/// A word that stands in every treatment of STU3 (its category), and in R4 beside references to one.
const OURS: [&str; 1] = ["Behandeling"];
/// Types of which both faces are counted.
const COUNTED: [ResourceType; 3] = [ResourceType::EpisodeOfCare, ResourceType::Encounter, ResourceType::Observation];
/// Of each dossier so many withheld resources are asked for by id.
const ASKED: usize = 25;

/// A practice's choices, and how long after its delivery somebody collects.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub settings: Vec<(String, String)>,
    pub minutes: i64,
}

pub fn some_choice() -> impl Strategy<Value = Chosen> {
    let sections = proptest::collection::vec(proptest::bool::weighted(0.8), SECTIONS.len());
    let cascades = proptest::collection::vec(any::<bool>(), CASCADES.len());
    let others = any::<[bool; 6]>();
    (sections, cascades, others, 0..150 * 24 * 60_i64).prop_map(|(sections, cascades, others, minutes)| {
        let pick = |is_on: bool, on: &str, off: &str| if is_on { on.to_owned() } else { off.to_owned() };
        let sections = SECTIONS.iter().zip(sections).map(|(key, on)| (format!("facility.{key}"), on.to_string()));
        let cascades =
            CASCADES.iter().zip(cascades).map(|(key, strip)| (format!("cascade.{key}"), pick(strip, "strip", "hide")));
        let others = [
            ("closed_episode_policy", pick(others[0], "attention_or_released_ep", "attention_only")),
            ("lab_release_mode", pick(others[1], "auto_delay", "explicit")),
            ("lab_auto_abnormal", pick(others[2], "same", "hold")),
            ("lab_auto_conclusion", "Standaardtekst die nergens anders staat.".to_owned()),
            ("ep_patient_contact_only", others[3].to_string()),
            ("ep_memo_contacts", others[4].to_string()),
            ("correspondence_mode", pick(others[5], "auto", "manual")),
        ];
        let others = others.into_iter().map(|(key, value)| (key.to_owned(), value));
        Chosen { settings: sections.chain(cascades).chain(others).collect(), minutes }
    })
}

/// What there is of a patient beside what is shown.
struct Withheld {
    ids: Vec<(ResourceType, ResourceId)>,
    sources: Vec<String>,
    /// Texts of the HIS that stand in withheld resources only.
    texts: BTreeSet<String>,
}

impl Withheld {
    async fn of(app: &App, who: &PatientRef, at: Timestamp, (faces, said): (&[Dossier; 2], &BTreeSet<String>)) -> Self {
        let mut tx = app.store().read().await.unwrap();
        let subject = app.subject(&mut tx, who).await.unwrap().unwrap();
        let full = app.in_full(&mut tx, who, &subject, at.into()).await.unwrap().unwrap();
        tx.close().await.unwrap();
        let ids: BTreeSet<_> = faces.iter().flat_map(Dossier::withheld_resources).collect();
        let names: BTreeSet<String> = ids.iter().map(|(_, id)| id.to_string()).collect();
        let (mut shown, mut hidden) = (BTreeSet::new(), BTreeSet::new());
        for resource in &full.resources {
            let body: Value = serde_json::from_slice(&resource.body).unwrap();
            let is_withheld = names.contains(&resource.id.to_string());
            texts(&body, &names, if is_withheld { &mut hidden } else { &mut shown });
        }
        let shown = Vec::from_iter(shown).join("\n");
        // What comes from no HIS, or is a single word of a list, is the same in many dossiers: systems, profiles, codes.
        let is_said = |text: &String| said.iter().any(|said| said.contains(text) || text.contains(said));
        let is_ours = |text: &String| OURS.contains(&text.as_str());
        hidden.retain(|text| {
            text.chars().count() >= SHORTEST && !shown.contains(text) && is_said(text) && !is_ours(text)
        });
        Self { ids: Vec::from_iter(ids), sources: faces[0].withheld_sources(), texts: hidden }
    }

    fn assert_left_no_trace(&self, answer: &Served) {
        let request = &answer.request;
        for (kind, id) in &self.ids {
            assert!(!answer.text.contains(&id.to_string()), "{kind}/{id} in {request}");
        }
        let source = self.sources.iter().find(|id| has_word(&answer.text, id));
        assert_eq!(source, None, "the id of something withheld in {request}");
    }
}

/// Every text of a body. What stands beside a reference to something withheld is left out, for it must go with it; so are the
/// type, which a question for it names too, and references, whose ids are looked for by themselves.
fn texts(value: &Value, withheld: &BTreeSet<String>, all: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            all.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, withheld, all)),
        Value::Object(members) => {
            let target = members.get("reference").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
            if target.is_some_and(|id| withheld.contains(id)) {
                return;
            }
            let words = members.iter().filter(|(name, _)| !["resourceType", "reference"].contains(&name.as_str()));
            words.for_each(|(_, member)| texts(member, withheld, all));
        }
        _ => {}
    }
}

/// Every longer text of a delivery, of two words at least.
fn said(delivery: &Delivery) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for line in delivery.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        texts(&serde_json::from_slice(line).unwrap(), &BTreeSet::new(), &mut all);
    }
    all.retain(|text| text.chars().count() >= SHORTEST && text.contains(' '));
    all
}

/// Every text of these answers, each once.
fn all_texts(answers: &[Served]) -> String {
    let mut all = BTreeSet::new();
    for answer in answers {
        if let Ok(body) = serde_json::from_str::<Value>(&answer.text) {
            texts(&body, &BTreeSet::new(), &mut all);
        }
    }
    Vec::from_iter(all).join("\n")
}

/// A caller with the tokens of one patient, who looks at status and headers too.
struct Caller<'a> {
    network: &'a Network,
    client: reqwest::Client,
    tokens: &'a Tokens,
}

impl Caller<'_> {
    async fn get(&self, service: &str, path: &str) -> Seen {
        let url = format!("{}/{path}", self.network.base(service));
        seen(proper(self.client.get(url), self.tokens).header("accept", "application/fhir+json")).await
    }

    /// The answer without the id that was asked for, and what it took of the database.
    async fn anonymous(&self, counted: &Counted, service: &str, path: &str, id: &str) -> (u16, String, Vec<String>) {
        counted.take("");
        let answer = self.get(service, path).await;
        let told: Vec<&String> = answer.headers.keys().collect();
        // Nothing by which two states of a dossier could be told apart without reading it.
        let validators = ["etag", "last-modified", "age", "expires"];
        assert!(told.iter().all(|name| !validators.contains(&name.as_str())), "{told:?}");
        let text = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
        let rounds = counted.take("dvza_database_transactions_total");
        (answer.status, text.replace(id, "ID"), rounds)
    }
}

/// By id, a withheld resource is an unknown one: in status, headers and body, and in the time that it takes.
async fn assert_unknown(caller: &Caller<'_>, counted: &Counted, withheld: &Withheld) -> usize {
    let catalogue = Catalogue::built_in().unwrap();
    let unknown = ResourceId::from_bytes([7; 16]).to_string();
    let mut asked = 0;
    for (kind, id) in withheld.ids.iter().take(ASKED) {
        let offers = |service: &&str| catalogue.find(service).is_some_and(|it| it.find_read(*kind).is_some());
        let id = id.to_string();
        for service in [["HG-R4", "DOC-R4"], ["49", "51"]].into_iter().filter_map(|of| of.into_iter().find(offers)) {
            let is_searched = catalogue.find(service).is_some_and(|it| it.find_search(*kind).is_some());
            let mut forms = vec![format!("{kind}/ID")];
            forms.extend(is_searched.then(|| format!("{kind}?_id=ID")));
            forms.extend(is_searched.then(|| format!("{kind}?_id=ID&_summary=count")));
            for form in forms {
                let of = async |id: &str| caller.anonymous(counted, service, &form.replace("ID", id), id).await;
                assert_eq!(of(&id).await, of(&unknown).await, "{service}: {form}");
                asked += 1;
            }
        }
    }
    asked
}

/// Counts are of what is shown, and so is everything that comes along.
async fn assert_counts(caller: &Caller<'_>, faces: &[Dossier; 2], withheld: &Withheld) {
    let names: BTreeSet<String> = withheld.ids.iter().map(|(_, id)| id.to_string()).collect();
    let of_both = faces.iter().zip(["HG-R4", "49"]).flat_map(|face| COUNTED.map(|kind| (face, kind)));
    for ((dossier, service), kind) in of_both {
        let count = caller.get(service, &format!("{kind}?_summary=count")).await.json();
        let all = caller.get(service, kind.as_str()).await.json();
        let entries = all["entry"].as_array().cloned().unwrap_or_default();
        let matched = entries.iter().filter(|entry| entry["search"]["mode"] == "match").count();
        assert_eq!(
            (&count["total"], &all["total"]),
            (&Value::from(matched), &Value::from(matched)),
            "{service} {kind}"
        );
        // Of the Observations 49 has those of table 45 and the lines only.
        let is_whole = service == "HG-R4" || kind != ResourceType::Observation;
        let shown = dossier.shown_of(kind);
        assert!(if is_whole { matched == shown } else { matched <= shown }, "{service} {kind}: {matched} of {shown}");
        let came = entries.iter().filter_map(|entry| entry["resource"]["id"].as_str());
        assert!(came.into_iter().all(|id| !names.contains(id)), "{kind}");
    }
}

#[tokio::test]
async fn nothing_withheld_leaves_a_trace_whatever_dossier_settings_and_instant() {
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let (mut asked, mut hidden_texts, mut dossiers) = (0, 0, 0);
    for round in 0..ROUNDS {
        let chosen = some_choice().new_tree(&mut runner).unwrap().current();
        let written = Timestamp::parse_rfc3339(T).unwrap();
        let now = written.plus_seconds(chosen.minutes * 60);
        let mut bytes = Vec::new();
        synth::synth_two(PATIENTS, 900 + round, written, &mut bytes).unwrap();
        let delivery = Delivery::read(bytes);
        let said = said(&delivery);
        let network = Network::start(&now.to_rfc3339(), std::slice::from_ref(&delivery.bytes)).await;
        for (key, value) in &chosen.settings {
            network.set(key, value).await;
        }
        for (id, bsn) in delivery.people() {
            let Ok(tokens) = network.tokens(&bsn).await else { continue };
            let who = patient(&network, 0, &id);
            let [r4, stu3] = [FhirRelease::R4, FhirRelease::Stu3].map(Some);
            let faces = [Dossier::load_in(&network, 0, &id, r4).await, Dossier::load_in(&network, 0, &id, stu3).await];
            let withheld = Withheld::of(&network.server.app, &who, network.clock.now(), (&faces, &said)).await;
            let answers = everything(&network, 0, &tokens).await;
            answers.iter().for_each(|answer| withheld.assert_left_no_trace(answer));
            let told = all_texts(&answers);
            for text in &withheld.texts {
                assert!(!told.contains(text), "{id}: {text:?} of something withheld, with {chosen:?}");
            }
            let caller = Caller { network: &network, client: pgo_client(&network), tokens: &tokens };
            assert_counts(&caller, &faces, &withheld).await;
            asked += assert_unknown(&caller, &counted, &withheld).await;
            hidden_texts += withheld.texts.len();
            dossiers += 1;
        }
        network.stop().await;
    }
    assert!(
        dossiers >= 4 && asked > 50 && hidden_texts > 100,
        "{dossiers} dossiers, {asked} asked, {hidden_texts} texts"
    );
}
