//! What the own pages show of a dossier.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dvza::app::OWNERS;
use dvza::audit::{Action, Actor, Event, Kind};
use dvza::fhir::ResourceType;
use dvza::mapping::summary::{Section, summary};
use dvza::sample::WITHHELD_MARKER;
use dvza::sample::practice::FIRST_BSN;
use serde_json::Value;

use super::PAGES;
use super::person::{Person, Seen, names};
use crate::flows::{audit::of_patient, demo};
use crate::support::desk::{Desk, path};
use crate::support::dossier::{Dossier, patient};
use crate::support::network::Network;
use crate::support::served::{self, has_word};

/// Everything that somebody can see: pages, sections, documents, and the file.
async fn everything(person: &Person) -> Vec<Seen> {
    let sections = Section::ALL.map(|section| format!("/my/data/{}", section.as_str()));
    let mut all = Vec::new();
    for path in PAGES.into_iter().map(str::to_owned).chain(sections).chain(["/my/data.json".to_owned()]) {
        let page = person.get(&path).await;
        assert_eq!((page.status, &page.path), (200, &path));
        let documents = page.attributes("a[href^='/my/document/']", "href");
        all.push(page);
        for path in documents {
            let document = person.get(&path).await;
            assert_eq!((document.status, document.headers["content-type"].to_str().unwrap()), (200, "application/pdf"));
            all.push(document);
        }
    }
    all
}

/// What a PGO can collect, by name: the answer to every search and read of every service of this version of FHIR. Of a
/// document it is the bytes, in base64.
pub async fn collected(network: &Network, bsn: &str) -> Option<BTreeMap<String, Value>> {
    let mut tokens = network.tokens(bsn).await.ok()?;
    tokens.services.retain(|service| service.ends_with("-R4"));
    let mut all = BTreeMap::new();
    for served in served::everything(network, 0, &tokens).await {
        let (path, _) = served.request.split_once(" as ").unwrap();
        if path.starts_with("Binary/") {
            let data = Value::from(STANDARD.encode(&served.bytes));
            let before = all.insert(path.to_owned(), data.clone());
            assert!(before.is_none_or(|before| before == data), "{path} holds the same in every form and service");
        }
        let Ok(body) = serde_json::from_str::<Value>(&served.text) else { continue };
        for entry in body["entry"].as_array().into_iter().flatten() {
            let resource = &entry["resource"];
            let name = format!("{}/{}", resource["resourceType"].as_str()?, resource["id"].as_str()?);
            all.insert(name, resource.clone());
        }
    }
    Some(all)
}

/// The documents among what a PGO collected: of each its bytes, in base64.
pub fn documents(collected: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let documents = collected.iter().filter(|(name, _)| name.starts_with("Binary/"));
    documents.map(|(name, data)| (name.clone(), data.clone())).collect()
}

/// The documents of a file, as [`documents`] has them.
pub fn documents_of(bundle: &Value) -> BTreeMap<String, Value> {
    let resources = bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    let binaries = resources.filter(|resource| resource["resourceType"] == "Binary");
    binaries.map(|binary| (format!("Binary/{}", binary["id"].as_str().unwrap()), binary["data"].clone())).collect()
}

#[tokio::test]
async fn the_own_pages_show_what_a_pgo_collects() {
    let (network, delivery) = demo().await;
    let (mut compared, mut files) = (0, 0);
    for (id, bsn) in delivery.people() {
        let Some(collected) = collected(&network, &bsn).await else { continue };
        let (person, _) = Person::logged_in(&network, &bsn).await;
        let bundle: Value = serde_json::from_slice(&person.get("/my/data.json").await.bytes).unwrap();
        let expected: BTreeSet<String> = collected.keys().cloned().collect();
        assert_eq!(names(&bundle), expected, "{id}");
        assert!(documents_of(&bundle) == documents(&collected), "{id}: the same documents, byte for byte");
        files += documents_of(&bundle).len();
        network.pass(1);
        everything(&person).await;
        let shown = shown_ids(&network, &id).await;
        for (name, resource) in &collected {
            let kind = ResourceType::find(name.split('/').next().unwrap()).unwrap();
            let has_heading = summary(kind, resource).is_some() || kind == ResourceType::Binary;
            assert_eq!(shown.contains(name), has_heading, "{id}: {name}");
        }
        assert!(shown.is_subset(&expected), "{id}");
        compared += 1;
    }
    assert!(compared >= 3 && files > 0, "{compared} {files}");
    network.stop().await;
}

/// What the audit trail says was shown on pages and as documents.
async fn shown_ids(network: &Network, id: &str) -> BTreeSet<String> {
    let events = of_patient(network, id).await;
    let pages = events.iter().filter(|event| ["my_data_shown", "my_document_shown"].contains(&event.kind.as_str()));
    let objects = pages.flat_map(|event| {
        assert_eq!(event.detail.purpose.as_deref(), Some("own_page"));
        &event.detail.objects
    });
    objects.flat_map(|objects| objects.ids.iter().map(|id| format!("{}/{id}", objects.kind))).collect()
}

#[tokio::test]
async fn a_withheld_record_leaves_no_trace_on_any_page() {
    let (network, delivery) = demo().await;
    let numbers = delivery.numbers();
    for id in ["p1", "p2"] {
        let withheld = Dossier::load(&network, 0, id).await.withheld_sources();
        let (person, _) = Person::logged_in(&network, &delivery.bsn(id)).await;
        let all = everything(&person).await;
        assert!(all.len() > 25, "{}", all.len());
        for page in all {
            let (path, text) = (&page.path, page.text());
            assert!(!text.contains(WITHHELD_MARKER), "{id}: something withheld on {path}");
            assert!(!numbers.iter().any(|number| text.contains(number)), "{id}: a number on {path}");
            let source = withheld.iter().find(|source| has_word(&text, source));
            assert_eq!(source, None, "{id}: the id of something withheld on {path}");
        }
    }
    network.stop().await;
}

#[tokio::test]
async fn a_section_without_data_looks_the_same_whether_hidden_or_empty() {
    let (network, delivery) = demo().await;
    let section = "Allergieën en intoleranties";
    let line = async |person: &Person| {
        let page = person.get("/my/data").await.text();
        let line = page.lines().find(|line| line.contains(section)).unwrap().to_owned();
        (line, person.get("/my/data/allergie").await.without_tokens())
    };
    let (with, _) = Person::logged_in(&network, FIRST_BSN).await;
    let shown = line(&with).await;
    assert!(shown.0.contains("<a href="), "{}", shown.0);
    let (without, _) = Person::logged_in(&network, &delivery.bsn("p2")).await;
    let empty = line(&without).await;
    network.pass(1);
    network.set("facility.allergies", "false").await;
    let hidden = line(&with).await;
    assert_eq!(hidden, empty);
    assert_eq!(hidden.0, format!("<li class=\"none\">{section} <span>0</span></li>"));
    assert!(hidden.1.contains("Geen gegevens"));
    network.stop().await;
}

#[tokio::test]
async fn sections_stand_in_order_with_their_number_and_items_the_newest_first() {
    let (network, _) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let data = person.get("/my/data").await;
    let lines = data.all(".sections li");
    assert_eq!(lines.len(), Section::ALL.len());
    for (section, line) in Section::ALL.into_iter().zip(&lines) {
        let path = format!("/my/data/{}", section.as_str());
        let items = person.get(&path).await.all("section.item");
        assert!(line.ends_with(&format!(" {}", items.len())), "{line}: {}", items.len());
    }
    let results = person.get("/my/data/uitslagen").await;
    let text = results.text();
    let (caution, first) = (text.find("Let op").unwrap(), text.find("<section").unwrap());
    assert!(caution < first, "a word of caution comes before the first result");
    let turned = |date: &String| date.split('-').rev().map(str::to_owned).collect::<Vec<_>>();
    let dates: Vec<_> = results.all("section.item > p").iter().map(turned).collect();
    assert!(dates.len() > 3 && dates.iter().all(|date| date.len() == 3), "{dates:?}");
    assert!(dates.is_sorted_by(|one, other| one >= other), "{dates:?}");
    assert!(!person.get("/my/data/contacten").await.text().contains("Let op"));
    network.stop().await;
}

#[tokio::test]
async fn a_document_opens_only_when_it_is_shown() {
    let (network, _) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let paths = person.get("/my/data/documenten").await.attributes("section a", "href");
    let document = person.get(&paths[0]).await;
    assert!(document.bytes.starts_with(b"%PDF-"));
    assert_eq!(document.headers["cache-control"], "no-store");
    assert_eq!(document.headers["content-disposition"], "inline; filename=\"document.pdf\"");
    let dossier = Dossier::load(&network, 0, "p1").await;
    let withheld: Vec<_> =
        dossier.withheld_resources().into_iter().filter(|(kind, _)| *kind == ResourceType::Binary).collect();
    assert!(!withheld.is_empty());
    let unknown = "/my/document/aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned();
    let missing = person.get(&unknown).await;
    assert_eq!(missing.status, 404);
    for (_, id) in &withheld {
        let page = person.get(&format!("/my/document/{id}")).await;
        assert_eq!((page.status, page.text()), (404, missing.text()), "withheld reads as unknown");
    }
    assert_eq!(person.get("/my/document/x").await.text(), missing.text());
    assert_eq!(person.get("/my/data/iets").await.status, 404);
    let events = of_patient(&network, "p1").await;
    let refused: Vec<_> = events.iter().filter(|event| event.kind.as_str() == "my_step_refused").collect();
    assert_eq!(refused.len(), withheld.len() + 3, "each is on record");
    assert!(refused.iter().all(|event| event.detail.reason.as_deref() == Some("missing")));
    network.stop().await;
}

#[tokio::test]
async fn the_file_is_a_collection_of_exactly_what_is_shared() {
    let (network, _) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let file = person.get("/my/data.json").await;
    assert_eq!(file.headers["content-type"], "application/fhir+json");
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    let bundle: Value = serde_json::from_slice(&file.bytes).unwrap();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&"Bundle".into(), &"collection".into()));
    assert!(bundle.get("total").is_none() && bundle["timestamp"].is_string());
    let urls: BTreeSet<&str> =
        bundle["entry"].as_array().unwrap().iter().map(|e| e["fullUrl"].as_str().unwrap()).collect();
    assert_eq!(urls.len(), names(&bundle).len(), "each once, with its address");
    let events = of_patient(&network, "p1").await;
    let event = events.iter().find(|event| event.kind.as_str() == "my_data_downloaded").unwrap();
    let recorded: usize = event.detail.objects.iter().map(|objects| objects.ids.len()).sum();
    assert_eq!(recorded, urls.len());
    network.stop().await;
}

#[tokio::test]
async fn the_file_holds_the_bytes_of_a_shown_document_and_no_trace_of_one_that_is_withdrawn() {
    let (network, _) = demo().await;
    let owner = desk(&network).await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let file = async || {
        let file = person.get("/my/data.json").await;
        (file.text(), documents_of(&serde_json::from_slice(&file.bytes).unwrap()))
    };
    let (_, before) = file().await;
    assert!(before.values().all(|data| data.as_str().is_some_and(|data| data.starts_with("JVBERi"))), "each is a PDF");
    let withheld = Dossier::load(&network, 0, "p1").await.withheld_resources();
    assert!(withheld.iter().all(|(kind, id)| !before.contains_key(&format!("{kind}/{id}"))), "not one of the withheld");

    // One after the other is withdrawn; what is no longer served is in the file in no form.
    let page = format!("{}/documents", path(&patient(&network, 0, "p1")));
    let items: BTreeSet<String> = owner.get(&page).await.values("item").into_iter().collect();
    let mut last = before.clone();
    network.pass(60);
    for item in &items {
        assert_eq!(owner.post(&page, &[("item", item), ("action", "withdraw")]).await.status, 200);
        let (text, now) = file().await;
        if now == last {
            continue;
        }
        let pgo = documents(&collected(&network, FIRST_BSN).await.unwrap());
        assert!(now == pgo, "what a PGO is served, byte for byte");
        for (name, data) in before.iter().filter(|(name, _)| !now.contains_key(*name)) {
            let id = name.split('/').nth(1).unwrap();
            let is_another = now.values().any(|other| other == data);
            assert!(!text.contains(id) && (is_another || !text.contains(data.as_str().unwrap())), "{name}");
        }
        last = now;
    }
    let (text, now) = file().await;
    assert!(!before.is_empty() && now.is_empty() && !text.contains("JVBERi"));
    network.stop().await;
}

/// An employee with every right.
async fn desk(network: &Network) -> Desk {
    network.set(OWNERS, "e1").await;
    Desk::login(network, 0, "e1").await
}

#[tokio::test]
async fn the_log_tells_in_words_what_the_pgo_collected_and_what_one_saw_oneself() {
    let (network, _) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    // One service, so that what came before fits on the page.
    let mut of_one = tokens.clone();
    of_one.services.retain(|service| service == "HG-R4");
    network.collect(&of_one).await;
    network.pass(60);
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    person.get("/my/data/uitslagen").await;
    person.get("/my/data.json").await;
    let log = person.get("/my/log").await;
    let lines = log.all(".log li");
    let told = |words: &[&str]| lines.iter().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(told(&["Heeft gegevens opgehaald", "Gelukt", "Contacten (", "15-06-2026 10:00"]), "{lines:#?}");
    assert!(
        told(&["Uzelf", "Heeft de eigen gegevens bekeken", "Uitslagen en metingen (", "15-06-2026 10:01"]),
        "{lines:#?}"
    );
    assert!(told(&["Uzelf", "Heeft de eigen gegevens gedownload"]));
    assert!(told(&["Uzelf", "Heeft toestemming gegeven"]));
    let whens = log.all(".log time");
    assert!(whens.is_sorted_by(|one, other| one >= other), "the newest first: {whens:?}");
    assert!(lines[0].contains("Heeft dit overzicht bekeken"));
    // Older lines are on further pages, and past the last there is none.
    for _ in 0..2 {
        network.pass(60);
        network.collect(&tokens).await;
    }
    let older = person.get("/my/log").await.attributes(".buttons a", "href");
    assert_eq!(older, ["/my/log?page=2"]);
    let second = person.get(&older[0]).await;
    assert_eq!(second.status, 200);
    assert!(!second.all(".log li").is_empty());
    assert!(person.get("/my/log?page=9999").await.text().contains("Er is nog niets vastgelegd"));
    network.stop().await;
}

#[tokio::test]
async fn the_log_can_be_kept_as_a_document() {
    let (network, _) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    network.collect(&tokens).await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let file = person.get("/my/log.pdf").await;
    assert_eq!(file.headers["content-type"], "application/pdf");
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"logging.pdf\"");
    assert!(dvza::pdf::is_pdf_a(&file.bytes));
    let document = lopdf::Document::load_mem(&file.bytes).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    let text = document.extract_text(&pages).unwrap();
    for word in ["Wie heeft mijn gegevens gezien?", "Testpraktijk a", "Heeft gegevens opgehaald", "Uzelf"] {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(word), "{word}: {text}");
    }
    assert!(
        person.get("/my/log").await.all(".log li").iter().any(|line| line.contains("Heeft dit overzicht gedownload"))
    );
    network.stop().await;
}

#[tokio::test]
async fn an_employee_stands_in_the_log_by_function_and_name_unless_the_practice_says_function_only() {
    let (network, delivery) = demo().await;
    let app = &network.server.app;
    let actor = Actor::Employee { id: "e2".to_owned(), role: "huisarts".to_owned() };
    let kind = Kind::new("dossier_previewed").unwrap();
    let event = Event::new(network.clock.now(), kind, Action::Read, actor).about(&patient(&network, 0, "p1"));
    app.audit().append(event).await.unwrap();
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let name = delivery.find("employee", "e2")["d"]["name"].as_str().unwrap();
    let line = async || {
        let lines = person.get("/my/log").await.all(".log li");
        lines.into_iter().find(|line| line.contains("huisarts")).unwrap()
    };
    assert!(line().await.contains(&format!("Wiehuisarts {name} WatHeeft gegevens bekeken")), "{}", line().await);
    network.set("page.log_function_only", "true").await;
    assert!(line().await.contains("Wiehuisarts Wat"), "{}", line().await);
    network.stop().await;
}
