//! The practice console over the real listener: who may do what, and what it changes for the PGO.

mod desk;
mod effects;
mod figures;
mod imports;
mod letters;
mod log;
mod onboarding;
mod pages;
mod planned;
mod rights;
mod vigilance;

use std::collections::BTreeSet;

use dvza::app::OWNERS;
use dvza::domain::dossier::DossierState;
use dvza::domain::ids::PatientRef;
use dvza::domain::rights::Right;
use dvza::sample::practice::FIRST_BSN;
use serde_json::Value;

use crate::flows::demo;
use crate::support::desk::{Desk, path};
use crate::support::dossier::patient;
use crate::support::network::Network;

/// The demo practice with its owner, who may do everything.
async fn practice() -> (Network, Desk, PatientRef) {
    let (network, _) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    let who = patient(&network, 0, "p1");
    (network, owner, who)
}

/// Ids of everything of this type that the PGO gets.
async fn collected(network: &Network, search: &str) -> BTreeSet<String> {
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let answer = network.get(&tokens, "HG-R4", search, "application/fhir+json").await;
    assert_eq!(answer.status, 200);
    let bundle: Value = serde_json::from_slice(&answer.body).unwrap();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let matches = entries.into_iter().filter(|entry| entry["search"]["mode"] == "match");
    matches.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

async fn state_of(network: &Network, who: &PatientRef) -> DossierState {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let subject = app.subject(&mut tx, who).await.unwrap().unwrap();
    tx.close().await.unwrap();
    subject.state()
}

#[tokio::test]
async fn a_dossier_is_closed_asked_for_previewed_and_released_with_exactly_what_is_ticked() {
    let (network, owner, who) = practice().await;
    let page = path(&who);
    let (episodes, lines) = ("EpisodeOfCare", "Composition?type=http://loinc.org|67781-5");
    let before = (collected(&network, episodes).await, collected(&network, lines).await);
    let tokens = network.tokens(FIRST_BSN).await.unwrap();

    // Closing needs a reason, and ends access at once (R-DR-09).
    assert_eq!(owner.post(&format!("{page}/close"), &[]).await.status, 422);
    let closed = owner.post(&format!("{page}/close"), &[("reason", "Op verzoek.")]).await;
    assert_eq!(closed.status, 200, "{}", closed.html);
    assert_eq!(state_of(&network, &who).await, DossierState::Closed);
    let answer = network.get(&tokens, "HG-R4", "Patient", "application/fhir+json").await;
    assert_eq!(answer.status, 401);
    assert!(collected(&network, episodes).await.is_empty(), "only the published copy is left (R-DOC-09)");

    // At the desk the patient asks again: the request is in the work list.
    network.pass(60);
    let wish = [("wish", "request"), ("identified", "id_document")];
    assert_eq!(owner.post(&format!("{page}/desk"), &wish).await.status, 200);
    let list = owner.get("/").await;
    assert!(list.says("Linde") || list.links().contains(&page), "{}", list.html);
    assert!(list.links().contains(&page));

    // The preview offers every episode and line; one of each is unticked.
    let dossier = owner.get(&page).await;
    let offered = dossier.values("offered");
    let shown: Vec<&str> = offered.iter().filter_map(|offer| offer.strip_prefix("1 ")).collect();
    let episode = *shown.iter().find(|value| value.starts_with("episode:")).expect("an episode");
    let line = *shown.iter().find(|value| value.starts_with("entry:")).expect("a line");
    let mut fields = vec![("action", "release")];
    fields.extend(offered.iter().map(|offer| ("offered", offer.as_str())));
    fields.extend(shown.iter().filter(|value| **value != episode && **value != line).map(|value| ("show", *value)));
    network.pass(60);
    let released = owner.post(&format!("{page}/release"), &fields).await;
    assert_eq!(released.status, 200, "{}", released.html);
    assert_eq!(state_of(&network, &who).await, DossierState::Open);

    // Exactly one episode less; the line is gone, and what hangs on the episode.
    let after = (collected(&network, episodes).await, collected(&network, lines).await);
    assert_eq!(before.0.difference(&after.0).count(), 1);
    assert!(after.0.is_subset(&before.0) && after.1.is_subset(&before.1));
    assert!(after.1.len() <= before.1.len());

    // What was unticked is shown again with one button each.
    network.pass(60);
    let show = owner.post(&format!("{page}/episode"), &[("show", episode)]).await;
    assert_eq!(show.status, 200, "{}", show.html);
    let show = owner.post(&format!("{page}/line"), &[("show", line)]).await;
    assert_eq!(show.status, 200, "{}", show.html);
    let again = (collected(&network, episodes).await, collected(&network, lines).await);
    assert_eq!(again, before);
    network.stop().await;
}

#[tokio::test]
async fn a_dossier_does_not_open_without_its_switches_nor_under_sixteen() {
    let (network, owner, _) = practice().await;
    // R-DR-05: both switches are needed.
    let asked = patient(&network, 0, "p11");
    network.set("facility.ep_lines", "false").await;
    let refused = owner.post(&format!("{}/release", path(&asked)), &[("action", "release")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("Zet eerst bij Instellingen"), "{}", refused.html);
    assert_eq!(state_of(&network, &asked).await, DossierState::Requested);
    network.set("facility.ep_lines", "true").await;
    let opened = owner.post(&format!("{}/release", path(&asked)), &[("action", "release")]).await;
    assert_eq!(opened.status, 200, "{}", opened.html);
    assert_eq!(state_of(&network, &asked).await, DossierState::Open);
    // R-DR-04: a person of fifteen is not opened, whoever asks.
    let young = patient(&network, 0, "p4");
    let wish = [("wish", "request"), ("identified", "id_document")];
    owner.post(&format!("{}/desk", path(&young)), &wish).await;
    let refused = owner.post(&format!("{}/release", path(&young)), &[("action", "release")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("jonger dan 16"), "{}", refused.html);
    network.stop().await;
}

#[tokio::test]
async fn a_result_waits_until_tomorrow_nine_and_is_withdrawn_at_once() {
    let (network, owner, who) = practice().await;
    let page = format!("{}/results", path(&who));
    let search = "Observation?code=https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen|";
    let before = collected(&network, search).await;
    let waiting = owner.get(&page).await;
    assert_eq!(waiting.status, 200);
    let results = waiting.values("item");
    // Which of them the PGO does not have yet is found by publishing one at a time.
    let publish = |item: &str| {
        vec![
            ("item".to_owned(), item.to_owned()),
            ("action".to_owned(), "publish".to_owned()),
            ("conclusion".to_owned(), "Geen bijzonderheden.".to_owned()),
            ("day".to_owned(), "2026-06-16".to_owned()),
            ("time".to_owned(), "09:00".to_owned()),
        ]
    };
    let without = [("item", results[0].as_str()), ("action", "publish")];
    let refused = owner.post(&page, &without).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("CONCLUSION_REQUIRED"));
    let gap = [
        ("item", results[0].as_str()),
        ("action", "publish"),
        ("conclusion", "x"),
        ("day", "2027-03-28"),
        ("time", "02:30"),
    ];
    assert!(owner.post(&page, &gap).await.says("Deze tijd bestaat niet"), "E22");
    network.pass(60);
    for item in &results {
        let fields = publish(item);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(owner.post(&page, &fields).await.status, 200);
    }
    assert_eq!(collected(&network, search).await.len(), 0, "all of them wait now");
    // 2026-06-16T08:59:59+02:00, then 09:00:00
    let until_nine = 23 * 3600 - 60;
    network.pass(until_nine - 1);
    assert_eq!(collected(&network, search).await.len(), 0);
    network.pass(1);
    let after = collected(&network, search).await;
    assert!(!after.is_empty() && after.is_superset(&before), "{} and {}", after.len(), before.len());
    // Withdrawn: gone from the next request.
    let owner = Desk::login(&network, 0, "e1").await;
    let mut fields = vec![("action", "withdraw")];
    fields.extend(results.iter().map(|item| ("item", item.as_str())));
    network.pass(60);
    assert_eq!(owner.post(&page, &fields).await.status, 200);
    assert_eq!(collected(&network, search).await.len(), 0);
    network.stop().await;
}

#[tokio::test]
async fn a_document_is_published_with_its_explanation_and_withdrawn() {
    let (network, owner, who) = practice().await;
    let page = format!("{}/documents", path(&who));
    let documents = owner.get(&page).await;
    let items: BTreeSet<String> = documents.values("item").into_iter().collect();
    let shown = shown_documents(&network).await;
    network.pass(60);
    let mut published = 0;
    for item in &items {
        let fields =
            [("item", item.as_str()), ("action", "publish"), ("explanation", "Dit is de brief van de oogarts.")];
        published += usize::from(owner.post(&page, &fields).await.status == 200);
    }
    assert!(published > 0);
    let after = shown_documents(&network).await;
    assert!(after.len() > shown.len());
    assert!(after.values().any(|text| text == "Dit is de brief van de oogarts."), "{after:?}");
    network.pass(60);
    for item in &items {
        owner.post(&page, &[("item", item.as_str()), ("action", "withdraw")]).await;
    }
    assert!(shown_documents(&network).await.is_empty());
    network.stop().await;
}

#[tokio::test]
async fn what_the_practices_rule_published_is_withdrawn_for_good() {
    // R-DOC-07 with R-DOC-03
    let (network, owner, who) = practice().await;
    network.set("correspondence_mode", "auto").await;
    let page = format!("{}/documents", path(&who));
    let shown = shown_documents(&network).await;
    let items: BTreeSet<String> = owner.get(&page).await.values("item").into_iter().collect();
    network.pass(60);
    for item in &items {
        assert_eq!(owner.post(&page, &[("item", item.as_str()), ("action", "withdraw")]).await.status, 200);
    }
    assert!(shown.len() > 1, "{shown:?}");
    assert!(shown_documents(&network).await.is_empty());
    network.pass(60);
    for item in &items {
        owner.post(&page, &[("item", item.as_str()), ("action", "publish")]).await;
    }
    assert!(shown_documents(&network).await.len() >= shown.len(), "and published again by name");
    network.stop().await;
}

/// Id and description of every document that the PGO gets.
async fn shown_documents(network: &Network) -> std::collections::BTreeMap<String, String> {
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let answer = network.get(&tokens, "DOC-R4", "DocumentReference?status=current", "application/fhir+json").await;
    let bundle: Value = serde_json::from_slice(&answer.body).unwrap();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let documents = entries.into_iter().filter(|entry| entry["resource"]["resourceType"] == "DocumentReference");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    documents.map(|entry| (text(&entry["resource"]["id"]), text(&entry["resource"]["description"]))).collect()
}

/// The bytes of every document that the PGO gets, by the id of its Binary.
async fn files(network: &Network) -> Vec<Vec<u8>> {
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let answer = network.get(&tokens, "DOC-R4", "DocumentReference?status=current", "application/fhir+json").await;
    let bundle: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut files = Vec::new();
    for entry in bundle["entry"].as_array().into_iter().flatten() {
        let Some(url) = entry["resource"]["content"][0]["attachment"]["url"].as_str() else { continue };
        files.push(network.get(&tokens, "DOC-R4", url, "application/pdf").await.body);
    }
    files
}

#[tokio::test]
async fn a_file_becomes_pdf_when_it_is_published_and_stays_hidden_when_it_cannot() {
    // R-DOC-08
    for (mime, converts) in [("text/plain", true), ("application/rtf", false)] {
        let (network, delivery) = demo().await;
        network.set(OWNERS, "e1").await;
        let owner = Desk::login(&network, 0, "e1").await;
        let who = patient(&network, 0, "p1");
        let page = format!("{}/documents", path(&who));
        let before = shown_documents(&network).await.len();
        let report = network.import(&delivery.change("document", "p1-d1", "mime", mime.into())).await;
        assert_eq!(report.refused, 0, "{report:?}");
        let hidden = shown_documents(&network).await.len();
        assert!(hidden <= before);
        network.pass(60);
        let publish = [("item", "document:p1-d1"), ("action", "publish"), ("explanation", "Omgezet.")];
        let answer = owner.post(&page, &publish).await;
        assert_eq!(answer.status, if converts { 200 } else { 422 }, "{}", answer.html);
        let shown = shown_documents(&network).await;
        assert_eq!(shown.len(), hidden + usize::from(converts));
        assert_eq!(shown.values().any(|text| text == "Omgezet."), converts);
        assert!(files(&network).await.iter().all(|file| file.starts_with(b"%PDF-")));
        network.stop().await;
    }
}

#[tokio::test]
async fn a_copy_is_collected_in_place_of_access_and_the_next_delivery_leaves_it_there() {
    // R-DOC-09, E60
    let (network, delivery) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    let who = patient(&network, 0, "p1");
    let page = path(&who);
    owner.post(&format!("{page}/close"), &[("reason", "Liever een afschrift.")]).await;
    let before = shown_documents(&network).await.len();
    assert_eq!(owner.post(&format!("{page}/copy"), &[]).await.status, 422, "an explanation is mandatory");
    network.pass(60);
    let answer = owner.post(&format!("{page}/copy"), &[("explanation", "Uw hele dossier.")]).await;
    assert_eq!(answer.status, 200, "{}", answer.html);
    let shown = shown_documents(&network).await;
    assert_eq!(shown.len(), before + 1);
    assert!(shown.values().any(|text| text == "Uw hele dossier."));
    assert!(collected(&network, "EpisodeOfCare").await.is_empty(), "and nothing else");
    let pdf = files(&network).await.into_iter().find(|file| dvza::pdf::is_pdf_a(file));
    assert!(pdf.is_some(), "the copy is PDF/A");
    let report = network.import(&delivery.change("document", "p1-d2", "title", "Andere titel".into())).await;
    assert_eq!(report.changed, 1, "{report:?}");
    assert_eq!(shown_documents(&network).await.len(), before + 1);
    assert!(files(&network).await.iter().any(|file| dvza::pdf::is_pdf_a(file)), "its bytes are still there");
    network.stop().await;
}

#[tokio::test]
async fn marks_withhold_with_a_reason_and_harm_only_for_a_time() {
    let (network, owner, who) = practice().await;
    let page = format!("{}/mark", path(&who));
    let before = collected(&network, "EpisodeOfCare").await;
    let items = owner.get(&path(&who)).await.values("item");
    let episode = items.iter().find(|value| value.starts_with("episode:")).unwrap().as_str();
    for (fields, why) in [
        (vec![("item", episode), ("kind", "third_party")], "without a reason"),
        (vec![("kind", "third_party"), ("reason", "Buurvrouw.")], "without an item"),
        (vec![("item", episode), ("kind", "harm"), ("reason", "Suïcidaal.")], "without a day"),
        (
            vec![("item", episode), ("kind", "harm"), ("reason", "x"), ("until", "2026-09-16")],
            "longer than three months",
        ),
        (vec![("item", episode), ("kind", "harm"), ("reason", "x"), ("until", "2026-06-15")], "not after today"),
    ] {
        assert_eq!(owner.post(&page, &fields).await.status, 422, "{why}");
    }
    assert_eq!(collected(&network, "EpisodeOfCare").await, before);
    network.pass(60);
    let all: Vec<&str> = items.iter().filter(|value| value.starts_with("episode:")).map(String::as_str).collect();
    // R-X-01, R-X-02: until the mark is taken away.
    for kind in ["third_party", "privacy"] {
        for (kind, shows) in [(kind, false), ("none", true)] {
            network.pass(1);
            let mut fields = vec![("kind", kind), ("reason", "Over de buurvrouw.")];
            fields.extend(all.iter().map(|item| ("item", *item)));
            assert_eq!(owner.post(&page, &fields).await.status, 200, "{kind}");
            assert_eq!(!collected(&network, "EpisodeOfCare").await.is_empty(), shows, "{kind}");
        }
    }
    let mut fields = vec![("kind", "harm"), ("reason", "Nu niet."), ("until", "2026-06-16")];
    fields.extend(all.iter().map(|item| ("item", *item)));
    assert_eq!(owner.post(&page, &fields).await.status, 200);
    assert!(collected(&network, "EpisodeOfCare").await.is_empty());
    // The next day at 00:00 in Amsterdam they are back (R-X-03).
    network.clock.set(dvza::domain::time::Timestamp::parse_rfc3339("2026-06-16T00:00:00+02:00").unwrap());
    assert_eq!(collected(&network, "EpisodeOfCare").await, before);
    network.stop().await;
}

#[tokio::test]
async fn who_is_excluded_or_idle_or_has_another_token_gets_nowhere() {
    let (network, owner, who) = practice().await;
    let page = path(&who);
    // R-CO-07, E59: excluded by name, and on record.
    let nurse = Desk::login(&network, 0, "e4").await;
    assert_eq!(nurse.get(&page).await.status, 200);
    // Neither do the lists name who is closed to them.
    let search = [("search", "Esdoorn"), ("action", "find")];
    let names = async || {
        let pages = [nurse.post("/patients", &search).await, nurse.get("/").await];
        pages.map(|page| page.says("Esdoorn, van"))
    };
    assert_eq!(names().await, [true, true]);
    let wish = [("wish", "exclude"), ("employee", "e4"), ("identified", "known")];
    assert_eq!(owner.post(&format!("{page}/desk"), &wish).await.status, 200);
    assert_eq!(nurse.get(&page).await.status, 403);
    assert_eq!(names().await, [false, false]);
    let log = owner.get(&format!("{page}/log")).await;
    assert!(
        log.says("Kreeg geen toegang") && log.says("door de patiënt uitgesloten") && log.says("N. Elzinga"),
        "{}",
        log.html
    );
    // A form that is not ours, and one of another session.
    let path = format!("{page}/block");
    assert_eq!(owner.send(&path, &[("action", "block"), ("reason", "x")]).await.status, 403);
    assert_eq!(Desk::stranger(&network).get(&page).await.status, 200, "is sent to the login");
    assert!(Desk::stranger(&network).get(&page).await.says("Inloggen voor medewerkers"));
    // R-SE-01: fifteen minutes.
    network.pass(15 * 60 - 1);
    assert_eq!(owner.get("/help").await.status, 200);
    network.pass(15 * 60);
    assert_eq!(owner.get("/help").await.status, 401);
    network.stop().await;
}

#[tokio::test]
async fn an_extraction_leaves_out_who_excluded_its_maker() {
    let (network, owner, who) = practice().await;
    let numbers = async || {
        let fields = [("column", "number"), ("format", "csv"), ("which", "all")];
        String::from_utf8(owner.download("/reports", &fields).await).unwrap()
    };
    assert!(numbers().await.contains("\np1\r\n"));
    let wish = [("wish", "exclude"), ("employee", "e1"), ("identified", "known")];
    // It is noted, and the way back to the dossier is closed to them at once.
    assert_eq!(owner.post(&format!("{}/desk", path(&who)), &wish).await.status, 403);
    let left = numbers().await;
    assert!(!left.contains("\np1\r\n") && left.contains("\np2\r\n"), "{left}");
    network.stop().await;
}

#[tokio::test]
async fn a_blocked_patient_is_nobody_at_once_and_an_optout_too() {
    let (network, owner, who) = practice().await;
    let page = path(&who);
    for (form, on, off) in [
        ("block", vec![("action", "block"), ("reason", "Dwang.")], vec![("action", "unblock"), ("reason", "Veilig.")]),
        (
            "desk",
            vec![("wish", "optout"), ("identified", "id_document")],
            vec![("wish", "optin"), ("identified", "id_document")],
        ),
    ] {
        let tokens = network.tokens(FIRST_BSN).await.unwrap();
        assert_eq!(owner.post(&format!("{page}/{form}"), &on).await.status, 200);
        let answer = network.get(&tokens, "HG-R4", "Patient", "application/fhir+json").await;
        assert_eq!(answer.status, 401, "{form}");
        assert!(network.tokens(FIRST_BSN).await.is_err());
        assert_eq!(owner.post(&format!("{page}/{form}"), &off).await.status, 200);
        assert!(network.tokens(FIRST_BSN).await.is_ok());
    }
    network.stop().await;
}

#[tokio::test]
async fn settings_change_what_is_served_and_a_wrong_value_changes_nothing() {
    let (network, owner, _) = practice().await;
    let page = owner.get("/settings").await;
    assert!(page.says("Uitslagen") && page.says("Wijzigingen"), "{}", page.html);
    let wrong = [("group", "results"), ("lab_release_mode", "sometimes"), ("lab_delay_days", "3")];
    let refused = owner.post("/settings", &wrong).await;
    assert!(refused.says("Niets is opgeslagen"), "{}", refused.html);
    let right = [
        ("group", "lines"),
        ("closed_episode_policy", "attention_or_released_ep"),
        ("ep_patient_contact_only", "true"),
    ];
    assert_eq!(owner.post("/settings", &right).await.status, 200);
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let policy = app.policy(&mut tx, network.practices[0].practice).await.unwrap().unwrap();
    let settings = dvza::store::settings::list(&mut tx, &network.practices[0]).await.unwrap();
    tx.close().await.unwrap();
    assert_eq!(policy.closed_episodes, dvza::domain::release::ClosedEpisodes::AttentionOrReleasedLines);
    assert!(settings.iter().any(|setting| setting.key == "closed_episode_policy" && setting.by == "e1"));
    assert!(policy.lab_delay_days == 7, "the wrong group changed nothing");
    // Sections are switched off together.
    assert!(!collected(&network, "EpisodeOfCare").await.is_empty());
    let sections = [("group", "sections"), ("section", "ep_lines"), ("section", "diagnostic_values")];
    assert_eq!(owner.post("/settings", &sections).await.status, 200);
    assert!(collected(&network, "EpisodeOfCare").await.is_empty());
    network.stop().await;
}

#[tokio::test]
async fn rights_are_given_by_a_second_person_only() {
    let (network, owner, _) = practice().await;
    crate::support::desk::give(&network, "e2", &[Right::EmployeeRights]).await;
    let second = Desk::login(&network, 0, "e2").await;
    let assistant = Desk::login(&network, 0, "e3").await;
    assert_eq!(assistant.get("/settings").await.status, 403);
    let proposal = [("employee", "e3"), ("action", "propose"), ("right", "practice_settings")];
    assert_eq!(owner.post("/rights", &proposal).await.status, 200);
    assert_eq!(assistant.get("/settings").await.status, 403, "a proposal gives nothing");
    let seen = second.get("/rights").await.values("seen").remove(0);
    let approve = [("employee", "e3"), ("action", "approve"), ("seen", seen.as_str())];
    assert_eq!(owner.post("/rights", &approve).await.status, 422, "not who proposed it");
    // Nobody approves what they did not see.
    network.pass(1);
    let more = [&proposal[..], &[("right", "employee_rights")]].concat();
    assert_eq!(owner.post("/rights", &more).await.status, 200);
    let refused = second.post("/rights", &approve).await;
    assert!(refused.status == 422 && refused.says("intussen gewijzigd"), "{}", refused.html);
    assert_eq!(assistant.get("/settings").await.status, 403);
    assert_eq!(owner.post("/rights", &proposal).await.status, 200);
    let seen = second.get("/rights").await.values("seen").remove(0);
    let approve = [("employee", "e3"), ("action", "approve"), ("seen", seen.as_str())];
    assert_eq!(second.post("/rights", &approve).await.status, 200);
    assert_eq!(assistant.get("/settings").await.status, 200);
    assert_eq!(assistant.get("/patients").await.status, 403, "rights replace those of the role");
    // Nobody approves their own.
    let own = [("employee", "e2"), ("action", "propose"), ("right", "view_dossier")];
    assert_eq!(owner.post("/rights", &own).await.status, 200);
    let seen = second.get("/rights").await.values("seen").remove(0);
    let approve = [("employee", "e2"), ("action", "approve"), ("seen", seen.as_str())];
    assert!(second.post("/rights", &approve).await.says("Een ander dan wie het voorstelde"));
    network.stop().await;
}

#[tokio::test]
async fn patients_are_found_by_name_day_or_number_and_never_in_an_address() {
    let (network, owner, who) = practice().await;
    for wanted in [FIRST_BSN, "p1"] {
        let found = owner.post("/patients", &[("search", wanted)]).await;
        assert!(found.links().contains(&path(&who)), "{wanted}: {}", found.html);
        assert!(found.links().iter().all(|link| !link.contains(wanted)), "{wanted}");
    }
    let short = owner.post("/patients", &[("search", "a")]).await;
    assert!(short.says("ten minste twee tekens"));
    assert!(!owner.post("/patients", &[("search", "zzzz")]).await.links().contains(&path(&who)));
    network.stop().await;
}
