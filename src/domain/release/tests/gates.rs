//! The gates in front of every decision: practice, relation, person, dossier.

use super::*;

fn gated(change: impl FnOnce(&mut Subject, &mut OwnState, &mut Policy)) -> Result<Admission, Gate> {
    gated_at(T, change)
}

fn gated_at(at: &str, change: impl FnOnce(&mut Subject, &mut OwnState, &mut Policy)) -> Result<Admission, Gate> {
    let (mut subject, mut own, mut policy) = (subject(), OwnState::default(), policy(&[]));
    change(&mut subject, &mut own, &mut policy);
    gate(&DossierFacts::new(subject, Vec::new()), &own, &policy, None, ts(at).into())
}

#[test]
fn an_open_dossier_of_an_adult_passes_the_gates() {
    assert_eq!(gated(|_, _, _| {}), Ok(Admission::Open { opened_at: ts("2021-03-02T09:12:00+01:00") }));
    assert!(gated(|subject, _, _| subject.status = PatientStatus::Deregistered).is_ok(), "E45");
    assert!(gated(|subject, _, _| subject.status = PatientStatus::Passant).is_ok(), "§15.11");
}

#[test]
fn each_gate_closes_for_its_own_reason() {
    type Change = fn(&mut Subject, &mut OwnState, &mut Policy);
    let cases: [(Change, Gate); 17] = [
        (|_, _, policy| policy.online_access_since = None, Gate::PracticeOff),
        (|_, _, policy| policy.online_access_since = Some(day("2026-06-16")), Gate::PracticeOff),
        (|subject, _, _| subject.has_bsn = false, Gate::BlockNoBsn),
        (|subject, _, _| subject.bsn_verified = false, Gate::BlockUnverified),
        (|subject, _, _| subject.block = Block::Practice, Gate::BlockPractice),
        (|subject, _, _| subject.block = Block::PatientOptout, Gate::BlockOptout),
        (|subject, _, _| subject.block = Block::Transferred, Gate::BlockTransferred),
        (|_, own, _| own.block = Block::IdentityConflict, Gate::BlockConflict),
        (|subject, _, _| subject.deceased = true, Gate::BlockDeceased),
        (|subject, _, _| subject.status = PatientStatus::Transferred, Gate::BlockTransferred),
        (|subject, _, _| subject.birth = PartialDate::from(day("2010-06-16")), Gate::Age),
        (|subject, _, _| subject.birth = PartialDate { year: 2010, month: None, day: None }, Gate::Age),
        (|subject, _, _| subject.state = DossierState::Requested, Gate::Dossier),
        (|subject, _, _| subject.state = DossierState::OnHold, Gate::Dossier),
        (|subject, _, _| subject.state = DossierState::Refused, Gate::Dossier),
        (|subject, _, _| subject.state = DossierState::Closed, Gate::Dossier),
        (|subject, _, _| subject.opened_at = Some(ts("2026-06-15T10:00:01+02:00")), Gate::Dossier),
    ];
    for (change, expected) in cases {
        assert_eq!(gated(change), Err(expected));
    }
}

#[test]
fn the_sixteenth_birthday_begins_at_midnight_in_amsterdam() {
    // E26, E27
    let young: fn(&mut Subject, &mut OwnState, &mut Policy) =
        |subject, _, _| subject.birth = PartialDate::from(day("2010-06-16"));
    assert_eq!(gated_at("2026-06-15T21:59:59Z", young), Err(Gate::Age));
    assert!(gated_at("2026-06-15T22:00:00Z", young).is_ok());
}

#[test]
fn the_newer_dossier_state_wins_and_ours_at_the_same_instant() {
    let closed_at = |at: &str| {
        let at = ts(at);
        gated(move |_, own, _| own.state = Some((DossierState::Closed, at)))
    };
    assert!(closed_at("2026-06-14T17:59:59+02:00").is_ok());
    assert_eq!(closed_at("2026-06-14T18:00:00+02:00"), Err(Gate::Dossier));
    assert_eq!(closed_at("2026-06-15T09:00:00+02:00"), Err(Gate::Dossier), "E25");
}

#[test]
fn the_first_authorisation_opens_where_the_practice_opens_automatically() {
    let none = |mode| {
        gated(move |subject, _, policy| {
            subject.state = DossierState::None;
            subject.opened_at = None;
            policy.request_mode = mode;
        })
    };
    assert_eq!(none(RequestMode::Auto), Ok(Admission::OpensNow));
    assert_eq!(none(RequestMode::Manual), Err(Gate::Dossier));
}

#[test]
fn a_published_copy_opens_the_gate_but_not_past_a_block() {
    let copy = document("d", DocumentKind::Copy, "2026-01-22", Some("2026-01-26T11:00:00+01:00"));
    let with = |change: fn(&mut Subject), item: Item| {
        let mut subject = subject();
        subject.state = DossierState::None;
        change(&mut subject);
        gate(&DossierFacts::new(subject, vec![item]), &OwnState::default(), &policy(&[]), None, ts(T).into())
    };
    assert_eq!(with(|_| {}, copy.clone()), Ok(Admission::CopiesOnly));
    assert_eq!(with(|subject| subject.block = Block::Practice, copy.clone()), Err(Gate::BlockPractice));
    assert_eq!(with(|_| {}, marked(copy.clone())), Err(Gate::Dossier));
    // Who acts for the patient opens no dossier, and sees the copy in each state as the patient does.
    let by_mandate = |policy: &Policy, item: Vec<Item>| {
        let subject = Subject { state: DossierState::None, opened_at: None, ..subject() };
        let ground = Some(Representation::Voluntary);
        gate(&DossierFacts::new(subject, item), &OwnState::default(), policy, ground, ts(T).into())
    };
    for request_mode in [RequestMode::Auto, RequestMode::Manual] {
        let policy = Policy { request_mode, ..policy(&[]) };
        assert_eq!(by_mandate(&policy, vec![copy.clone()]), Ok(Admission::CopiesOnly));
        assert_eq!(by_mandate(&policy, vec![]), Err(Gate::Dossier));
    }
}
