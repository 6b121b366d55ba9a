//! Authorization: steps that are taken once, in order, and within one practice.

use dvza::domain::assurance::Level;
use dvza::domain::dossier::{Block, DossierState};
use dvza::domain::ids::{PatientRef, PracticeScope};
use dvza::domain::time::Timestamp;
use dvza::oauth::authorize::AuthorizeRequest;
use dvza::oauth::{AccessToken, AccessTokenHash, AuthorizationCode, LoginState, RefreshToken, RequestIds, SessionId};
use dvza::store::Tx;
use dvza::store::authorization::access::{NoAccess, find_access, find_accesses};
use dvza::store::authorization::consents::{self, NewConsent, Term, Use};
use dvza::store::authorization::grants::{self, CodeOffer, Login, Refusal, Stage};
use dvza::store::authorization::sessions::{self, Door, Opening, Purpose, Visitor};
use dvza::store::authorization::tokens::{self, Revocation};
use dvza::store::authorization::{ConsentId, FamilyId, GrantId};
use dvza::store::patients::{self, OwnState, PatientPut};
use dvza::store::settings::{self, Setting, SettingSource};
use uuid::Uuid;

use crate::support::Engine;
use crate::support::engines::{engines, now, patient, practice};

fn one() -> PracticeScope {
    practice(1)
}

fn two() -> PracticeScope {
    practice(2)
}

fn linde() -> PatientRef {
    patient(1, 9)
}

/// The same pseudonym must not open the other practice.
fn neighbour() -> PatientRef {
    PatientRef { practice: two().practice, patient: linde().patient }
}

fn at(seconds: i64) -> Timestamp {
    now().plus_seconds(seconds)
}

fn request() -> AuthorizeRequest {
    AuthorizeRequest {
        client_id: "pgo.nl".parse().unwrap(),
        redirect_uri: "https://pgo.nl/cb".parse().unwrap(),
        scope: "een".parse().unwrap(),
        state: "s".parse().unwrap(),
        ids: RequestIds { request: Uuid::from_u128(1), correlation: Uuid::from_u128(2) },
        birth_mark: None,
    }
}

fn grant_id(byte: u8) -> GrantId {
    GrantId::from_random([byte; 16])
}

async fn give(tx: &mut Tx<'_>, who: &PatientRef, byte: u8, term: Term) -> ConsentId {
    let id = ConsentId::from_random([byte; 16]);
    let consent = NewConsent {
        id,
        client_id: &request().client_id,
        client_name: "De PGO",
        services: &["48".to_owned(), "49".to_owned()],
        term,
        level: Level::Hoog,
        text_version: "v",
        language: "nl",
        text: "tekst",
        at: at(0),
        representative: None,
    };
    consents::give(tx, who, &consent).await.unwrap();
    id
}

/// A grant that was consented to, and its code.
async fn consented(tx: &mut Tx<'_>, byte: u8) -> (GrantId, AuthorizationCode) {
    let (id, code) = (grant_id(byte), AuthorizationCode::from_random(&[byte; 32]));
    grants::open(tx, &one(), id, &request(), at(0)).await.unwrap();
    let login = Login { patient: linde(), level: Level::Hoog, at: at(1), acting: None };
    assert!(grants::authenticate(tx, id, &login).await.unwrap());
    let consent = give(tx, &linde(), byte, Term::Indefinite).await;
    assert!(grants::consent(tx, id, consent, &code.hash(), at(2)).await.unwrap());
    (id, code)
}

/// An access token of patient 9 of practice 1, with everything that stands behind it.
pub(super) async fn issue_token(tx: &mut Tx<'_>, engine: &Engine, byte: u8) -> AccessTokenHash {
    let put = PatientPut {
        source_id: &"p1".parse().unwrap(),
        bsn_hash: None,
        facts: b"{}",
        facts_version: 1,
        set_hash: [0; 32],
        record_count: 1,
    };
    patients::upsert(tx, &engine.sealer, &linde(), &put, at(0)).await.unwrap();
    let (grant, _) = consented(tx, byte).await;
    let (consent, family) = (ConsentId::from_random([byte; 16]), FamilyId::from_random([byte; 16]));
    let token = AccessToken::from_random(&[byte; 32]).hash();
    tokens::open_family(tx, &linde(), family, grant, consent, at(3)).await.unwrap();
    tokens::issue_access(tx, family, &token, &["48".to_owned()], Uuid::from_u128(7), at(3)).await.unwrap();
    token
}

#[tokio::test]
async fn many_tokens_are_looked_up_at_once_and_each_finds_its_own() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let mut tokens = Vec::new();
        for byte in 1..=6 {
            tokens.push(issue_token(&mut tx, &engine, byte).await);
        }
        let unknown = AccessToken::from_random(&[99; 32]).hash();
        tokens.push(unknown);
        let found = find_accesses(&mut tx, &tokens).await.unwrap();
        assert_eq!(found.len(), 6);
        for (byte, token) in (1..=6).zip(&tokens) {
            assert_eq!(found[token].family, FamilyId::from_random([byte; 16]));
            assert_eq!(find_access(&mut tx, token).await.unwrap().as_ref(), Some(&found[token]));
        }
        assert!(find_accesses(&mut tx, &[]).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn every_change_of_a_setting_moves_the_stamp_that_an_access_carries() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let token = issue_token(&mut tx, &engine, 1).await;
        let setting = |value: &str| Setting {
            key: "facility.ep_lines".into(),
            source: SettingSource::Own,
            value: value.into(),
            at: at(5),
            by: "test".into(),
        };
        let mut stamps = Vec::new();
        for (scope, value) in [(one(), "true"), (one(), "false"), (two(), "true")] {
            settings::set(&mut tx, &scope, &setting(value)).await.unwrap();
            stamps.push(find_access(&mut tx, &token).await.unwrap().unwrap().settings_stamp);
        }
        let key = "facility.ep_lines";
        settings::clear(&mut tx, &one(), key, SettingSource::Own, at(6), "test").await.unwrap();
        stamps.push(find_access(&mut tx, &token).await.unwrap().unwrap().settings_stamp);
        assert!(stamps[0] < stamps[1] && stamps[1] == stamps[2] && stamps[2] < stamps[3], "{stamps:?}");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_grant_keeps_its_request_and_walks_its_stages_in_order() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let id = grant_id(1);
        grants::open(&mut tx, &one(), id, &request(), at(0)).await.unwrap();
        let found = grants::find(&mut tx, id).await.unwrap().unwrap();
        assert_eq!((found.request, found.scope, found.stage), (request(), one(), Stage::Requested));
        let (code, consent) = (AuthorizationCode::from_random(&[1; 32]), ConsentId::from_random([1; 16]));
        assert!(!grants::consent(&mut tx, id, consent, &code.hash(), at(1)).await.unwrap(), "not logged in");
        assert!(!grants::exchange(&mut tx, id).await.unwrap(), "no code");
        let login = Login { patient: linde(), level: Level::Substantieel, at: at(1), acting: None };
        let elsewhere = Login { patient: neighbour(), ..login };
        assert!(!grants::authenticate(&mut tx, id, &elsewhere).await.unwrap(), "a patient of another practice");
        assert!(grants::authenticate(&mut tx, id, &login).await.unwrap());
        assert!(!grants::authenticate(&mut tx, id, &login).await.unwrap(), "twice");
        assert!(grants::consent(&mut tx, id, consent, &code.hash(), at(2)).await.unwrap());
        let found = grants::find(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(found.stage, Stage::Consented { login, consent, code_expires_at: at(902) });
        assert!(!grants::refuse(&mut tx, id, Refusal::Declined).await.unwrap(), "too late to refuse");
        assert!(grants::exchange(&mut tx, id).await.unwrap());
        assert!(!grants::exchange(&mut tx, id).await.unwrap(), "twice");
        let stage = grants::find(&mut tx, id).await.unwrap().unwrap().stage;
        assert!(matches!(stage, Stage::Exchanged { .. }), "{stage:?}");
    }
}

#[tokio::test]
async fn a_refused_or_expired_grant_goes_nowhere() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let login = |seconds| Login { patient: linde(), level: Level::Hoog, at: at(seconds), acting: None };
        for (byte, reason) in [(1, Refusal::Cancelled), (2, Refusal::Unavailable), (3, Refusal::LevelTooLow)] {
            grants::open(&mut tx, &one(), grant_id(byte), &request(), at(0)).await.unwrap();
            assert!(grants::refuse(&mut tx, grant_id(byte), reason).await.unwrap());
            assert!(!grants::refuse(&mut tx, grant_id(byte), reason).await.unwrap());
            assert!(!grants::authenticate(&mut tx, grant_id(byte), &login(1)).await.unwrap());
            assert_eq!(grants::find(&mut tx, grant_id(byte)).await.unwrap().unwrap().stage, Stage::Refused(reason));
        }
        grants::open(&mut tx, &one(), grant_id(4), &request(), at(0)).await.unwrap();
        assert!(!grants::authenticate(&mut tx, grant_id(4), &login(grants::FLOW_SECONDS)).await.unwrap());
    }
}

#[tokio::test]
async fn a_code_is_offered_once() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let (id, code) = consented(&mut tx, 1).await;
        let unknown = AuthorizationCode::from_random(&[7; 32]);
        assert!(matches!(grants::offer_code(&mut tx, &unknown.hash(), at(3)).await.unwrap(), CodeOffer::Unknown));
        let CodeOffer::First(grant) = grants::offer_code(&mut tx, &code.hash(), at(3)).await.unwrap() else {
            panic!("not the first offer");
        };
        assert_eq!(grant.id, id);
        assert!(matches!(grants::offer_code(&mut tx, &code.hash(), at(4)).await.unwrap(), CodeOffer::Reused(_)));
        assert!(!grants::exchange(&mut tx, id).await.unwrap(), "the second offer came before the tokens");
    }
}

#[tokio::test]
async fn of_two_that_offer_a_code_at_the_same_time_one_is_first() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let (_, code) = consented(&mut tx, 1).await;
        tx.commit().await.unwrap();
        let offer = async || {
            let mut tx = store.write().await.unwrap();
            let offer = grants::offer_code(&mut tx, &code.hash(), at(3)).await.unwrap();
            tx.commit().await.unwrap();
            matches!(offer, CodeOffer::First(_))
        };
        let (one, two) = tokio::join!(offer(), offer());
        assert!(one ^ two);
    }
}

#[tokio::test]
async fn a_code_is_unique() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let (_, code) = consented(&mut tx, 1).await;
        grants::open(&mut tx, &one(), grant_id(2), &request(), at(0)).await.unwrap();
        let login = Login { patient: linde(), level: Level::Hoog, at: at(1), acting: None };
        grants::authenticate(&mut tx, grant_id(2), &login).await.unwrap();
        let consent = ConsentId::from_random([2; 16]);
        assert!(grants::consent(&mut tx, grant_id(2), consent, &code.hash(), at(2)).await.is_err());
    }
}

#[tokio::test]
async fn consents_of_another_practice_do_not_exist() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let id = give(&mut tx, &linde(), 1, Term::Indefinite).await;
        assert!(consents::list_valid(&mut tx, &neighbour(), at(1)).await.unwrap().is_empty());
        assert!(consents::find(&mut tx, &neighbour(), id).await.unwrap().is_none());
        assert!(!consents::mark_used(&mut tx, &neighbour(), id, Term::Indefinite, at(1)).await.unwrap());
        assert!(!consents::withdraw(&mut tx, &neighbour(), id, at(1)).await.unwrap());
        assert_eq!(tokens::revoke_of_patient(&mut tx, &neighbour(), at(1)).await.unwrap(), 0);
        assert_eq!(consents::list_valid(&mut tx, &linde(), at(1)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_consent_lapses_by_its_term_and_use_lets_it_run_on() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let once = give(&mut tx, &linde(), 1, Term::Once).await;
        let long = give(&mut tx, &linde(), 2, Term::Indefinite).await;
        let ids = async |tx: &mut Tx<'_>, now| -> Vec<ConsentId> {
            consents::list_valid(tx, &linde(), now).await.unwrap().iter().map(|consent| consent.id).collect()
        };
        assert_eq!(ids(&mut tx, at(899)).await, [once, long]);
        assert_eq!(ids(&mut tx, at(900)).await, [long]);
        assert!(!consents::mark_used(&mut tx, &linde(), once, Term::Once, at(900)).await.unwrap());
        let half_a_year = at(0).plus_local_months(6);
        assert!(
            consents::mark_used(&mut tx, &linde(), long, Term::Indefinite, half_a_year.plus_seconds(-1)).await.unwrap()
        );
        assert_eq!(ids(&mut tx, half_a_year).await, [long]);
        assert!(ids(&mut tx, half_a_year.plus_local_months(6)).await.is_empty());
    }
}

#[tokio::test]
async fn withdrawing_counts_once_and_revokes_the_tokens() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let consent = give(&mut tx, &linde(), 1, Term::Indefinite).await;
        let (family, refresh) = (FamilyId::from_random([1; 16]), RefreshToken::from_random(&[1; 32]));
        tokens::open_family(&mut tx, &linde(), family, grant_id(1), consent, at(1)).await.unwrap();
        tokens::issue_refresh(&mut tx, family, &refresh.hash(), at(1)).await.unwrap();
        // Of the consent for another PGO (E67).
        let other = give(&mut tx, &linde(), 2, Term::Indefinite).await;
        let (others, other_refresh) = (FamilyId::from_random([2; 16]), RefreshToken::from_random(&[2; 32]));
        tokens::open_family(&mut tx, &linde(), others, grant_id(2), other, at(1)).await.unwrap();
        tokens::issue_refresh(&mut tx, others, &other_refresh.hash(), at(1)).await.unwrap();
        assert!(consents::withdraw(&mut tx, &linde(), consent, at(2)).await.unwrap());
        assert!(!consents::withdraw(&mut tx, &linde(), consent, at(3)).await.unwrap());
        let found = tokens::find_refresh(&mut tx, &refresh.hash()).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, Some(at(2)));
        assert!(!tokens::rotate(&mut tx, &refresh.hash(), 0, at(3)).await.unwrap());
        let kept = consents::find(&mut tx, &linde(), consent).await.unwrap().unwrap();
        assert_eq!(kept.withdrawn_at, Some(at(2)), "the evidence stays");
        let unaffected = tokens::find_refresh(&mut tx, &other_refresh.hash()).await.unwrap().unwrap();
        assert_eq!(unaffected.revoked_at, None);
        let still = consents::find(&mut tx, &linde(), other).await.unwrap().unwrap();
        assert_eq!(still.withdrawn_at, None);
    }
}

#[tokio::test]
async fn a_refresh_token_is_used_once_except_within_the_grace() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let consent = give(&mut tx, &linde(), 1, Term::Indefinite).await;
        let family = FamilyId::from_random([1; 16]);
        tokens::open_family(&mut tx, &linde(), family, grant_id(1), consent, at(0)).await.unwrap();
        let token = RefreshToken::from_random(&[1; 32]).hash();
        tokens::issue_refresh(&mut tx, family, &token, at(0)).await.unwrap();
        assert!(tokens::rotate(&mut tx, &token, 0, at(10)).await.unwrap());
        assert!(!tokens::rotate(&mut tx, &token, 0, at(10)).await.unwrap(), "same instant");
        assert!(tokens::rotate(&mut tx, &token, 30, at(39)).await.unwrap(), "within the grace");
        assert!(!tokens::rotate(&mut tx, &token, 30, at(40)).await.unwrap(), "counted from its first use");
        let expired = RefreshToken::from_random(&[2; 32]).hash();
        tokens::issue_refresh(&mut tx, family, &expired, at(0)).await.unwrap();
        assert!(!tokens::rotate(&mut tx, &expired, 0, at(0).plus_local_months(6)).await.unwrap(), "after half a year");
        assert!(tokens::revoke_family(&mut tx, family, Revocation::RefreshReused, at(50)).await.unwrap());
        assert!(!tokens::revoke_family(&mut tx, family, Revocation::RefreshReused, at(51)).await.unwrap());
    }
}

#[tokio::test]
async fn an_unknown_token_gives_no_access() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.read().await.unwrap();
        let token = AccessToken::from_random(&[5; 32]);
        assert!(find_access(&mut tx, &token.hash()).await.unwrap().is_none());
        assert!(tokens::find_refresh(&mut tx, &RefreshToken::from_random(&[5; 32]).hash()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_session_lives_by_use_and_dies_by_idleness_age_and_end() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let id = SessionId::from_random(&[1; 32]).hash();
        sessions::start(&mut tx, &one(), &id, Opening::Own(Door::Consents), at(0)).await.unwrap();
        let mut now = 0;
        while now + 899 < sessions::ABSOLUTE_SECONDS {
            now += 899;
            let session = sessions::touch(&mut tx, &id, 900, at(now)).await.unwrap().unwrap();
            assert_eq!(session.purpose, Purpose::Own(Door::Consents, Visitor::Anonymous));
        }
        assert!(sessions::touch(&mut tx, &id, 900, at(sessions::ABSOLUTE_SECONDS)).await.unwrap().is_none(), "too old");
        let other = SessionId::from_random(&[2; 32]).hash();
        sessions::start(&mut tx, &one(), &other, Opening::Own(Door::Consents), at(0)).await.unwrap();
        assert!(sessions::touch(&mut tx, &other, 900, at(900)).await.unwrap().is_none(), "idle");
        assert!(sessions::touch(&mut tx, &other, 900, at(899)).await.unwrap().is_some());
        sessions::end(&mut tx, &other, at(899)).await.unwrap();
        assert!(sessions::touch(&mut tx, &other, 900, at(899)).await.unwrap().is_none(), "ended");
    }
}

#[tokio::test]
async fn the_use_of_a_pgo_is_told_by_practice_with_its_newest_collection() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        assert!(consents::uses(&mut tx).await.unwrap().is_empty());
        let ids = [give(&mut tx, &linde(), 1, Term::Indefinite).await, give(&mut tx, &linde(), 2, Term::Once).await];
        give(&mut tx, &neighbour(), 3, Term::Indefinite).await;
        for (id, term, later) in [(ids[0], Term::Indefinite, 9), (ids[1], Term::Once, 5)] {
            assert!(consents::mark_used(&mut tx, &linde(), id, term, at(later)).await.unwrap());
        }
        let used = |practice: PracticeScope, last: Option<i64>| Use {
            client_id: "pgo.nl".to_owned(),
            practice: practice.practice,
            last_used_at: last.map(at),
        };
        assert_eq!(consents::uses(&mut tx).await.unwrap(), [used(one(), Some(9)), used(two(), None)]);
    }
}

#[tokio::test]
async fn a_session_of_somebody_logged_in_may_be_idle_as_long_as_the_practice_allows() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let ids = [1, 2, 3].map(|number| SessionId::from_random(&[number; 32]).hash());
        let [own, flow, anonymous] = &ids;
        let (grant, _) = consented(&mut tx, 1).await;
        sessions::start(&mut tx, &one(), own, Opening::Own(Door::My), at(0)).await.unwrap();
        sessions::start(&mut tx, &one(), flow, Opening::Authorize(grant), at(0)).await.unwrap();
        sessions::start(&mut tx, &one(), anonymous, Opening::Own(Door::My), at(0)).await.unwrap();
        assert!(sessions::identify(&mut tx, &one(), own, Some(linde().patient), at(0)).await.unwrap());
        for id in [own, flow] {
            assert!(sessions::touch(&mut tx, id, 300, at(300)).await.unwrap().is_none(), "idle for five minutes");
            assert!(sessions::touch(&mut tx, id, 300, at(299)).await.unwrap().is_some());
            assert!(sessions::touch(&mut tx, id, 9000, at(299 + 900)).await.unwrap().is_none(), "never above fifteen");
        }
        // Nobody is logged in: logging in elsewhere may take longer than the practice allows to do nothing.
        assert!(sessions::touch(&mut tx, anonymous, 300, at(899)).await.unwrap().is_some());
        assert_eq!(sessions::practice_of(&mut tx, own).await.unwrap(), Some(one()));
        assert_eq!(sessions::practice_of(&mut tx, &SessionId::from_random(&[9; 32]).hash()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_session_knows_who_logged_in_and_only_at_its_practice() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let (id, stranger) = (SessionId::from_random(&[1; 32]).hash(), SessionId::from_random(&[2; 32]).hash());
        for (session, door) in [(&id, Door::Consents), (&stranger, Door::My)] {
            sessions::start(&mut tx, &one(), session, Opening::Own(door), at(0)).await.unwrap();
        }
        assert!(!sessions::identify(&mut tx, &two(), &id, Some(linde().patient), at(1)).await.unwrap());
        assert!(sessions::identify(&mut tx, &one(), &id, Some(linde().patient), at(1)).await.unwrap());
        assert!(sessions::identify(&mut tx, &one(), &stranger, None, at(1)).await.unwrap());
        let visitor = async |tx: &mut Tx<'_>, id| sessions::touch(tx, id, 900, at(2)).await.unwrap().unwrap().purpose;
        assert_eq!(visitor(&mut tx, &id).await, Purpose::Own(Door::Consents, Visitor::Patient(linde())));
        assert_eq!(visitor(&mut tx, &stranger).await, Purpose::Own(Door::My, Visitor::Stranger));
    }
}

#[tokio::test]
async fn a_login_is_finished_once_and_only_the_last_one_begun() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let id = SessionId::from_random(&[1; 32]).hash();
        sessions::start(&mut tx, &one(), &id, Opening::Own(Door::Consents), at(0)).await.unwrap();
        let (first, last) = (LoginState::from_random(&[1; 32]).hash(), LoginState::from_random(&[2; 32]).hash());
        sessions::begin_login(&mut tx, &id, &first).await.unwrap();
        sessions::begin_login(&mut tx, &id, &last).await.unwrap();
        assert!(!sessions::take_login(&mut tx, &id, &first).await.unwrap());
        assert!(sessions::take_login(&mut tx, &id, &last).await.unwrap());
        assert!(!sessions::take_login(&mut tx, &id, &last).await.unwrap());
    }
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_consents_are_not() {
    for engine in engines().await {
        let store = &engine.store;
        let mut tx = store.write().await.unwrap();
        let (id, _) = consented(&mut tx, 1).await;
        let session = SessionId::from_random(&[1; 32]).hash();
        sessions::start(&mut tx, &one(), &session, Opening::Authorize(id), at(0)).await.unwrap();
        let consent = ConsentId::from_random([1; 16]);
        let family = FamilyId::from_random([1; 16]);
        tokens::open_family(&mut tx, &linde(), family, id, consent, at(3)).await.unwrap();
        let token = AccessToken::from_random(&[1; 32]).hash();
        tokens::issue_access(&mut tx, family, &token, &["48".to_owned()], Uuid::nil(), at(3)).await.unwrap();
        assert_eq!(tokens::forget(&mut tx, at(903)).await.unwrap(), 0);
        assert_eq!(tokens::forget(&mut tx, at(904)).await.unwrap(), 1);
        assert_eq!(grants::forget(&mut tx, at(0)).await.unwrap(), 0);
        assert_eq!(grants::forget(&mut tx, at(1)).await.unwrap(), 1);
        assert!(grants::find(&mut tx, id).await.unwrap().is_none());
        assert_eq!(consents::list_valid(&mut tx, &linde(), at(1)).await.unwrap().len(), 1);
        assert_eq!(sessions::forget(&mut tx, at(999)).await.unwrap(), 0, "went with its grant");
    }
}

#[tokio::test]
async fn one_read_tells_everything_behind_a_token() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let put = PatientPut {
            source_id: &"p1".parse().unwrap(),
            bsn_hash: None,
            facts: b"{}",
            facts_version: 1,
            set_hash: [0; 32],
            record_count: 1,
        };
        let (id, _) = consented(&mut tx, 1).await;
        let (consent, family) = (ConsentId::from_random([1; 16]), FamilyId::from_random([1; 16]));
        let token = AccessToken::from_random(&[1; 32]).hash();
        tokens::open_family(&mut tx, &linde(), family, id, consent, at(3)).await.unwrap();
        let services = ["48".to_owned(), "HG-R4".to_owned()];
        tokens::issue_access(&mut tx, family, &token, &services, Uuid::from_u128(7), at(3)).await.unwrap();
        assert!(find_access(&mut tx, &token).await.unwrap().is_none(), "no such patient");

        patients::upsert(&mut tx, &engine.sealer, &linde(), &put, at(0)).await.unwrap();
        let own = OwnState { state: DossierState::Open, opened_at: Some(at(1)), at: at(2) };
        patients::set_own_state(&mut tx, &linde(), &own).await.unwrap();
        patients::set_block(&mut tx, &linde(), Block::IdentityConflict).await.unwrap();
        let access = find_access(&mut tx, &token).await.unwrap().unwrap();
        assert_eq!((access.patient, access.practice_name.as_str()), (linde(), "huisarts1@medmij"));
        assert_eq!((access.block, access.own_state, access.removed_at), (Block::IdentityConflict, Some(own), None));
        assert_eq!((access.services.as_slice(), access.correlation), (&services[..], Uuid::from_u128(7)));
        assert_eq!((access.level, access.consent, access.family), (Level::Hoog, consent, family));
        assert!(access.practice_active);

        let hosts = ["pgo.nl".to_owned()];
        assert_eq!(access.check(at(902), &hosts), Ok(()));
        assert_eq!(access.check(at(903), &hosts), Err(NoAccess::Expired));
        assert_eq!(access.check(at(4), &["other.nl".to_owned()]), Err(NoAccess::OtherClient));
        assert_eq!(access.check(at(4), &[]), Err(NoAccess::OtherClient));
        consents::withdraw(&mut tx, &linde(), consent, at(4)).await.unwrap();
        let access = find_access(&mut tx, &token).await.unwrap().unwrap();
        assert_eq!(access.check(at(5), &hosts), Err(NoAccess::Revoked));
        let withdrawn = dvza::store::authorization::access::Access { revoked_at: None, ..access };
        assert_eq!(withdrawn.check(at(5), &hosts), Err(NoAccess::ConsentEnded));
        tx.commit().await.unwrap();
    }
}
