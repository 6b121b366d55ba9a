//! A new version is put in place while people are on their way: what they were promised holds.

use dvza::pgo::{Person, Wish};
use dvza::sample::practice::FIRST_BSN;

use crate::support::demo::Delivery;
use crate::support::engines::postgres_schema;
use crate::support::network::{Network, T};
use crate::support::postgres;
use crate::support::served::FORMATS;

#[tokio::test]
async fn a_flow_goes_on_after_a_restart_at_every_step_on_every_database() {
    let mut addresses = vec![None];
    if let Some(server) = postgres::address() {
        addresses.push(Some(postgres_schema(server).await));
    }
    for address in addresses {
        let network = Network::start_on(T, &[Delivery::demo().bytes], address.as_deref()).await;
        let (pgo, name) = (network.pgo(), network.practice_name(0));
        let mut browser = pgo.browser().unwrap();
        let landing = browser.open(network.authorization()).await.unwrap();
        let network = network.restarted().await;
        let login = browser.press(&landing, ("action", "login"), &[]).await.unwrap();
        let network = network.restarted().await;
        let person = [("bsn", FIRST_BSN), ("level", "substantieel")];
        let consent = browser.press(&login, ("action", "login"), &person).await.unwrap();
        let network = network.restarted().await;
        let give = ("decision", "give");
        let returned = browser.leave(&consent, give, &[("indefinite", "yes")]).await.unwrap();
        let network = network.restarted().await;
        let code = returned.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let other = pgo.authorize(&name, &Person::new(FIRST_BSN.parse().unwrap(), Wish::ConsentOnce)).await.unwrap();
        let authorized = other.with_code(&code);
        let tokens = pgo.exchange(&authorized).await.unwrap();
        let network = network.restarted().await;
        assert_eq!(network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await.status, 200);
        let renewed = pgo.refresh(&tokens).await.unwrap();
        let network = network.restarted().await;
        assert_eq!(network.get(&renewed, "HG-R4", "Patient", FORMATS[0]).await.status, 200);
        let renewed = pgo.refresh(&renewed).await.unwrap();

        // What was over stays over.
        let network = network.restarted().await;
        assert!(browser.leave(&consent, give, &[]).await.is_err(), "the session ended with the consent");
        assert!(pgo.exchange(&authorized).await.is_err(), "the code was used");
        assert_eq!(network.get(&renewed, "HG-R4", "Patient", FORMATS[0]).await.status, 401, "its second use revokes");
        network.stop().await;
    }
}

#[tokio::test]
async fn who_is_away_too_long_during_a_restart_gets_the_page_that_says_so() {
    let network = Network::start(T, &[Delivery::demo().bytes]).await;
    let mut browser = network.pgo().browser().unwrap();
    let landing = browser.open(network.authorization()).await.unwrap();
    network.pass(15 * 60 + 1);
    let network = network.restarted().await;
    let page = browser.press(&landing, ("action", "login"), &[]).await.unwrap();
    assert!(page.status >= 400 && !page.html.contains("bsn"), "{}: {}", page.status, page.html);
    assert!(network.tokens_at(0, FIRST_BSN, Wish::ConsentOnce).await.is_ok(), "everybody else goes on");
    network.stop().await;
}
