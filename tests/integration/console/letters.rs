//! Invitations, e-mail addresses and notices, with a real mail server on the other side (release-rules §6.4, R-RG).

use dvza::app::OWNERS;
use dvza::sample::practice::FIRST_BSN;
use serde_json::json;

use crate::flows::demo;
use crate::my::person::Person;
use crate::support::desk::{Desk, path};
use crate::support::dossier::patient;
use crate::support::network::Network;
use crate::support::post::PostOffice;

const ADDRESS: &str = "marijke.vanesdoorn@voorbeeld.example";

async fn practice() -> (Network, Desk, PostOffice) {
    let (network, _) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    (network, owner, PostOffice::open().await)
}

#[tokio::test]
async fn who_may_be_invited_gets_one_letter_without_a_link_or_a_word_of_care() {
    let (network, owner, post) = practice().await;
    let who = patient(&network, 0, "p1");
    let dry = [("letter", "0"), ("action", "count")];
    let send = [("letter", "0"), ("action", "send")];
    // An open dossier needs no invitation.
    let counted = owner.post("/invite", &dry).await;
    assert!(counted.says("0 patiënten zouden de brief krijgen"), "{}", counted.html);
    assert!(counted.says("dossier al open"), "{}", counted.html);
    assert_eq!(owner.post(&format!("{}/close", path(&who)), &[("reason", "Op verzoek.")]).await.status, 200);

    // Counting sends nothing.
    let counted = owner.post("/invite", &dry).await;
    assert!(counted.says("1 patiënten zouden de brief krijgen"), "{}", counted.html);
    assert!(counted.says("geen e-mailadres"), "{}", counted.html);
    assert!(post.collect(&network).await.is_empty());

    // A mail server that is away loses nothing.
    post.refuse(true);
    assert!(owner.post("/invite", &send).await.says("1 patiënten krijgen de brief"));
    assert!(post.collect(&network).await.is_empty());
    post.refuse(false);
    assert!(post.collect(&network).await.is_empty(), "it is tried again later, not at once");
    network.pass(300);
    let letters = post.collect(&network).await;
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.to, ADDRESS);
    assert!(letter.text.contains("PGO") && !letter.text.contains("http") && !letter.text.contains("Esdoorn"));
    network.pass(500);
    assert!(post.collect(&network).await.is_empty(), "and only once");

    // Not twice within a year, unless somebody insists.
    assert!(owner.post("/invite", &send).await.says("al uitgenodigd in de laatste 12 maanden"));
    let again = [("letter", "0"), ("action", "count"), ("again", "yes")];
    assert!(owner.post("/invite", &again).await.says("1 patiënten zouden"));
    // A letter that is not there.
    assert_eq!(owner.post("/invite", &[("letter", "9"), ("action", "send")]).await.status, 404);
    network.stop().await;
}

#[tokio::test]
async fn age_address_block_and_registration_decide_who_is_invited() {
    let (network, delivery) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    let who = path(&patient(&network, 0, "p1"));
    owner.post(&format!("{who}/close"), &[("reason", "Op verzoek.")]).await;
    let count = async |expected: &str, reason: &str| {
        let page = owner.post("/invite", &[("letter", "0"), ("action", "count")]).await;
        assert!(page.says(&format!("{expected} patiënten zouden")), "{reason}: {}", page.html);
        assert!(page.says(reason), "{reason}: {}", page.html);
    };
    // E55: fifteen today, sixteen tomorrow.
    let mut last = delivery;
    let mut deliver = async |patient: &str, member: &str, value: &str| {
        last = last.followed("patient", patient, member, json!(value));
        let report = network.import(&last.bytes).await;
        assert_eq!((report.refused, report.changed), (0, 1), "{report:?}");
    };
    deliver("p1", "birth", "2010-06-16").await;
    count("0", "te jong").await;
    deliver("p1", "birth", "2010-06-15").await;
    count("1", "geen e-mailadres").await;
    network.set("invite_min_age", "18").await;
    count("0", "te jong").await;
    network.set("invite_min_age", "16").await;
    // One address of two patients is nobody's (R-RG-01).
    deliver("p2", "email", "Marijke.vanEsdoorn@voorbeeld.example").await;
    count("0", "e-mailadres van meerdere patiënten").await;
    deliver("p2", "email", "anders@voorbeeld.example").await;
    count("1", "te jong").await;
    owner.post(&format!("{who}/block"), &[("action", "block"), ("reason", "Dwang.")]).await;
    count("0", "geblokkeerd of niet gecontroleerd").await;
    owner.post(&format!("{who}/block"), &[("action", "unblock"), ("reason", "Voorbij.")]).await;
    deliver("p1", "status", "deregistered").await;
    count("0", "niet ingeschreven").await;
    network.stop().await;
}

#[tokio::test]
async fn an_address_is_confirmed_within_a_day_and_belongs_to_one_person() {
    let (network, owner, post) = practice().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let page = person.get("/my/email").await;
    let wrong = person.press(&page, "set", &[("email", "geen adres")]).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.all(".fault"), ["Vul een e-mailadres in, zoals naam@voorbeeld.nl."]);
    let set = person.press(&page, "set", &[("email", "Marga@Voorbeeld.example")]).await;
    assert_eq!(set.path, "/my/email");
    assert!(set.text().contains("spam") && set.text().contains("Nog niet bevestigd"), "{}", set.text());
    let letters = post.collect(&network).await;
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.to, "marga@voorbeeld.example");

    // E57: 24 hours and a second; a new letter is offered, and its link works once.
    network.pass(24 * 3600 + 1);
    let follow = async |token: String, button: &str| {
        let stranger = Person::new(&network);
        let page = stranger.get(&format!("/email/confirm?token={token}")).await;
        assert_eq!(page.status, 200, "looking changes nothing");
        stranger.press(&page, button, &[]).await
    };
    let late = follow(letter.token(), "confirm").await;
    assert_eq!(late.status, 410);
    assert!(late.text().contains("ouder dan 24 uur"));
    let stranger = Person::new(&network);
    assert_eq!(stranger.press(&late, "again", &[]).await.title(), "Kijk in uw e-mail");
    let letters = post.collect(&network).await;
    let [renewed] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(follow(letter.token(), "confirm").await.status, 404, "the old link is void");
    let done = follow(renewed.token(), "confirm").await;
    assert_eq!(done.title(), "Uw e-mailadres is bevestigd");
    assert_eq!(follow(renewed.token(), "confirm").await.status, 404, "single use");

    // E56: the same address for a second patient, in other letters, is refused.
    let owner_again = Desk::login(&network, 0, "e1").await;
    drop(owner);
    let other = path(&patient(&network, 0, "p2"));
    let refused =
        owner_again.post(&format!("{other}/email"), &[("email", " MARGA@voorbeeld.example"), ("action", "set")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("iedere persoon heeft een eigen adres nodig"), "{}", refused.html);
    assert_eq!(owner_again.post(&format!("{other}/email"), &[("email", "x"), ("action", "set")]).await.status, 422);

    // What is new is told without a word of what it is, and at its moment.
    let who = path(&patient(&network, 0, "p1"));
    assert_eq!(owner_again.post(&format!("{who}/close"), &[("reason", "Overspannen.")]).await.status, 200);
    let letters = post.collect(&network).await;
    let [notice] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(notice.to, "marga@voorbeeld.example");
    assert!(
        notice.text.contains("iets nieuws") && !notice.text.contains("http") && !notice.text.contains("Overspannen")
    );
    // What waits is not sent once the dossier is blocked: the mailbox may be read by whom it is blocked for (R-X-04).
    let block = async |action| {
        let fields = [("action", action), ("reason", "Dwang.")];
        assert_eq!(owner_again.post(&format!("{who}/block"), &fields).await.status, 200);
    };
    network.pass(60);
    owner_again.post(&format!("{who}/desk"), &[("wish", "request"), ("identified", "known")]).await;
    assert_eq!(owner_again.post(&format!("{who}/refuse"), &[("reason", "Nee.")]).await.status, 200);
    block("block").await;
    assert!(post.collect(&network).await.is_empty());
    block("unblock").await;
    assert!(post.collect(&network).await.is_empty(), "nor later");
    // Taken away: no letter any more.
    assert_eq!(owner_again.post(&format!("{who}/email"), &[("action", "remove")]).await.status, 200);
    network.pass(60);
    owner_again.post(&format!("{who}/desk"), &[("wish", "request"), ("identified", "known")]).await;
    owner_again.post(&format!("{who}/refuse"), &[("reason", "Nee.")]).await;
    assert!(post.collect(&network).await.is_empty());
    network.stop().await;
}

#[tokio::test]
async fn who_signs_up_without_an_eid_is_linked_by_the_practice_and_sees_no_dossier() {
    let (network, owner, post) = practice().await;
    let stranger = Person::new(&network);
    assert!(stranger.get("/register").await.text().contains("Geen praktijk biedt dit nu aan"), "off as shipped");
    network.set("register_without_eid", "true").await;
    let page = stranger.get("/register").await;
    let empty = stranger.press(&page, "register", &[]).await;
    assert_eq!(empty.status, 422);
    assert_eq!(empty.all(".fault").len(), 4);
    let told = [
        ("name", "M. van Esdoorn"),
        ("birth", "1964-01-15"),
        ("phone", "0612345678"),
        ("email", "nieuw@voorbeeld.example"),
    ];
    let sent = stranger.press(&page, "register", &told).await;
    assert_eq!(sent.title(), "Kijk in uw e-mail");
    assert!(!owner.get("/accounts").await.says("nieuw@voorbeeld.example"), "not before it is confirmed");
    let letter = post.collect(&network).await.remove(0);
    let confirm = stranger.get(&format!("/email/confirm?token={}", letter.token())).await;
    let done = stranger.press(&confirm, "confirm", &[]).await;
    assert!(done.text().contains("nog niet gekoppeld"), "{}", done.text());

    // The answer to somebody else with the same address is the same; the mailbox is told.
    network.pass(3600);
    let same = Person::new(&network).press(&page, "register", &told).await;
    assert_eq!(same.without_tokens(), sent.without_tokens());
    assert!(post.collect(&network).await.remove(0).text.contains("al in gebruik"));

    // The practice links it, to the patient with that birth date only.
    let owner = Desk::login(&network, 0, "e1").await;
    let list = owner.get("/accounts").await;
    assert!(list.says("nieuw@voorbeeld.example") && list.says("0612345678"), "{}", list.html);
    let id = list.values("id").remove(0);
    let link =
        |number: &'static str| [("id", id.clone()), ("number", number.to_owned()), ("action", "link".to_owned())];
    let post_link = async |number: &'static str| {
        let fields = link(number);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        owner.post("/accounts", &fields).await
    };
    assert!(post_link("p999").await.says("geen patiënt met dit nummer"));
    assert!(post_link("p2").await.says("een andere"), "another birth date");
    let birth = owner.get(&path(&patient(&network, 0, "p1"))).await;
    assert!(birth.says("15-01-1964"), "{}", birth.html);
    assert_eq!(post_link("p1").await.status, 200);
    assert!(post.collect(&network).await.remove(0).text.contains("gekoppeld"));
    assert!(!owner.get("/accounts").await.says("nieuw@voorbeeld.example"));
    assert!(
        Person::new(&network).get("/my").await.all("form[action='/landing']").len() == 1,
        "a login is needed all the same"
    );
    network.stop().await;
}

#[tokio::test]
async fn who_signs_up_again_is_called_at_the_number_that_was_told_last() {
    let (network, _, post) = practice().await;
    network.set("register_without_eid", "true").await;
    let stranger = Person::new(&network);
    let page = stranger.get("/register").await;
    let sign_up = async |phone: &str| {
        let told = [("name", "M. van Esdoorn"), ("birth", "1964-01-15"), ("phone", phone), ("email", "n@v.example")];
        assert_eq!(stranger.press(&page, "register", &told).await.title(), "Kijk in uw e-mail", "whatever happened");
    };
    let follow = async |token: String| {
        let page = stranger.get(&format!("/email/confirm?token={token}")).await;
        stranger.press(&page, "confirm", &[]).await.status
    };
    sign_up("0600000001").await;
    let first = post.collect(&network).await.remove(0);
    // The same once more changes nothing.
    network.pass(60);
    sign_up("0600000001").await;
    assert!(post.collect(&network).await.is_empty());
    // Another number, a moment later and again: one letter, when another one may go out.
    sign_up("0600000002").await;
    sign_up("0600000003").await;
    assert!(post.collect(&network).await.is_empty(), "nobody's mailbox is filled");
    assert_eq!(follow(first.token()).await, 404, "the first link does not confirm what was told after it");
    network.pass(15 * 60);
    let letters = post.collect(&network).await;
    let [second] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(follow(second.token()).await, 200);
    let owner = Desk::login(&network, 0, "e1").await;
    let list = owner.get("/accounts").await;
    assert!(list.says("0600000003"), "{}", list.html);
    assert!(!list.says("0600000001") && !list.says("0600000002"), "{}", list.html);
    // What waits for the practice is not changed unseen: the mailbox is told to call.
    sign_up("0600000004").await;
    assert!(post.collect(&network).await.remove(0).text.contains("bel dan de praktijk"));
    assert!(owner.get("/accounts").await.says("0600000003"));
    network.stop().await;
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_is_kept_from_no_one_who_logs_in() {
    let (network, _, post) = practice().await;
    network.set("register_without_eid", "true").await;
    let stranger = Person::new(&network);
    let page = stranger.get("/register").await;
    let address = ("email", "marga@voorbeeld.example");
    let told = [("name", "X"), ("birth", "1990-01-01"), ("phone", "0612345678"), address];
    assert_eq!(stranger.press(&page, "register", &told).await.title(), "Kijk in uw e-mail");
    let first = post.collect(&network).await.remove(0);
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let set = person.press(&person.get("/my/email").await, "set", &[address]).await;
    assert!(set.text().contains("Nog niet bevestigd"), "{}", set.text());
    let own = post.collect(&network).await.remove(0);
    let follow = async |token: String| {
        let page = stranger.get(&format!("/email/confirm?token={token}")).await;
        stranger.press(&page, "confirm", &[]).await.status
    };
    assert_eq!(follow(first.token()).await, 404, "the first link is void");
    assert_eq!(follow(own.token()).await, 200);
    // Now it is somebody's.
    network.pass(3600);
    assert_eq!(stranger.press(&page, "register", &told).await.title(), "Kijk in uw e-mail");
    assert!(post.collect(&network).await.remove(0).text.contains("al in gebruik"));
    network.stop().await;
}
