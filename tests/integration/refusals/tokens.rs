//! Codes and refresh tokens: good once, for one client, for a while; and what a second use means.

use std::fmt::Debug;

use dvza::pgo::{Authorized, Party, Person, Pgo, PgoError, Tokens, Wish};
use dvza::sample::practice::FIRST_BSN;

use crate::flows::demo;
use crate::support::network::Network;
use crate::support::served::FORMATS;
use crate::support::wire::{Seen, medmij, pgo_client, seen};

/// The token endpoint refused with this status and error.
pub fn assert_token_refused<T: Debug>(answer: Result<T, PgoError>, status: u16, error: &str) {
    match answer {
        Err(PgoError::Token { status: found, error: code, .. }) => assert_eq!((found, code.as_str()), (status, error)),
        other => panic!("expected {error}, got {other:?}"),
    }
}

async fn authorized(network: &Network, wish: Wish) -> Authorized {
    let person = Person::new(FIRST_BSN.parse().unwrap(), wish);
    network.pgo().authorize(&network.practice_name(0), &person).await.unwrap()
}

async fn status(network: &Network, tokens: &Tokens) -> u16 {
    network.get(tokens, "HG-R4", "Patient", FORMATS[0]).await.status
}

#[tokio::test]
async fn a_code_that_is_used_twice_takes_the_first_tokens_with_it() {
    let (network, _) = demo().await;
    let authorized = authorized(&network, Wish::ConsentIndefinitely).await;
    let tokens = network.pgo().exchange(&authorized).await.unwrap();
    assert_eq!(status(&network, &tokens).await, 200);
    assert_token_refused(network.pgo().exchange(&authorized).await, 400, "invalid_grant");
    assert_eq!(status(&network, &tokens).await, 401);
    assert_token_refused(network.pgo().refresh(&tokens).await, 400, "invalid_grant");
    network.stop().await;
}

#[tokio::test]
async fn a_code_lives_900_seconds() {
    let (network, _) = demo().await;
    let (first, second) =
        (authorized(&network, Wish::ConsentOnce).await, authorized(&network, Wish::ConsentOnce).await);
    network.pass(899);
    assert!(network.pgo().exchange(&first).await.is_ok());
    network.pass(1);
    assert_token_refused(network.pgo().exchange(&second).await, 400, "invalid_grant");
    network.stop().await;
}

/// A token request with this code and redirect address.
async fn offer(network: &Network, code: &str, redirect_uri: &str) -> Seen {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("client_id", network.demo.pgo.client_id.as_str()),
    ];
    let url = format!("{}/oauth/token", network.demo.back);
    seen(medmij(pgo_client(network).post(url)).form(&form)).await
}

#[tokio::test]
async fn a_code_with_another_redirect_address_is_refused_and_burnt() {
    let (network, _) = demo().await;
    let own = network.demo.pgo.redirect_uri.clone();
    for wrong in [format!("{own}/elders"), own.replace("https://", "https://www."), String::new()] {
        let authorized = authorized(&network, Wish::ConsentOnce).await;
        let answer = offer(&network, authorized.expose_code(), &wrong).await;
        assert_eq!(answer.status, 400, "{wrong}");
        assert_token_refused(network.pgo().exchange(&authorized).await, 400, "invalid_grant");
    }
    let authorized = authorized(&network, Wish::ConsentOnce).await;
    let answer = offer(&network, authorized.expose_code(), &own).await;
    assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (200, "no-store"));
    network.stop().await;
}

#[tokio::test]
async fn a_code_in_the_hands_of_another_client_is_burnt() {
    let (network, _) = demo().await;
    let authorized = authorized(&network, Wish::ConsentOnce).await;
    let other = Pgo::from_demo_as(Party::OtherPgo, network.dir.path(), &network.demo).unwrap();
    assert_token_refused(other.exchange(&authorized).await, 400, "invalid_grant");
    assert_token_refused(network.pgo().exchange(&authorized).await, 400, "invalid_grant");
    network.stop().await;
}

#[tokio::test]
async fn of_two_exchanges_at_the_same_time_at_most_one_wins() {
    let (network, _) = demo().await;
    for _ in 0..4 {
        let authorized = authorized(&network, Wish::ConsentOnce).await;
        let (one, two) = (network.pgo(), network.pgo());
        let (one, two) = tokio::join!(one.exchange(&authorized), two.exchange(&authorized));
        let (won, lost): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
        assert!(won.len() <= 1);
        for refused in lost {
            assert_token_refused(refused, 400, "invalid_grant");
        }
        // The second offer says that the code is in two hands: what the first gave is worth nothing.
        for tokens in won {
            assert_eq!(status(&network, &tokens.unwrap()).await, 401);
        }
    }
    network.stop().await;
}

#[tokio::test]
async fn a_consent_for_once_gives_no_refresh_token() {
    let (network, _) = demo().await;
    assert!(!network.tokens_at(0, FIRST_BSN, Wish::ConsentOnce).await.unwrap().can_refresh());
    assert!(network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap().can_refresh());
    network.stop().await;
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_ends_its_whole_family() {
    let (network, _) = demo().await;
    let first = network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap();
    let bystander = network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap();
    let second = network.pgo().refresh(&first).await.unwrap();
    let third = network.pgo().refresh(&second).await.unwrap();
    assert_ne!(second.expose_refresh_token(), third.expose_refresh_token());
    assert_eq!(status(&network, &third).await, 200);
    assert_token_refused(network.pgo().refresh(&first).await, 400, "invalid_grant");
    for dead in [&first, &second, &third] {
        assert_eq!(status(&network, dead).await, 401);
    }
    assert_token_refused(network.pgo().refresh(&third).await, 400, "invalid_grant");
    assert_eq!(status(&network, &bystander).await, 200, "another consent has its own family");
    network.stop().await;
}

#[tokio::test]
async fn a_refresh_token_of_another_client_is_worth_nothing() {
    let (network, _) = demo().await;
    let tokens = network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap();
    let other = Pgo::from_demo_as(Party::OtherPgo, network.dir.path(), &network.demo).unwrap();
    assert_token_refused(other.refresh(&tokens).await, 400, "invalid_grant");
    network.stop().await;
}

#[tokio::test]
async fn a_refresh_token_lapses_after_half_a_year_without_use() {
    let (network, _) = demo().await;
    let used = network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap();
    let unused = network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap();
    let lapse = network.clock.now().plus_local_months(6);
    network.clock.set(lapse.plus_seconds(-1));
    let network = network.restarted().await;
    let renewed = network.pgo().refresh(&used).await.unwrap();
    assert_eq!(status(&network, &renewed).await, 200);
    network.pass(1);
    assert_token_refused(network.pgo().refresh(&unused).await, 400, "invalid_grant");
    assert!(network.pgo().refresh(&renewed).await.is_ok(), "the used one goes on");
    network.stop().await;
}
