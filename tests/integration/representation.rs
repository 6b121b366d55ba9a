//! Acting for somebody else: off as shipped, and with the rules of release-rules §7.2 when switched on.

use dvza::audit::Actor;
use dvza::domain::time::Timestamp;
use dvza::sample::practice::FIRST_BSN;
use dvza::store::authorization::consents;
use dvza::store::patients::forbid_representation;
use serde_json::{Value, json};
use url::Url;

use crate::flows::audit::of_patient;
use crate::support::counted::Counted;
use crate::support::demo::{Delivery, NOBODY};
use crate::support::dossier::patient;
use crate::support::network::{Network, T};
use crate::support::wire::{medmij, pgo_client, seen};

/// Somebody who is no patient of the practice.
const OTHER: &str = "900000004";
/// A text that is not for representatives, and one that is for everybody.
const CONFIDENTIAL: &str = "thuisarts.nl";

/// The demo practice with representation, its first patient born on this day.
async fn network(birth: &str, is_on: bool) -> Network {
    let delivery = Delivery::demo();
    let born = delivery.change("patient", "p1", "birth", json!(birth));
    let on = if is_on { "true" } else { "false" };
    let variables = vec![("DVZA_OAUTH__REPRESENTATION".to_owned(), on.to_owned())];
    let network = Network::start_with(T, &[delivery.bytes], variables, |_| {}).await;
    network.import(&born).await;
    network
}

fn asking(network: &Network, ground: &str, birth: Option<&str>) -> Url {
    let mut url = network.authorization();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut query = url.query_pairs_mut();
    query.clear();
    for (name, value) in pairs {
        let value = if name == "scope" { format!("{value} {ground}") } else { value };
        query.append_pair(&name, value.trim_end());
    }
    query.extend_pairs(birth.map(|birth| ("MedMij_geboortedatum", birth)));
    drop(query);
    url
}

/// What somebody meets who logs in and, if asked, consents: the way back, and the last page before it.
async fn visit(network: &Network, url: Url, acting: &str, subject: &str) -> (Url, String) {
    let mut browser = network.pgo().browser().unwrap();
    let landing = browser.open(url).await.unwrap();
    let login = browser.press(&landing, ("action", "login"), &[]).await.unwrap();
    let mut fields = vec![("bsn", acting)];
    fields.extend(login.html.contains("name=\"subject\"").then_some(("subject", subject)));
    let page = browser.press(&login, ("action", "login"), &fields).await.unwrap();
    let button = if page.html.contains("name=\"decision\"") { ("decision", "give") } else { ("action", "back") };
    (browser.leave(&page, button, &[]).await.unwrap(), page.html)
}

fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn exchange(network: &Network, code: &str) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", network.demo.pgo.client_id.as_str()),
        ("redirect_uri", network.demo.pgo.redirect_uri.as_str()),
    ];
    let url = network.config().listeners.back.public_url.join("/oauth/token").unwrap();
    let answer = seen(medmij(pgo_client(network).post(url).form(&form))).await;
    assert_eq!(answer.status, 200, "{}", answer.issue());
    answer.json()
}

/// Everything of this kind that the token shows.
async fn read(network: &Network, tokens: &Value, path: &str) -> (u16, String) {
    let url = format!("{}{path}", network.base("HG-R4"));
    let token = tokens["access_token"].as_str().unwrap();
    let answer = seen(medmij(pgo_client(network).get(url)).bearer_auth(token)).await;
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

#[tokio::test]
async fn representation_ships_switched_off() {
    let network = network("2015-02-28", false).await;
    for ground in ["onbehalfof", "onbehalfofchild"] {
        let answer = pgo_less(&network, asking(&network, ground, Some("20150228"))).await;
        assert_eq!(param(&answer, "error").as_deref(), Some("invalid_scope"), "{ground}");
    }
    network.stop().await;
}

/// Where an authorization request leads that never gets as far as a page.
async fn pgo_less(network: &Network, url: Url) -> Url {
    let browser = crate::support::wire::client(network, None);
    let answer = browser.get(url).send().await.unwrap();
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_parent_collects_for_a_child_once_and_what_is_confidential_stays_so() {
    let network = network("2014-06-16", true).await;
    let url = asking(&network, "onbehalfofchild", Some("20140616"));
    let (back, consent) = visit(&network, url, OTHER, FIRST_BSN).await;
    assert!(!consent.contains("name=\"indefinite\""), "authority is asked anew each time");
    assert!(consent.contains("de persoon voor wie u inlogt") && !consent.contains(FIRST_BSN), "{consent}");
    let tokens = exchange(&network, &param(&back, "code").unwrap()).await;
    assert!(tokens.get("refresh_token").is_none());

    let (status, patients) = read(&network, &tokens, "/Patient").await;
    assert!(status == 200 && patients.contains("2014-06-16"), "{patients}");
    let (status, reports) = read(&network, &tokens, "/Composition?_count=100").await;
    assert!(status == 200 && reports.contains("\"Composition\""), "{reports}");
    assert!(!reports.contains(CONFIDENTIAL), "a line that is not for representatives");

    // Both are in the trail: whose data it is, and – as a pseudonym – who acted.
    let events = of_patient(&network, "p1").await;
    let given = events.iter().find(|event| event.kind.as_str() == "consent_given").unwrap();
    let written = serde_json::to_value(given).unwrap().to_string();
    assert!(written.contains("parental") && written.contains("pseudonym") && !written.contains(OTHER), "{written}");

    // The twelfth birthday ends it, in the middle of the token's life too.
    let eve = Timestamp::parse_rfc3339("2026-06-15T23:55:00+02:00").unwrap();
    network.clock.set(eve);
    let url = asking(&network, "onbehalfofchild", Some("20140616"));
    let (back, _) = visit(&network, url, OTHER, FIRST_BSN).await;
    let tokens = exchange(&network, &param(&back, "code").unwrap()).await;
    assert_eq!(read(&network, &tokens, "/Patient").await.0, 200);
    network.pass(360);
    let (status, body) = read(&network, &tokens, "/Patient").await;
    assert!(status != 200 && !body.contains("2014-06-16"), "{status} {body}");
    network.stop().await;
}

#[tokio::test]
async fn each_of_two_parents_is_asked_by_themselves_and_keeps_what_is_theirs() {
    // R-AG-04
    let network = network("2014-06-16", true).await;
    let url = || asking(&network, "onbehalfofchild", Some("20140616"));
    let mut tokens = Vec::new();
    for parent in [OTHER, NOBODY] {
        let (back, page) = visit(&network, url(), parent, FIRST_BSN).await;
        assert!(page.contains("name=\"decision\""), "what one parent said is not asked of the other: {page}");
        tokens.push(exchange(&network, &param(&back, "code").unwrap()).await);
    }
    for token in &tokens {
        assert_eq!(read(&network, token, "/Patient").await.0, 200, "each has access of their own");
    }
    // Two consents, of two people: newest first.
    let events = of_patient(&network, "p1").await;
    let given: Vec<_> = events.iter().filter(|event| event.kind.as_str() == "consent_given").collect();
    let [second, first] = given[..] else { panic!("{given:?}") };
    assert!(matches!(&first.actor, Actor::Person { pseudonym } if !pseudonym.is_empty()), "{first:?}");
    assert_ne!(first.actor, second.actor);
    assert_ne!(first.detail.consent, second.detail.consent);
    // When that of the first ends, the other's stands.
    let (who, at) = (patient(&network, 0, "p1"), network.clock.now());
    let consent = first.detail.consent.as_ref().unwrap().parse().unwrap();
    let mut tx = network.server.app.store().write().await.unwrap();
    assert!(consents::withdraw(&mut tx, &who, consent, at).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(read(&network, &tokens[0], "/Patient").await.0, 401);
    assert_eq!(read(&network, &tokens[1], "/Patient").await.0, 200);
    // Somebody who logs in without authority over the child gets nothing by what the parents have.
    let (back, _) = visit(&network, url(), FIRST_BSN, FIRST_BSN).await;
    assert_eq!(param(&back, "error").as_deref(), Some("access_denied"));
    network.stop().await;
}

#[tokio::test]
async fn a_mandate_shows_what_the_patient_would_see_but_for_what_is_confidential() {
    let network = network("1960-05-04", true).await;
    let (back, _) = visit(&network, asking(&network, "onbehalfof", Some("19600504")), OTHER, FIRST_BSN).await;
    let tokens = exchange(&network, &param(&back, "code").unwrap()).await;
    let (_, acted) = read(&network, &tokens, "/Composition?_count=100").await;
    let (back, _) = visit(&network, network.authorization(), FIRST_BSN, FIRST_BSN).await;
    let tokens = exchange(&network, &param(&back, "code").unwrap()).await;
    let (_, own) = read(&network, &tokens, "/Composition?_count=100").await;
    assert!(own.contains(CONFIDENTIAL) && !acted.contains(CONFIDENTIAL));
    let count = |text: &str| serde_json::from_str::<Value>(text).unwrap()["entry"].as_array().unwrap().len();
    assert!(count(&acted) < count(&own) && count(&acted) > 0, "never more than the patient sees");
    network.stop().await;
}

#[tokio::test]
async fn whoever_may_not_act_for_the_patient_gets_the_answer_of_everybody_without_data() {
    // Born when, asked how, by whom for whom.
    let cases = [
        ("a child of twelve", "2014-06-15", "onbehalfofchild", OTHER, FIRST_BSN),
        ("between twelve and sixteen, by mandate", "2012-01-01", "onbehalfof", OTHER, FIRST_BSN),
        ("an adult by parental authority", "1960-05-04", "onbehalfofchild", OTHER, FIRST_BSN),
        ("a child by mandate", "2015-02-28", "onbehalfof", OTHER, FIRST_BSN),
        ("who acts for nobody", "1960-05-04", "onbehalfof", FIRST_BSN, FIRST_BSN),
        ("somebody who is no patient", "1960-05-04", "onbehalfof", FIRST_BSN, OTHER),
    ];
    let mut answers = Vec::new();
    for (case, birth, ground, acting, subject) in cases {
        let network = network(birth, true).await;
        let given = birth.replace('-', "");
        let (back, page) = visit(&network, asking(&network, ground, Some(&given)), acting, subject).await;
        assert_eq!(param(&back, "error").as_deref(), Some("access_denied"), "{case}");
        let own = page.find("name=\"csrf\"").unwrap();
        answers.push((case, back, page[..own].to_owned()));
        network.stop().await;
    }
    // To the PGO and on the page all of them look the same; ports apart.
    let plain = |text: &str| text.split("localhost").next().unwrap().to_owned();
    for (case, back, page) in &answers[1..] {
        assert_eq!(back, &answers[0].1, "{case}");
        assert_eq!(plain(page), plain(&answers[0].2), "{case}");
    }
}

#[tokio::test]
async fn no_refusal_to_act_for_another_takes_more_rounds_than_another() {
    let network = network("1960-05-04", true).await;
    let cases = [
        ("onbehalfofchild", "19600504", OTHER, FIRST_BSN),
        ("onbehalfof", "19600504", FIRST_BSN, FIRST_BSN),
        ("onbehalfof", "19600504", FIRST_BSN, OTHER),
        ("onbehalfof", "19600505", OTHER, FIRST_BSN),
    ];
    // Once before it is counted, as any reason is the first of its kind only once.
    visit(&network, asking(&network, "onbehalfof", Some("19600504")), FIRST_BSN, OTHER).await;
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let mut rounds = Vec::new();
    for (ground, birth, acting, subject) in cases {
        counted.take("");
        visit(&network, asking(&network, ground, Some(birth)), acting, subject).await;
        rounds.push(counted.take("dvza_database_transactions_total"));
    }
    assert!(rounds[0].iter().any(|kind| kind == "write"), "something was counted");
    for found in &rounds[1..] {
        assert_eq!(found, &rounds[0]);
    }
    network.stop().await;
}

#[tokio::test]
async fn another_birth_date_and_the_practices_veto_end_it() {
    let network = network("2015-02-28", true).await;
    let url = asking(&network, "onbehalfofchild", Some("20150301"));
    let (back, page) = visit(&network, url, OTHER, FIRST_BSN).await;
    assert!(page.contains("geboortedatum") && !page.contains("2015"), "told, without saying the right one: {page}");
    assert_eq!(param(&back, "error").as_deref(), Some("access_denied"));

    let events = of_patient(&network, "p1").await;
    let refused = events.iter().find(|event| event.kind.as_str() == "availability_test").unwrap();
    let written = serde_json::to_value(refused).unwrap().to_string();
    assert!(
        written.contains("G4") && written.contains("pseudonym") && !written.contains(OTHER),
        "who tried: {written}"
    );

    let url = asking(&network, "onbehalfofchild", Some("20150228"));
    let (back, _) = visit(&network, url.clone(), OTHER, FIRST_BSN).await;
    let tokens = exchange(&network, &param(&back, "code").unwrap()).await;
    assert_eq!(read(&network, &tokens, "/Patient").await.0, 200);
    let who = patient(&network, 0, "p1");
    let mut tx = network.server.app.store().write().await.unwrap();
    assert!(forbid_representation(&mut tx, &who, true).await.unwrap());
    tx.commit().await.unwrap();
    let (status, _) = read(&network, &tokens, "/Patient").await;
    assert_ne!(status, 200, "from the next request");
    let (back, page) = visit(&network, url, OTHER, FIRST_BSN).await;
    assert_eq!(param(&back, "error").as_deref(), Some("access_denied"));
    assert!(!page.contains("geboortedatum"));

    // A birth date that is not whole in the source is never the one that was given.
    network.import(&Delivery::demo().change("patient", "p1", "birth", json!("2015-00-00"))).await;
    let mut tx = network.server.app.store().write().await.unwrap();
    assert!(forbid_representation(&mut tx, &who, false).await.unwrap());
    tx.commit().await.unwrap();
    let url = asking(&network, "onbehalfofchild", Some("20150101"));
    let (_, page) = visit(&network, url, OTHER, FIRST_BSN).await;
    assert!(page.contains("geboortedatum"), "{page}");

    // A birth date is mandatory, and one that is none is told to the PGO.
    for birth in [None, Some("2015-02-28"), Some("20150230")] {
        let answer = pgo_less(&network, asking(&network, "onbehalfofchild", birth)).await;
        assert_eq!(param(&answer, "error").as_deref(), Some("invalid_request"), "{birth:?}");
    }
    network.stop().await;
}
