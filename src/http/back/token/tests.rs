use axum::http::StatusCode;
use serde_json::Value;

use crate::http::test_world::{OTHER_PGO, PATIENT, PGO, World, code_form, ids, refresh_form};
use crate::oauth::AccessToken;
use crate::store::authorization::access::{Access, NoAccess, find_access};
use crate::store::authorization::tokens as token_rows;

type Reply = (StatusCode, Value);

fn assert_refused(reply: &Reply, status: u16, error: &str, case: &str) {
    assert_eq!((reply.0.as_u16(), reply.1["error"].as_str()), (status, Some(error)), "{case}: {}", reply.1);
    assert!(reply.1.get("access_token").is_none(), "{case}");
}

async fn access(world: &World, tokens: &Value) -> Option<Access> {
    let token = AccessToken::offered(tokens["access_token"].as_str().unwrap()).unwrap();
    let mut tx = world.context.store.read().await.unwrap();
    find_access(&mut tx, &token.hash()).await.unwrap()
}

async fn check(world: &World, tokens: &Value) -> Result<(), NoAccess> {
    access(world, tokens).await.unwrap().check(world.clock.now(), &[PGO.to_owned()])
}

#[tokio::test]
async fn a_code_becomes_an_access_token_for_what_all_sides_have_in_common() {
    let world = World::new().await;
    let body = world.tokens(true).await;
    // The practice offers 51 too, which the PGO does not support; the PGO supports 63, which is not offered.
    assert_eq!(body["scope"], "HG-R4 49");
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_i64()), (Some("Bearer"), Some(900)));
    assert!(body["refresh_token"].is_string());
    let access = access(&world, &body).await.unwrap();
    assert_eq!((access.patient, access.client_id.as_str()), (PATIENT, PGO));
    assert_eq!(access.services, ["HG-R4", "49"]);
    assert_eq!(access.practice_name, "delinde@medmij");
    assert_eq!(access.check(world.clock.now(), &[PGO.to_owned()]), Ok(()));
    assert_eq!(access.check(world.clock.now(), &[OTHER_PGO.to_owned()]), Err(NoAccess::OtherClient));
    let steps = world.steps().await;
    assert_eq!(steps[steps.len() - 2..], ["receive_token_request", "send_token_response"]);
}

#[tokio::test]
async fn a_consent_for_once_gives_no_refresh_token_and_lapses_with_its_access_token() {
    let world = World::new().await;
    let body = world.tokens(false).await;
    assert!(body.get("refresh_token").is_none());
    world.clock.set(world.clock.now().plus_seconds(899));
    assert_eq!(check(&world, &body).await, Ok(()));
    world.clock.set(world.clock.now().plus_seconds(1));
    assert_eq!(check(&world, &body).await, Err(NoAccess::Expired));
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_a_second_offer_revokes_what_it_gave() {
    let world = World::new().await;
    let code = world.code(true).await;
    let (_, tokens) = world.token(PGO, &code_form(&code)).await;
    assert_eq!(check(&world, &tokens).await, Ok(()));
    assert_refused(&world.token(PGO, &code_form(&code)).await, 400, "invalid_grant", "second offer");
    assert_eq!(check(&world, &tokens).await, Err(NoAccess::Revoked));
    assert_refused(&world.token(PGO, &refresh_form(&tokens)).await, 400, "invalid_grant", "its refresh token");
}

#[tokio::test]
async fn of_two_offers_at_the_same_time_at_most_one_gets_tokens() {
    let world = World::new().await;
    let form = code_form(&world.code(false).await);
    let (one, two) = tokio::join!(world.token(PGO, &form), world.token(PGO, &form));
    let issued = [one.0, two.0].iter().filter(|status| **status == StatusCode::OK).count();
    assert!(issued <= 1);
}

#[tokio::test]
async fn a_code_is_burnt_by_whoever_offers_it_and_whatever_else_is_wrong() {
    let world = World::new().await;
    type Form = fn(&str) -> String;
    let cases: [(&str, Form, &str, u16, &str); 5] = [
        ("a foreign client", |code| code_form(code).replace(PGO, OTHER_PGO), OTHER_PGO, 400, "invalid_grant"),
        ("a foreign certificate", code_form, OTHER_PGO, 401, "invalid_client"),
        ("another redirect_uri", |code| code_form(code).replace("callback", "other"), PGO, 400, "invalid_grant"),
        ("no redirect_uri", |code| code_form(code).replace("redirect_uri", "x"), PGO, 400, "invalid_request"),
        ("no grant_type", |code| code_form(code).replace("grant_type", "x"), PGO, 400, "invalid_request"),
    ];
    for (case, form, host, status, error) in cases {
        let code = world.code(false).await;
        assert_refused(&world.token(host, &form(&code)).await, status, error, case);
        assert_refused(&world.token(PGO, &code_form(&code)).await, 400, "invalid_grant", case);
    }
}

#[tokio::test]
async fn a_code_is_good_for_900_seconds() {
    let world = World::new().await;
    let code = world.code(true).await;
    world.clock.set(world.clock.now().plus_seconds(900));
    assert_refused(&world.token(PGO, &code_form(&code)).await, 400, "invalid_grant", "expired");
}

#[tokio::test]
async fn unknown_codes_and_refresh_tokens_are_invalid_grants() {
    let world = World::new().await;
    for code in ["x", &"A".repeat(43)] {
        assert_refused(&world.token(PGO, &code_form(code)).await, 400, "invalid_grant", code);
        let form = format!("grant_type=refresh_token&client_id={PGO}&refresh_token={code}");
        assert_refused(&world.token(PGO, &form).await, 400, "invalid_grant", code);
    }
}

#[tokio::test]
async fn missing_and_repeated_parameters_are_invalid_requests() {
    let world = World::new().await;
    for form in [
        String::new(),
        "grant_type=refresh_token".to_owned(),
        format!("grant_type=authorization_code&client_id={PGO}"),
        format!("{}&client_id={PGO}", code_form("x")),
        format!("{}&grant_type=refresh_token", code_form("x")),
    ] {
        assert_refused(&world.token(PGO, &form).await, 400, "invalid_request", &form);
    }
}

#[tokio::test]
async fn missing_or_malformed_medmij_headers_are_an_invalid_request() {
    let world = World::new().await;
    let [request, correlation] = ids();
    let bad = ("X-Correlation-ID", "not-a-uuid".to_owned());
    for headers in [vec![], vec![request.clone()], vec![correlation.clone()], vec![request.clone(), bad]] {
        let code = world.code(false).await;
        let reply = world.token_with(PGO, &code_form(&code), &headers).await;
        assert_refused(&reply, 400, "invalid_request", &format!("{headers:?}"));
    }
}

#[tokio::test]
async fn an_unknown_grant_is_unsupported() {
    let world = World::new().await;
    let form = format!("grant_type=refresh_code&client_id={PGO}&refresh_token=x");
    assert_refused(&world.token(PGO, &form).await, 400, "unsupported_grant_type", "refresh_code");
}

#[tokio::test]
async fn a_client_must_be_its_certificate_and_on_both_lists() {
    let world = World::new().await;
    let form = code_form("x");
    assert_refused(&world.token(OTHER_PGO, &form).await, 401, "invalid_client", "another certificate");
    assert_refused(&world.token("", &form).await, 401, "invalid_client", "no certificate");
    world.set_clients(&[OTHER_PGO]);
    assert_refused(&world.token(PGO, &form).await, 401, "invalid_client", "dropped from the lists");
}

#[tokio::test]
async fn without_a_common_data_service_the_scope_is_invalid() {
    let world = World::new().await;
    let tokens = world.tokens(true).await;
    let form = format!("{}&scope=HG-R4+51", refresh_form(&tokens));
    assert_refused(&world.token(PGO, &form).await, 400, "invalid_scope", "51 is not supported by the PGO");
}

#[tokio::test]
async fn a_refresh_may_narrow() {
    let world = World::new().await;
    let tokens = world.tokens(true).await;
    let (status, body) = world.token(PGO, &format!("{}&scope=49", refresh_form(&tokens))).await;
    assert_eq!((status, body["scope"].as_str()), (StatusCode::OK, Some("49")));
}

#[tokio::test]
async fn old_lists_and_a_lost_database_are_temporary() {
    let world = World::with_settings(|settings| settings.lists_max_age_seconds = 60).await;
    let code = world.code(false).await;
    world.clock.set(world.clock.now().plus_seconds(61));
    assert_refused(&world.token(PGO, &code_form(&code)).await, 503, "temporarily_unavailable", "lists");
    world.context.store.close().await;
    assert_refused(&world.token(PGO, &code_form(&code)).await, 503, "temporarily_unavailable", "database");
}

#[tokio::test]
async fn a_refresh_token_rotates_and_its_reuse_revokes_the_family() {
    let world = World::new().await;
    let first = world.tokens(true).await;
    let (status, second) = world.token(PGO, &refresh_form(&first)).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(check(&world, &second).await, Ok(()));
    assert_refused(&world.token(PGO, &refresh_form(&first)).await, 400, "invalid_grant", "reuse");
    assert_refused(&world.token(PGO, &refresh_form(&second)).await, 400, "invalid_grant", "the rightful one");
    assert_eq!(check(&world, &second).await, Err(NoAccess::Revoked));
    assert!(world.steps().await.contains(&"refresh_token_reused".to_owned()));
}

#[tokio::test]
async fn within_the_grace_a_lost_answer_can_be_asked_for_again() {
    let world = World::with_settings(|settings| settings.refresh_grace_seconds = 30).await;
    let first = world.tokens(true).await;
    assert_eq!(world.token(PGO, &refresh_form(&first)).await.0, StatusCode::OK);
    world.clock.set(world.clock.now().plus_seconds(29));
    assert_eq!(world.token(PGO, &refresh_form(&first)).await.0, StatusCode::OK);
    world.clock.set(world.clock.now().plus_seconds(1));
    assert_refused(&world.token(PGO, &refresh_form(&first)).await, 400, "invalid_grant", "after the grace");
}

#[tokio::test]
async fn a_refresh_token_of_another_client_is_an_invalid_grant_and_stays_good() {
    let world = World::new().await;
    let tokens = world.tokens(true).await;
    let foreign = refresh_form(&tokens).replace(PGO, OTHER_PGO);
    assert_refused(&world.token(OTHER_PGO, &foreign).await, 400, "invalid_grant", "foreign");
    assert_eq!(world.token(PGO, &refresh_form(&tokens)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_long_lived_consent_lapses_after_half_a_year_without_use() {
    let world = World::new().await;
    let tokens = world.tokens(true).await;
    let given = world.clock.now();
    world.clock.set(given.plus_local_months(6).plus_seconds(-1));
    let (status, tokens) = world.token(PGO, &refresh_form(&tokens)).await;
    assert_eq!(status, StatusCode::OK, "use lets it run on");
    world.clock.set(world.clock.now().plus_local_months(6));
    assert_refused(&world.token(PGO, &refresh_form(&tokens)).await, 400, "invalid_grant", "lapsed");
}

#[tokio::test]
async fn availability_is_asked_again_at_every_issue() {
    let world = World::new().await;
    let (code, tokens) = (world.code(true).await, world.tokens(true).await);
    *world.people.unavailable.lock().unwrap() = true;
    assert_refused(&world.token(PGO, &code_form(&code)).await, 400, "invalid_grant", "code");
    assert_refused(&world.token(PGO, &refresh_form(&tokens)).await, 400, "invalid_grant", "refresh");
    *world.people.unavailable.lock().unwrap() = false;
    assert_eq!(world.token(PGO, &refresh_form(&tokens)).await.0, StatusCode::OK, "the token was not used up");
}

#[tokio::test]
async fn closing_a_dossier_revokes_its_tokens() {
    let world = World::new().await;
    let tokens = world.tokens(true).await;
    let mut tx = world.context.store.write().await.unwrap();
    assert_eq!(token_rows::revoke_of_patient(&mut tx, &PATIENT, world.clock.now()).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(check(&world, &tokens).await, Err(NoAccess::Revoked));
    assert_refused(&world.token(PGO, &refresh_form(&tokens)).await, 400, "invalid_grant", "revoked");
}

#[tokio::test]
async fn the_database_holds_no_code_or_token_in_plain() {
    let world = World::new().await;
    let code = world.code(true).await;
    let (_, tokens) = world.token(PGO, &code_form(&code)).await;
    let mut tx = world.context.store.write().await.unwrap();
    let sql = "SELECT hex(g.code_hash) || hex(a.hash) || hex(r.hash) || g.state || c.text
                 FROM authorization_grant g, access_token a, refresh_token r, consent c";
    let row: (String,) = sqlx::query_as(sql).fetch_one(tx.conn()).await.unwrap();
    for secret in [code.as_str(), tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap()] {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert!(!row.0.contains(secret) && !row.0.contains(&hex));
    }
}
