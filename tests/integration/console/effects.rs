//! Settings that decide about people and work, and not about items: each has its effect (release-rules §2.1).

use dvza::domain::dossier::DossierState;
use dvza::domain::time::Timestamp;
use dvza::pgo::{Level, Person, PgoError, Wish};
use dvza::sample::practice::FIRST_BSN;

use super::{collected, practice, state_of};
use crate::flows::demo;
use crate::support::desk::{Desk, Seen, path};
use crate::support::dossier::patient;
use crate::support::network::Network;

/// The row of the work list that leads to this page, as a reader sees it.
fn row(list: &Seen, page: &str) -> String {
    let document = scraper::Html::parse_document(&list.html);
    let rows = scraper::Selector::parse("tr").unwrap();
    let link = scraper::Selector::parse(&format!("a[href='{page}']")).unwrap();
    let found = document.select(&rows).find(|row| row.select(&link).next().is_some());
    found.map(|row| row.text().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// The owner at work at this instant.
async fn owner_at(network: &Network, instant: &str) -> Desk {
    network.clock.set(Timestamp::parse_rfc3339(instant).unwrap());
    Desk::login(network, 0, "e1").await
}

#[tokio::test]
async fn a_dossier_that_opened_by_itself_is_told_of_if_the_practice_wants_that() {
    // R-DR-03
    let (network, delivery) = demo().await;
    network.set(dvza::app::OWNERS, "e1").await;
    network.set("dossier_request_mode", "auto").await;
    let owner = Desk::login(&network, 0, "e1").await;
    let opened = "Automatisch opengesteld";
    assert!(!owner.get("/").await.says(opened));
    network.tokens(&delivery.bsn("p15")).await.unwrap();
    let list = owner.get("/").await;
    assert!(list.says(opened) && list.links().contains(&path(&patient(&network, 0, "p15"))), "{}", list.html);
    network.pass(1);
    network.set("dossier_request_auto_notice", "false").await;
    assert!(!owner.get("/").await.says(opened));
    network.stop().await;
}

#[tokio::test]
async fn a_request_under_sixteen_is_refused_or_left_open_as_the_practice_says() {
    // R-DR-04
    let (network, owner, _) = practice().await;
    let young = patient(&network, 0, "p4");
    let page = path(&young);
    assert_eq!(owner.post(&format!("{page}/close"), &[("reason", "Nog geen zestien.")]).await.status, 200);
    network.pass(60);
    let wish = [("wish", "request"), ("identified", "id_document")];
    let refused = owner.post(&format!("{page}/desk"), &wish).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("een verzoek wordt geweigerd"), "{}", refused.html);
    assert_eq!(state_of(&network, &young).await, DossierState::Closed);
    network.set("under16_policy", "hold_open").await;
    assert_eq!(owner.post(&format!("{page}/desk"), &wish).await.status, 200);
    assert_eq!(state_of(&network, &young).await, DossierState::Requested, "it waits, and opens for nobody");
    let released = owner.post(&format!("{page}/release"), &[("action", "release")]).await;
    assert!(released.status == 422 && released.says("jonger dan 16"), "{}", released.html);
    network.stop().await;
}

#[tokio::test]
async fn a_request_is_reminded_of_after_fourteen_days_and_late_after_a_month() {
    // R-DR-08
    let (network, delivery) = demo().await;
    network.set(dvza::app::OWNERS, "e1").await;
    assert!(network.tokens(&delivery.bsn("p16")).await.is_err(), "asked for, and decided by hand");
    let page = path(&patient(&network, 0, "p16"));
    let cases = [
        ("2026-06-15T10:00:00+02:00", false, false),
        ("2026-06-29T09:59:59+02:00", false, false),
        ("2026-06-29T10:00:00+02:00", true, false),
        ("2026-07-15T10:00:00+02:00", false, true),
    ];
    for (instant, reminder, late) in cases {
        let list = owner_at(&network, instant).await.get("/").await;
        let row = row(&list, &page);
        assert!(row.contains("15-07-2026"), "{row}");
        assert_eq!((row.contains("herinnering"), row.contains("te laat")), (reminder, late), "{instant}: {row}");
    }
    network.stop().await;
}

#[tokio::test]
async fn a_higher_level_of_login_counts_from_the_next_login() {
    // R-ID-01
    let (network, _) = demo().await;
    let login = async || {
        let person = Person { bsn: FIRST_BSN.parse().unwrap(), level: Level::Substantieel, wish: Wish::ConsentOnce };
        network.pgo().authorize(&network.practice_name(0), &person).await
    };
    assert!(login().await.is_ok());
    network.pass(1);
    network.set("min_loa", "hoog").await;
    assert!(matches!(login().await, Err(PgoError::Refused { error, .. }) if error == "access_denied"));
    network.stop().await;
}

#[tokio::test]
async fn fewer_idle_minutes_end_a_session_sooner() {
    // R-SE-01
    let (network, owner, _) = practice().await;
    network.pass(1);
    network.set("idle_minutes", "5").await;
    assert_eq!(owner.get("/help").await.status, 200);
    network.pass(5 * 60 - 1);
    assert_eq!(owner.get("/help").await.status, 200);
    network.pass(5 * 60);
    assert_eq!(owner.get("/help").await.status, 401);
    network.stop().await;
}

#[tokio::test]
async fn an_earlier_introduction_is_confirmed_and_on_record() {
    // E40, E41
    let (network, owner, _) = practice().await;
    let before = collected(&network, "Encounter").await;
    let earlier = [("group", "start"), ("online_access_since", "2015-01-01")];
    let asked = owner.post("/settings", &earlier).await;
    assert!(asked.says("Een eerdere datum maakt oudere regels zichtbaar"), "{}", asked.html);
    assert_eq!(collected(&network, "Encounter").await, before, "nothing changed");
    network.pass(60);
    let confirmed = [&earlier[..], &[("confirm_earlier", "yes")]].concat();
    assert_eq!(owner.post("/settings", &confirmed).await.status, 200);
    let older = collected(&network, "Encounter").await;
    assert!(older.is_superset(&before) && older.len() > before.len());
    assert!(owner.get("/settings").await.says("2015-01-01"), "the change is in the history");
    // Later again: needs no word, and the lines are gone at once.
    network.pass(60);
    let later = [("group", "start"), ("online_access_since", "2026-06-15")];
    assert_eq!(owner.post("/settings", &later).await.status, 200);
    assert!(collected(&network, "Encounter").await.is_empty());
    network.stop().await;
}

#[tokio::test]
async fn taking_the_own_introduction_away_is_confirmed_when_the_one_of_the_his_is_earlier() {
    // E40, E41
    let (network, owner, _) = practice().await;
    let delivered = collected(&network, "Encounter").await;
    let set =
        async |fields: &[(&str, &str)]| owner.post("/settings", &[&[("group", "start")][..], fields].concat()).await;
    network.pass(60);
    assert_eq!(set(&[("online_access_since", "2026-06-15")]).await.status, 200);
    assert!(!delivered.is_empty() && collected(&network, "Encounter").await.is_empty());
    // It would show more: not without a word, and then it does.
    network.pass(60);
    let asked = set(&[]).await;
    assert!(asked.says("de eerdere datum uit het HIS"), "{}", asked.html);
    assert!(collected(&network, "Encounter").await.is_empty(), "nothing changed");
    assert_eq!(set(&[("confirm_earlier", "yes")]).await.status, 200);
    assert_eq!(collected(&network, "Encounter").await, delivered);
    // With an own day before that of the HIS it shows less: that needs no word.
    network.pass(60);
    let earlier = [("online_access_since", "2015-01-01"), ("confirm_earlier", "yes")];
    assert_eq!(set(&earlier).await.status, 200);
    assert!(collected(&network, "Encounter").await.len() > delivered.len());
    network.pass(60);
    let less = set(&[]).await;
    assert!(!less.says("bevestig dat hieronder"), "{}", less.html);
    assert_eq!(collected(&network, "Encounter").await, delivered);
    network.stop().await;
}

#[tokio::test]
async fn the_day_on_which_an_agreement_was_discussed_is_kept_and_shares_nothing() {
    let (network, owner, _) = practice().await;
    let day = "console.agreed.texts";
    let before = collected(&network, "Encounter").await;
    assert_eq!(owner.get("/settings").await.values(day), [""], "not discussed yet");
    let save = async |value: &str| owner.post("/settings", &[("group", "texts"), (day, value)]).await;
    for odd in ["1 juni", "2026-02-30"] {
        let refused = save(odd).await;
        assert!(refused.says("Niets is opgeslagen"), "{odd}: {}", refused.html);
    }
    assert_eq!(owner.get("/settings").await.values(day), [""]);
    network.pass(60);
    assert_eq!(save("2026-06-01").await.status, 200);
    let page = owner.get("/settings").await;
    assert_eq!(page.values(day), ["2026-06-01"]);
    assert!(page.rows("Wijzigingen").iter().any(|row| row[1] == "A.W. Lindeboom" && row[4] == "2026-06-01"));
    assert_eq!(collected(&network, "Encounter").await, before, "an agreement is no setting of what is shown");
    // Discussed anew, and taken back.
    network.pass(60);
    save("2026-06-10").await;
    assert_eq!(owner.get("/settings").await.values(day), ["2026-06-10"]);
    network.pass(60);
    save("").await;
    assert_eq!(owner.get("/settings").await.values(day), [""]);
    network.stop().await;
}

#[tokio::test]
async fn a_template_text_of_the_practice_is_the_conclusion_that_the_patient_reads() {
    // R-LAB-03
    let (network, owner, who) = practice().await;
    let (template, own) = ("De uitslag is goed. U hoeft niets te doen.", "Bel ons voor een afspraak.");
    let page = format!("{}/results", path(&who));
    assert!(!owner.get(&page).await.html.contains(template), "as shipped there is none");
    let long = "x".repeat(2001);
    assert!(save_template(&owner, &long).await.says("Ten hoogste 2000 tekens"));
    assert_eq!(save_template(&owner, template).await.status, 200);
    let results = owner.get(&page).await;
    assert!(results.says(template), "{}", results.html);
    let items = results.values("item");
    let publish = async |words: &[(&str, &str)]| {
        network.pass(60);
        let mut fields = vec![("action", "publish")];
        fields.extend(items.iter().map(|item| ("item", item.as_str())));
        fields.extend(words);
        owner.post(&page, &fields).await
    };
    assert!(publish(&[]).await.says("CONCLUSION_REQUIRED"));
    assert_eq!(publish(&[("template", template)]).await.status, 200);
    let text = results_of(&network).await;
    assert!(text.contains(template) && !text.contains(own), "{text}");
    // Own words go before the template.
    assert_eq!(publish(&[("template", template), ("conclusion", own)]).await.status, 200);
    let text = results_of(&network).await;
    assert!(text.contains(own) && !text.contains(template), "{text}");
    // A template that is taken away is offered no more, and changes nothing that was published with it.
    assert_eq!(publish(&[("template", template)]).await.status, 200);
    network.pass(60);
    assert_eq!(save_template(&owner, "").await.status, 200);
    assert!(!owner.get("/settings").await.values("page.template.1").contains(&template.to_owned()));
    assert!(results_of(&network).await.contains(template));
    network.stop().await;
}

async fn save_template(owner: &Desk, text: &str) -> Seen {
    owner.post("/settings", &[("group", "texts"), ("page.template.1", text)]).await
}

/// The results that the PGO gets, as they are sent.
async fn results_of(network: &Network) -> String {
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let answer = network.get(&tokens, "HG-R4", super::desk::RESULTS, "application/fhir+json").await;
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).unwrap()
}

#[tokio::test]
async fn nobody_below_the_age_of_invitation_is_invited() {
    // E55
    let (network, owner, _) = practice().await;
    let count = [("action", "count"), ("letter", "0")];
    let report = owner.post("/invite", &count).await;
    assert!(report.says("Er is niets verstuurd.") && report.says("te jong"), "{}", report.html);
    // When the youngest is sixteen nobody is left out for the age.
    let owner = owner_at(&network, "2032-06-15T10:00:00+02:00").await;
    let report = owner.post("/invite", &count).await;
    assert!(report.says("Er is niets verstuurd.") && !report.says("te jong"), "{}", report.html);
    // But for a practice that invites from another age on.
    network.set("invite_min_age", "60").await;
    assert!(owner.post("/invite", &count).await.says("te jong"));
    network.stop().await;
}
