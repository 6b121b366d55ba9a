//! Who finds a vulnerability finds whom to tell (RFC 9116), where the operator says so.

use dvza::config::Security;

use crate::support::demo::Delivery;
use crate::support::network::{Network, T};

const PATH: &str = "/.well-known/security.txt";

async fn network(security: Option<Security>) -> Network {
    Network::start_with(T, &[Delivery::demo().bytes], Vec::new(), |config| config.security = security).await
}

#[tokio::test]
async fn whom_to_tell_is_on_the_front_listener_when_the_operator_says_so() {
    let security = Security {
        contact: vec!["mailto:security@dva.example".to_owned()],
        expires: "2027-06-01T00:00:00Z".to_owned(),
        policy: None,
        languages: Vec::new(),
    };
    let network = network(Some(security)).await;
    let address = format!("{}{PATH}", network.demo.front);
    let answer = network.browser().get(&address).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("Contact: mailto:security@dva.example\nExpires: 2027-06-01T00:00:00Z\n"), "{text}");
    assert!(text.ends_with(&format!("Canonical: {address}\n")), "{text}");
    network.stop().await;
}

#[tokio::test]
async fn without_a_word_of_the_operator_nothing_is_there() {
    let network = network(None).await;
    let answer = network.browser().get(format!("{}{PATH}", network.demo.front)).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    network.stop().await;
}
