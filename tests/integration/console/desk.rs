//! What the desk may do for who gets nothing online: representatives, copies on paper, the check of an identity; and results that wait.

use dvza::app::OWNERS;
use dvza::sample::practice::FIRST_BSN;
use serde_json::json;

use super::{collected, practice, state_of};
use crate::flows::demo;
use crate::my::person::Person;
use crate::support::desk::{Desk, path};
use crate::support::dossier::patient;

pub(super) const RESULTS: &str =
    "Observation?code=https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen|";

#[tokio::test]
async fn a_representative_is_registered_by_age_and_handed_a_copy_without_what_is_confidential() {
    let (network, owner, _) = practice().await;
    let young = path(&patient(&network, 0, "p4"));
    let form = format!("{young}/representation");
    let mother = [("name", "A. Els"), ("relation", "parent"), ("action", "register")];
    // Fifteen: not without the child's own word (release-rules §7.2).
    let refused = owner.post(&form, &mother).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("Een kind van 12 tot 16 moet het er zelf mee eens zijn"), "{}", refused.html);
    for (fields, why) in [
        (vec![("name", ""), ("relation", "parent"), ("agreed", "yes"), ("action", "register")], "Vul een naam in"),
        (vec![("name", "X"), ("relation", "mandate"), ("action", "register")], "Een machtiging kan vanaf 16 jaar"),
        (vec![("name", "X"), ("relation", "mentor"), ("action", "register")], "voor een volwassene"),
        (
            vec![
                ("name", "X"),
                ("relation", "parent"),
                ("agreed", "yes"),
                ("until", "2026-06-14"),
                ("action", "register"),
            ],
            "geen dag vanaf vandaag",
        ),
    ] {
        let refused = owner.post(&form, &fields).await;
        assert_eq!(refused.status, 422, "{why}");
        assert!(refused.says(why), "{why}: {}", refused.html);
    }
    let agreed = [&mother[..], &[("agreed", "yes")]].concat();
    assert_eq!(owner.post(&form, &agreed).await.status, 200);
    let page = owner.get(&young).await;
    assert!(page.says("A. Els") && page.says("ouder met gezag"), "{}", page.html);
    let id = page.values("end").remove(0);

    // The copy on paper, for the representative and for the patient.
    let copy = format!("{young}/copy");
    let hand_over = async |to: &str| {
        let pdf = owner.download(&copy, &[("action", "hand_over"), ("to", to)]).await;
        assert!(dvza::pdf::is_pdf_a(&pdf));
        pdf.len()
    };
    assert!(hand_over("patient").await >= hand_over(&id).await);
    assert_eq!(owner.post(&copy, &[("action", "hand_over"), ("to", "desk-1")]).await.status, 404);
    // What the patient asked not to show is not handed to somebody else.
    let before = hand_over(&id).await;
    let items = owner.get(&young).await.values("item");
    let episode = items.iter().find(|item| item.starts_with("episode:")).expect("an episode").as_str();
    let wish = [("wish", "hide"), ("item", episode), ("identified", "known")];
    assert_eq!(owner.post(&format!("{young}/desk"), &wish).await.status, 200);
    assert!(hand_over(&id).await < before, "less than before");
    // And nothing at all while the practice lets nobody act for the patient.
    assert_eq!(owner.post(&form, &[("action", "forbid")]).await.status, 200);
    assert_eq!(owner.post(&copy, &[("action", "hand_over"), ("to", id.as_str())]).await.status, 403);
    assert_eq!(owner.post(&form, &[("action", "allow")]).await.status, 200);
    let log = owner.get(&format!("{young}/log")).await;
    assert!(
        log.says("Heeft een afschrift meegegeven") && log.says("Heeft een vertegenwoordiger vastgelegd"),
        "{}",
        log.html
    );

    // It ends when it is ended, and by itself on the sixteenth birthday (R-AG-03).
    network.pass(7 * 31 * 86_400);
    let owner = Desk::login(&network, 0, "e1").await;
    assert_eq!(owner.post(&copy, &[("action", "hand_over"), ("to", id.as_str())]).await.status, 404, "sixteen now");
    assert_eq!(owner.post(&form, &agreed).await.status, 422, "a parent needs a mandate from now on");
    assert_eq!(owner.post(&form, &[("end", id.as_str())]).await.status, 200);
    assert!(!owner.get(&young).await.says("A. Els"));
    assert_eq!(owner.post(&form, &[("end", id.as_str())]).await.status, 404);
    network.stop().await;
}

#[tokio::test]
async fn who_was_registered_to_act_for_the_patient_stands_on_their_own_page() {
    let (network, owner, who) = practice().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let page = person.get("/my/exclusions").await;
    assert!(page.text().contains("niemand vastgelegd"), "{}", page.text());
    let form = format!("{}/representation", path(&who));
    let son = [("name", "B. Es"), ("relation", "mandate"), ("until", "2026-06-15"), ("action", "register")];
    assert_eq!(owner.post(&form, &son).await.status, 200);
    let page = person.get("/my/exclusions").await;
    assert!(page.text().contains("B. Es, gemachtigde, tot en met 15-06-2026"), "{}", page.text());
    // Past its last day it counts no more.
    network.pass(86_400);
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    assert!(person.get("/my/exclusions").await.text().contains("niemand vastgelegd"));
    network.stop().await;
}

#[tokio::test]
async fn an_identity_is_checked_with_a_document_and_for_that_number_only() {
    let (network, delivery) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    let who = path(&patient(&network, 0, "p6"));
    let bsn = delivery.bsn("p6");
    assert!(network.tokens(&bsn).await.is_err(), "not verified: nothing online");
    let check = |how: &'static str| [("wish", "identity"), ("identified", how)];
    let refused = owner.post(&format!("{who}/desk"), &check("known")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("met een identiteitsbewijs"), "{}", refused.html);
    assert!(network.tokens(&bsn).await.is_err());
    assert_eq!(owner.post(&format!("{who}/desk"), &check("id_document")).await.status, 200);
    assert!(network.tokens(&bsn).await.is_ok(), "the dossier was open already");
    // Without a number there is nothing to check.
    let none = path(&patient(&network, 0, "p5"));
    let refused = owner.post(&format!("{none}/desk"), &check("id_document")).await;
    assert!(refused.says("geen burgerservicenummer"), "{}", refused.html);
    // The check was about that number: another one is not checked by it.
    network.import(&delivery.change("patient", "p6", "bsn", json!("999990421"))).await;
    assert!(network.tokens("999990421").await.is_err());
    network.stop().await;
}

#[tokio::test]
async fn a_request_of_a_child_is_made_anew_from_sixteen_on() {
    // R-AG-03, R-DR-04 with hold_open
    let (network, owner, _) = practice().await;
    network.set("under16_policy", "hold_open").await;
    let young = patient(&network, 0, "p4");
    let page = path(&young);
    owner.post(&format!("{page}/close"), &[("reason", "Nieuw begin.")]).await;
    network.pass(60);
    let wish = [("wish", "request"), ("identified", "id_document")];
    assert_eq!(owner.post(&format!("{page}/desk"), &wish).await.status, 200);
    let refused = owner.post(&format!("{page}/release"), &[("action", "release")]).await;
    assert_eq!(refused.status, 422, "fifteen");
    network.pass(7 * 31 * 86_400);
    let owner = Desk::login(&network, 0, "e1").await;
    let refused = owner.post(&format!("{page}/release"), &[("action", "release")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("van voor de 16e verjaardag"), "{}", refused.html);
    assert_eq!(owner.post(&format!("{page}/desk"), &wish).await.status, 200, "asked anew");
    assert_eq!(owner.post(&format!("{page}/release"), &[("action", "release")]).await.status, 200);
    assert_eq!(state_of(&network, &young).await, dvza::domain::dossier::DossierState::Open);
    network.stop().await;
}

#[tokio::test]
async fn an_exclusion_is_a_task_until_the_his_has_it_too() {
    // R-CO-07
    let (network, owner, who) = practice().await;
    let page = path(&who);
    let wish = [("wish", "exclude"), ("employee", "e4"), ("identified", "known")];
    assert_eq!(owner.post(&format!("{page}/desk"), &wish).await.status, 200);
    assert!(owner.get("/").await.says("uitsluiting verwerken in het HIS"));
    let dossier = owner.get(&page).await;
    assert!(dossier.says("Uitsluiten: N. Elzinga"), "{}", dossier.html);
    let id = dossier.values("id").remove(0);
    let done = [("id", id.as_str()), ("answer", "Verwerkt."), ("action", "done")];
    assert_eq!(owner.post(&format!("{page}/request"), &done).await.status, 200);
    assert!(!owner.get("/").await.says("uitsluiting verwerken in het HIS"));
    network.stop().await;
}

#[tokio::test]
async fn an_invitation_is_read_by_the_patient_and_stays_on_the_list_of_the_practice() {
    // R-LAB-05
    let (network, owner, who) = practice().await;
    let page = format!("{}/results", path(&who));
    let results = owner.get(&page).await.values("item");
    let settle = async |action: &'static str| {
        network.pass(60);
        let mut fields = vec![("action", action)];
        fields.extend(results.iter().map(|item| ("item", item.as_str())));
        assert_eq!(owner.post(&page, &fields).await.status, 200, "{action}");
    };
    settle("save").await;
    let (person, start) = Person::logged_in(&network, FIRST_BSN).await;
    assert!(!start.text().contains("nodigt u uit om een uitslag"), "saved is no invitation");
    settle("invite").await;
    assert!(collected(&network, RESULTS).await.is_empty(), "an invitation shares no value");
    let start = person.get("/my").await;
    assert!(start.text().contains("nodigt u uit om een uitslag"), "{}", start.text());
    let list = owner.get("/").await;
    assert!(list.says("Bewaard of uitgenodigd"), "{}", list.html);
    // A closed dossier says nothing.
    network.pass(60);
    owner.post(&format!("{}/close", path(&who)), &[("reason", "Even niet.")]).await;
    assert!(!person.get("/my").await.text().contains("nodigt u uit om een uitslag"));
    network.stop().await;
}

#[tokio::test]
async fn who_wishes_so_sees_new_results_after_asking_or_after_thirty_days() {
    // R-LAB-15
    let (network, owner, who) = practice().await;
    let page = format!("{}/results", path(&who));
    let results = owner.get(&page).await.values("item");
    let publish = async |owner: &Desk| {
        network.pass(60);
        let mut fields = vec![("action", "publish"), ("conclusion", "Geen bijzonderheden.")];
        fields.extend(results.iter().map(|item| ("item", item.as_str())));
        assert_eq!(owner.post(&page, &fields).await.status, 200);
    };
    let (person, start) = Person::logged_in(&network, FIRST_BSN).await;
    assert!(start.all("button[value=wait]").is_empty(), "off as shipped");
    network.set("lab_patient_wait", "true").await;
    let before = collected(&network, RESULTS).await;
    assert!(!before.is_empty());
    let start = person.get("/my").await;
    let waits = person.press(&start, "wait", &[]).await;
    assert!(waits.text().contains("Nieuwe uitslagen wachten"), "{}", waits.text());
    assert_eq!(collected(&network, RESULTS).await, before, "what was there stays");
    publish(&owner).await;
    assert!(collected(&network, RESULTS).await.is_empty(), "published anew: they wait");
    network.pass(60);
    person.press(&person.get("/my").await, "now", &[]).await;
    let shown = collected(&network, RESULTS).await;
    assert!(shown.is_superset(&before), "{} and {}", shown.len(), before.len());
    // The next ones wait again.
    publish(&owner).await;
    assert!(collected(&network, RESULTS).await.is_empty());
    // And no longer at all.
    let (person, start) = Person::logged_in(&network, FIRST_BSN).await;
    person.press(&start, "stop", &[]).await;
    let owner = Desk::login(&network, 0, "e1").await;
    publish(&owner).await;
    assert!(!collected(&network, RESULTS).await.is_empty());
    // A month later the lists of a PGO's network are too old, the own pages need none.
    person.press(&person.get("/my").await, "wait", &[]).await;
    publish(&owner).await;
    let seen = async || {
        let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
        person.get("/my/data/uitslagen").await.all(".item").len()
    };
    assert_eq!(seen().await, 0);
    network.pass(30 * 86_400 - 1);
    assert_eq!(seen().await, 0);
    network.pass(1);
    assert!(seen().await > 0);
    network.stop().await;
}
