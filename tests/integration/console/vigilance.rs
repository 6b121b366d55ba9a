//! What the console tells people to look at: what PGOs collected, words of the list, episodes to confirm, marks of a year ago,
//! and attempts that should not have been made.

use dvza::audit::Actor;
use dvza::domain::rights::Right;
use dvza::domain::time::Timestamp;
use dvza::sample::practice::FIRST_BSN;

use super::{collected, files, practice, shown_documents};
use crate::flows::audit::of_patient;
use crate::support::desk::{Desk, give, path};
use crate::support::network::Network;
use crate::support::served::FORMATS;

/// The released lines, as one text.
async fn lines(network: &Network) -> String {
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let search = "Composition?type=http://loinc.org|67781-5";
    String::from_utf8(network.get(&tokens, "HG-R4", search, FORMATS[0]).await.body).unwrap()
}

#[tokio::test]
async fn what_a_pgo_already_collected_is_said_where_it_is_hidden() {
    // E17
    let (network, owner, who) = practice().await;
    let page = path(&who);
    let before = owner.get(&page).await;
    assert!(before.says("nog niet door een PGO") && !before.says("al opgehaald door"), "{}", before.html);
    assert!(before.says("kan niet worden teruggehaald"));
    let shown = collected(&network, "EpisodeOfCare").await.len();
    network.pass(60);
    assert_eq!(owner.post(&format!("{page}/episode"), &[("hide", "episode:p1-ep1")]).await.status, 200);
    assert_eq!(collected(&network, "EpisodeOfCare").await.len(), shown - 1);
    let after = owner.get(&page).await;
    assert!(after.says("al opgehaald door 1 PGO, laatst op 15-06-2026 10:00"), "{}", after.html);
    // R-X-05: who hid it, and when, is on record.
    let events = of_patient(&network, "p1").await;
    let hid = events.iter().find(|event| event.kind.as_str() == "item_hidden").unwrap();
    assert!(matches!(&hid.actor, Actor::Employee { id, .. } if id == "e1"));
    assert_eq!(hid.at, network.clock.now());
    network.stop().await;
}

#[tokio::test]
async fn a_document_of_a_hidden_episode_asks_to_be_confirmed_and_copies_cannot_be_recalled() {
    // E12, R-DOC-06, R-DOC-07
    let (network, owner, who) = practice().await;
    let page = format!("{}/documents", path(&who));
    let documents = owner.get(&page).await;
    assert!(documents.says("Wat een PGO al heeft opgehaald kan niet worden teruggehaald."), "{}", documents.html);
    assert!(!documents.values("override").is_empty(), "the page asks");
    let before = shown_documents(&network).await.len();
    network.pass(60);
    let publish = [("item", "document:p1-d7"), ("action", "publish"), ("explanation", "Na overleg.")];
    assert_eq!(owner.post(&page, &publish).await.status, 200);
    assert_eq!(shown_documents(&network).await.len(), before, "published, and of a hidden episode all the same");
    network.pass(60);
    let confirmed = [&publish[..], &[("override", "yes")]].concat();
    assert_eq!(owner.post(&page, &confirmed).await.status, 200);
    let after = shown_documents(&network).await;
    assert_eq!(after.len(), before + 1);
    assert!(after.values().any(|text| text == "Na overleg."));
    assert_eq!(files(&network).await.len(), after.len());
    network.stop().await;
}

#[tokio::test]
async fn the_forms_of_before_the_opening_are_released_as_a_category_when_the_patient_asked() {
    // Release-rules §4.8
    let (network, owner, who) = practice().await;
    let page = format!("{}/documents", path(&who));
    let before = shown_documents(&network).await;
    let offers = async || owner.get(&page).await.says("Alle vrijgeven");
    assert!(offers().await);
    let release = [("action", "release_forms")];
    // The sheet names the GP: an assistant publishes documents, and not those.
    give(&network, "e3", &[Right::ViewDossier, Right::PublishDocument]).await;
    let assistant = Desk::login(&network, 0, "e3").await;
    assert!(!assistant.get(&page).await.says("Alle vrijgeven"));
    assert_eq!(assistant.post(&page, &release).await.status, 403);
    assert_eq!(assistant.post(&page, &[("item", "document:p1-d11"), ("action", "publish")]).await.status, 200);
    assert_eq!(shown_documents(&network).await, before, "published, and not shown");
    let refused = owner.post(&page, &release).await;
    assert!(refused.status == 422 && refused.says("Bevestig dat de patiënt"), "{}", refused.html);
    assert_eq!(shown_documents(&network).await, before, "nothing changed");
    network.pass(60);
    let asked = [&release[..], &[("asked", "yes")]].concat();
    assert_eq!(owner.post(&page, &asked).await.status, 200);
    assert_eq!(shown_documents(&network).await.len(), before.len() + 1, "the form, and nothing that is hidden");
    assert!(!offers().await);
    // One that is withdrawn by itself is not brought back with the others.
    network.pass(60);
    assert_eq!(owner.post(&page, &[("item", "document:p1-d11"), ("action", "withdraw")]).await.status, 200);
    assert_eq!(shown_documents(&network).await, before);
    assert!(!offers().await);
    network.pass(60);
    assert_eq!(owner.post(&page, &asked).await.status, 422);
    assert_eq!(shown_documents(&network).await, before);
    network.stop().await;
}

#[tokio::test]
async fn a_form_of_before_the_opening_is_released_by_its_name_and_withdrawn_again() {
    // Release-rules §4.8
    let (network, owner, who) = practice().await;
    let page = format!("{}/documents", path(&who));
    let before = shown_documents(&network).await;
    for (action, more) in [("publish", 1), ("withdraw", 0)] {
        network.pass(60);
        assert_eq!(owner.post(&page, &[("item", "document:p1-d11"), ("action", action)]).await.status, 200);
        assert_eq!(shown_documents(&network).await.len(), before.len() + more, "{action}");
    }
    network.stop().await;
}

#[tokio::test]
async fn a_word_of_the_list_warns_and_withholds_nothing() {
    // R-SP-11, E06
    let (network, owner, who) = practice().await;
    let before = lines(&network).await;
    assert!(before.contains("Metformine verhoogd."));
    assert!(!owner.get(&path(&who)).await.says("woord van uw lijst"));
    network.pass(1);
    network.set("page.words", "niet delen, METFORMINE verhoogd").await;
    let page = owner.get(&path(&who)).await;
    assert!(page.says("Let op, woord van uw lijst: “metformine verhoogd”"), "{}", page.html);
    assert!(!page.says("“niet delen”"));
    assert_eq!(lines(&network).await, before, "the list never withholds");
    network.stop().await;
}

#[tokio::test]
async fn what_the_his_leaves_open_is_listed_to_confirm() {
    // E03, E62
    let (network, owner, who) = practice().await;
    let page = path(&who);
    assert!(owner.get("/").await.says("Episodes om te bevestigen"));
    let shown = collected(&network, "EpisodeOfCare").await;
    let asks = "Het HIS zegt niet of de patiënt dit mag zien.";
    let list = owner.get(&page).await;
    assert!(list.says("Slaapstoornis") && list.says(asks), "{}", list.html);
    assert!(list.says("Jicht") && list.says("Afgesloten zonder attentiewaarde: niet zichtbaar."), "{}", list.html);
    network.pass(60);
    assert_eq!(owner.post(&format!("{page}/episode"), &[("show", "episode:p1-ep7")]).await.status, 200);
    let now = collected(&network, "EpisodeOfCare").await;
    assert!(now.is_superset(&shown) && now.len() == shown.len() + 1);
    let list = owner.get(&page).await;
    assert!(!list.says(asks) && list.says("Afgesloten zonder attentiewaarde: niet zichtbaar."), "{}", list.html);
    network.stop().await;
}

#[tokio::test]
async fn a_mark_for_a_third_party_is_to_be_looked_at_again_after_a_year() {
    // R-X-01
    let (network, owner, who) = practice().await;
    let mark = [("item", "episode:p1-ep2"), ("kind", "third_party"), ("reason", "Van de buurvrouw.")];
    assert_eq!(owner.post(&format!("{}/mark", path(&who)), &mark).await.status, 200);
    let asks = "Markeringen voor derden van een jaar of ouder";
    assert!(!owner.get("/").await.says(asks));
    network.clock.set(Timestamp::parse_rfc3339("2027-06-15T09:59:59+02:00").unwrap());
    assert!(!Desk::login(&network, 0, "e1").await.get("/").await.says(asks));
    network.pass(1);
    let owner = Desk::login(&network, 0, "e1").await;
    let list = owner.get("/").await;
    assert!(list.says(asks) && list.says("15-06-2026"), "{}", list.html);
    let page = owner.get(&path(&who)).await;
    assert!(page.says("op 15-06-2026: Van de buurvrouw. – opnieuw bekijken"), "{}", page.html);
    // Who has no right to mark is not asked.
    assert!(!Desk::login(&network, 0, "e3").await.get("/").await.says(asks));
    // Marked again it holds for another year.
    assert_eq!(owner.post(&format!("{}/mark", path(&who)), &mark).await.status, 200);
    assert!(!owner.get("/").await.says(asks));
    network.stop().await;
}

#[tokio::test]
async fn who_tries_what_was_forbidden_stands_in_the_work_list() {
    // Release-rules §10 (c), R-CO-07, E59
    let (network, owner, who) = practice().await;
    let page = path(&who);
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    assert!(!owner.get("/").await.says("Opvallend"));
    let nurse = Desk::login(&network, 0, "e4").await;
    // R-CO-04: not without saying how the patient was identified.
    let without = [("wish", "exclude"), ("employee", "e4")];
    assert_eq!(owner.post(&format!("{page}/desk"), &without).await.status, 422);
    let wish = [("wish", "exclude"), ("employee", "e4"), ("identified", "known")];
    assert_eq!(owner.post(&format!("{page}/desk"), &wish).await.status, 200);
    assert!(!owner.get("/").await.says("Opvallend"), "nobody has tried yet");
    assert_eq!(nurse.get(&page).await.status, 403);
    let list = owner.get("/").await;
    assert!(list.says("uitgesloten medewerker probeerde het dossier te openen"), "{}", list.html);
    assert!(list.says("N. Elzinga") && !list.says("na een blokkade"), "{}", list.html);
    // A PGO that goes on after a block.
    let block = [("action", "block"), ("reason", "Dwang.")];
    assert_eq!(owner.post(&format!("{page}/block"), &block).await.status, 200);
    assert_eq!(network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await.status, 401);
    let list = owner.get("/").await;
    assert!(list.says("poging om gegevens op te halen na een blokkade"), "{}", list.html);
    assert!(!Desk::login(&network, 0, "e3").await.get("/").await.says("Opvallend"), "not for who may not see the log");
    network.stop().await;
}
