//! The patient's own pages over the real front listener: what they show is what a PGO collects, and nothing else.

mod access;
pub mod person;
mod requests;
pub mod shown;
mod stu3;

use dvza::sample::practice::FIRST_BSN;

use crate::flows::demo;
use crate::support::demo::NOBODY;
use person::{Person, form};

/// Every page that shows or asks something.
pub const PAGES: [&str; 6] = ["/my", "/my/data", "/my/log", "/my/requests", "/my/exclusions", "/my/help"];

#[tokio::test]
async fn a_person_logs_in_to_the_own_pages_and_leaves_no_trace_behind() {
    let (network, _) = demo().await;
    let (person, start) = Person::logged_in(&network, FIRST_BSN).await;
    assert_eq!((start.status, start.path.as_str()), (200, "/my"));
    assert_eq!(start.title(), "Mijn gegevens bij Testpraktijk a");
    for path in PAGES.into_iter().chain(["/my/data/uitslagen", "/my/close", "/consents"]) {
        let page = person.get(path).await;
        assert_eq!((page.status, page.path.as_str()), (200, path));
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        assert_eq!(page.all("h1").len(), 1, "{path}");
        assert!(page.all("form[action$=leave] button").len() == 1, "{path} has a way out");
        assert_eq!(page.all(".expiring.idle-15[role=alert] a").len(), 1, "{path} warns before it ends");
    }
    // In English too, by the link at the foot of the page.
    let english = person.get("/my?lang=en").await;
    assert_eq!(english.title(), "My data at Testpraktijk a");
    assert_eq!(person.get("/my/help").await.title(), "Help and words");

    let start = person.get("/my?lang=nl").await;
    let left = person.press(&start, "leave", &[]).await;
    assert_eq!(left.title(), "U bent uitgelogd");
    assert_eq!(left.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert!(left.text().contains("Sluit uw browser"));
    assert!(person.get("/my/data").await.title().starts_with("Inloggen"), "the session is over");
    network.stop().await;
}

#[tokio::test]
async fn who_may_see_nothing_gets_one_page_whatever_the_cause() {
    let (network, delivery) = demo().await;
    // Under 16, number not verified, deceased, transferred, blocked, opted out; and nobody.
    let closed = ["p4", "p6", "p7", "p8", "p9", "p10"].map(|id| delivery.bsn(id));
    let mut pages = Vec::new();
    for bsn in closed.iter().map(String::as_str).chain([NOBODY]) {
        let (person, page) = Person::logged_in(&network, bsn).await;
        assert_eq!((page.status, page.title().as_str()), (200, "Er zijn geen gegevens beschikbaar"));
        for path in ["/my/data", "/my/data/uitslagen", "/my/data.json", "/my/log", "/my/requests", "/my/close"] {
            assert_eq!(person.get(path).await.without_tokens(), page.without_tokens(), "{path}");
        }
        let left = person.press(&page, "leave", &[]).await;
        assert_eq!(left.title(), "U bent uitgelogd");
        pages.push((page.without_tokens(), page.headers));
    }
    let names = |headers: &reqwest::header::HeaderMap| {
        let kept = headers.iter().filter(|(name, _)| *name != "date");
        kept.map(|(name, value)| format!("{name}: {value:?}")).collect::<Vec<_>>()
    };
    for (page, headers) in &pages {
        assert_eq!(*page, pages[0].0);
        assert_eq!(names(headers), names(&pages[0].1));
    }
    // Nobody of them can change anything either.
    let (person, _) = Person::logged_in(&network, &closed[0]).await;
    let (other, start) = Person::logged_in(&network, &delivery.bsn("p16")).await;
    let (path, fields) = form(&start, "ask", &[]);
    assert_eq!(person.post(&path, &fields).await.status, 403, "the token is of another session");
    drop(other);
    network.stop().await;
}

#[tokio::test]
async fn a_login_that_is_too_weak_opens_no_page() {
    let (network, _) = demo().await;
    let (person, page) = Person::logged_in_at(&network, FIRST_BSN, "midden").await;
    assert_eq!(page.title(), "U kunt hiermee niet inloggen");
    assert!(person.get("/my/data").await.title().starts_with("Inloggen"));
    network.stop().await;
}

#[tokio::test]
async fn a_session_ends_after_fifteen_idle_minutes_and_no_choice_is_lost_unsaid() {
    let (network, _) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    network.pass(899);
    let requests = person.get("/my/requests").await;
    assert_eq!(requests.path, "/my/requests");
    network.pass(900);
    let sent = person.press(&requests, "send", &[("kind", "afschrift"), ("words", "Graag.")]).await;
    assert_eq!((sent.status, sent.title().as_str()), (400, "Uw sessie is voorbij"));
    for path in PAGES.into_iter().filter(|path| *path != "/my/help") {
        assert!(person.get(path).await.title().starts_with("Inloggen"), "{path}");
    }
    // Logged in again, nothing was asked.
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    assert!(person.get("/my/requests").await.text().contains("U hebt nog niets gevraagd"));
    network.stop().await;
}

#[tokio::test]
async fn a_session_ends_as_early_as_the_practice_wants_on_every_page_of_the_patient() {
    let (network, _) = demo().await;
    network.set("idle_minutes", "5").await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    for path in PAGES.into_iter().chain(["/consents"]) {
        network.pass(299);
        let page = person.get(path).await;
        assert_eq!(page.path, path, "within five minutes");
        assert!(path == "/consents" || page.text().contains("Doet u 5 minuten niets?"), "{path}");
    }
    network.pass(300);
    for path in ["/my", "/my/data", "/my/log", "/my/requests", "/my/exclusions", "/my/data.json", "/consents"] {
        assert!(person.get(path).await.title().starts_with("Inloggen"), "{path}");
    }
    // What the practice wants counts from the next request, also when it is more than before.
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    network.pass(300);
    network.set("idle_minutes", "15").await;
    assert_eq!(person.get("/my").await.path, "/my");
    network.stop().await;
}

#[tokio::test]
async fn who_logs_in_elsewhere_has_fifteen_minutes_whatever_the_practice_wants() {
    let (network, _) = demo().await;
    network.set("idle_minutes", "1").await;
    let person = Person::new(&network);
    let landing = person.get("/my").await;
    network.pass(899);
    assert_eq!(person.log_in(&landing, FIRST_BSN, "hoog").await.path, "/my");
    network.stop().await;
}

#[tokio::test]
async fn a_session_that_ends_leaves_the_token_of_the_pgo_alone() {
    // E58
    let (network, _) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    network.pass(300);
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    network.pass(600);
    assert!(person.get("/my/data").await.title().starts_with("Inloggen"));
    assert_eq!(network.get(&tokens, "HG-R4", "Patient", crate::support::served::FORMATS[0]).await.status, 200);
    network.stop().await;
}

#[tokio::test]
async fn nobody_gets_to_the_pages_of_another_and_no_other_site_can_press_a_button() {
    let (network, delivery) = demo().await;
    let (first, _) = Person::logged_in(&network, FIRST_BSN).await;
    let (second, _) = Person::logged_in(&network, &delivery.bsn("p2")).await;
    let name = async |person: &Person| person.get("/my/data/patient").await.all("section h2");
    assert_ne!(name(&first).await, name(&second).await);
    let document = first.get("/my/data/documenten").await.attributes("section a", "href").remove(0);
    assert_eq!(first.get(&document).await.status, 200);
    assert_eq!(second.get(&document).await.status, 404);
    // The token of one session is worth nothing in another, and that of one form nothing for another.
    let close = first.get("/my/close").await;
    let (path, fields) = form(&close, "close", &[]);
    assert_eq!(second.post(&path, &fields).await.status, 403);
    assert_eq!(first.post("/my/exclusions", &fields).await.status, 403);
    assert_eq!(first.post_from_elsewhere(&path, &fields).await.status, 403);
    let without: Vec<_> = fields.iter().filter(|(name, _)| name != "csrf").cloned().collect();
    for path in ["/my/close", "/my/access", "/my/requests", "/my/exclusions", "/my/leave"] {
        assert_eq!(first.post(path, &without).await.status, 403, "{path}");
    }
    assert_eq!(first.get("/my").await.all("#state").len(), 1);
    assert!(first.get("/my").await.text().contains("Uw dossier is open"));
    network.stop().await;
}

#[tokio::test]
async fn a_person_who_came_for_consents_sees_the_own_pages_too_and_the_other_way_round() {
    let (network, _) = demo().await;
    let person = Person::new(&network);
    let landing = person.get("/consents").await;
    let overview = person.log_in(&landing, FIRST_BSN, "hoog").await;
    assert_eq!(overview.path, "/consents");
    assert_eq!(person.get("/my").await.title(), "Mijn gegevens bij Testpraktijk a");
    network.stop().await;
}

#[tokio::test]
async fn help_has_the_links_of_the_practice_and_is_there_before_the_login() {
    let (network, _) = demo().await;
    network.set("page.link.1", "Thuisarts|https://www.thuisarts.nl").await;
    network.set("page.link.2", "Kwaad|javascript:alert(1)").await;
    network.set("page.film", "https://film.example/uitleg").await;
    network.set("page.contact", "Bel de praktijk: 010-1234567.").await;
    let person = Person::new(&network);
    person.get("/my").await;
    let help = person.get("/my/help").await;
    assert_eq!(help.title(), "Hulp en uitleg");
    let links = help.attributes("main a[rel]", "href");
    assert_eq!(links, ["https://film.example/uitleg", "https://www.thuisarts.nl"]);
    let text = help.text();
    for word in ["Bel de praktijk", "Basisgegevensset Zorg", "herhaalrecept", "DigiD-helpdesk", "Chrome"] {
        assert!(text.contains(word), "{word}");
    }
    network.stop().await;
}
