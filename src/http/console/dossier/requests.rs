//! Dossier requests: release, hold, refuse, close; and the answers to what else a patient asked (release-rules §6.1, §6.2).

use axum::response::Response;

use super::{Loaded, back, decide, decisions};
use crate::audit::{Action, Detail, Outcome};
use crate::domain::decision::{Choice, may_become};
use crate::domain::dossier::DossierState;
use crate::domain::ids::PatientRef;
use crate::domain::release::Gate;
use crate::domain::rights::Right;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff, Who};
use crate::http::console::{Button, answer as page, guard, login, words};
use crate::http::pages::blocks::{Block, Input};
use crate::store::patients::OwnState;
use crate::store::requests::{RequestId, RequestKind, RequestState};
use crate::store::{self, Tx};

/// The longest text of an answer, in characters.
const LONGEST: usize = 2000;

/// The forms that go with the state of the dossier.
pub(super) fn forms(staff: &Staff, who: &PatientRef, loaded: &Loaded) -> Vec<Block> {
    let mut blocks = Vec::new();
    let state = loaded.subject.state();
    let patient = who.patient;
    let reason = || {
        let hint = staff.pick(
            "De patiënt leest dit, met de weg naar een afschrift aan de balie en naar een klacht.",
            "The patient reads this, with the way to a copy at the desk and to a complaint.",
        );
        Block::Area(Input::text("reason", staff.pick("Reden", "Reason")).hinting(hint))
    };
    if matches!(state, DossierState::Requested | DossierState::OnHold) && staff.may(Right::RefuseRequest) {
        let buttons = vec![Button::action("refuse", staff.pick("Weigeren", "Refuse"))];
        let form = staff.form(format!("/p/{patient}/refuse"), vec![reason()], buttons);
        blocks.push(Block::More(staff.pick("Verzoek weigeren", "Refuse the request").to_owned(), vec![form]));
    }
    if state == DossierState::Open && staff.may(Right::ReleaseDossier) {
        let buttons = vec![Button::action("close", staff.pick("Dossier sluiten", "Close the dossier"))];
        let form = staff.form(format!("/p/{patient}/close"), vec![reason()], buttons);
        blocks.push(Block::More(staff.pick("Dossier sluiten", "Close the dossier").to_owned(), vec![form]));
    }
    if staff.may(Right::ReleaseDossier) {
        blocks.extend(asked(staff, who, loaded));
    }
    blocks
}

/// What else the patient asked.
fn asked(staff: &Staff, who: &PatientRef, loaded: &Loaded) -> Vec<Block> {
    let lang = staff.lang();
    let open = loaded.requests.iter().filter(|request| request.state == RequestState::Open);
    open.map(|request| {
        let id = crate::seal::hex(&request.id);
        let parts = vec![
            Block::Hidden("id", id),
            Block::Text(request.words.asked.clone()),
            Block::Area(Input::text("answer", staff.pick("Antwoord aan de patiënt", "Answer to the patient"))),
        ];
        let buttons = vec![
            Button::action("done", staff.pick("Gedaan", "Done")),
            Button::action("refused", staff.pick("Afwijzen", "Decline")),
        ];
        let name = format!("{}: {}", staff.pick("Verzoek", "Request"), words::request(lang, request.kind));
        Block::More(name, vec![staff.form(format!("/p/{}/request", who.patient), parts, buttons)])
    })
    .collect()
}

/// Release or hold.
pub(in crate::http::console) async fn release(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = settle(&staff, &who.0, &fields).await;
    page(&staff, result)
}

async fn settle(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    match fields.get("action") {
        Some("release") => open(staff, who, fields).await,
        Some("hold") => {
            let mut tx = staff.write().await?;
            move_to(staff, &mut tx, who, DossierState::OnHold, "dossier_held", Detail::default()).await?;
            tx.commit().await?;
            Ok(login::to(&back(who)))
        }
        _ => Err(ConsoleError::Missing),
    }
}

async fn open(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let decisions = decisions::of_ticks(staff, fields)?;
    // Unticking is part of releasing; what is hidden is shown by who may hide and show it.
    for decision in decisions.iter().filter(|decision| decision.choice == Choice::Visible(true)) {
        let right = if decision.about.line.is_some() { Right::HideLine } else { Right::HideEpisode };
        if !staff.may(right) {
            return Err(guard::deny(staff, "/p/{patient}/release", right.as_str(), Some(who)).await);
        }
    }
    let mut tx = staff.write().await?;
    may_open(staff, &mut tx, who).await?;
    if !decisions.is_empty() {
        decide(staff, &mut tx, who, "items_decided", &decisions).await?;
    }
    move_to(staff, &mut tx, who, DossierState::Open, "dossier_opened", Detail::default()).await?;
    let (sealer, at) = (staff.state.app.sealer(), staff.at().at);
    let done = (RequestState::Done, None);
    store::requests::settle(&mut tx, sealer, who, RequestKind::Inzage, done, (staff.id.as_str(), at)).await?;
    staff.state.app.notify(&mut tx, who, (at, at)).await?;
    tx.commit().await?;
    Ok(login::to(&back(who)))
}

/// What must hold before a dossier opens: both switches (R-DR-05), and that anything would be shown at all (R-DR-04, blocks).
async fn may_open(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef) -> Result<(), ConsoleError> {
    let refuse = |text: &str| Err(ConsoleError::Refused(text.to_owned()));
    let subject = staff.state.app.subject(tx, who).await?.ok_or(ConsoleError::Missing)?;
    let policy = subject.policy.as_ref().ok_or(ConsoleError::Missing)?;
    if !policy.facility.ep_lines || !policy.facility.diagnostic_values {
        return refuse(staff.pick(
            "Zet eerst bij Instellingen de E- en P-regels en de diagnostische waarden aan.",
            "First switch on E and P lines and diagnostic values in Settings.",
        ));
    }
    let index = subject.index.as_ref().ok_or(ConsoleError::Missing)?;
    match crate::domain::release::gate(&index.facts, &subject.own, policy, None, staff.at()) {
        Ok(_) | Err(Gate::Dossier) if subject.asked_as_a_child() => refuse(staff.pick(
            "Het verzoek is van voor de 16e verjaardag: de patiënt vraagt het opnieuw.",
            "The request is of before the 16th birthday: the patient asks anew.",
        )),
        Ok(_) | Err(Gate::Dossier) => Ok(()),
        Err(gate) => refuse(words::gate(staff.lang(), gate)),
    }
}

/// Refuse a request.
pub(in crate::http::console) async fn refuse(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = end(&staff, &who.0, &fields, DossierState::Refused, "dossier_refused").await;
    page(&staff, result)
}

/// Close an open dossier.
pub(in crate::http::console) async fn close(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = end(&staff, &who.0, &fields, DossierState::Closed, "dossier_closed").await;
    page(&staff, result)
}

/// Refusing and closing need a reason, and end every token at once (R-DR-09).
async fn end(
    staff: &Staff,
    who: &PatientRef,
    fields: &Fields,
    state: DossierState,
    kind: &'static str,
) -> Result<Response, ConsoleError> {
    let Some(reason) = fields.get("reason").filter(|text| text.chars().count() <= LONGEST) else {
        let text =
            staff.pick("Geef een reden van ten hoogste 2000 tekens.", "Give a reason of at most 2000 characters.");
        return Err(ConsoleError::Refused(text.to_owned()));
    };
    let mut tx = staff.write().await?;
    move_to(staff, &mut tx, who, state, kind, Detail::default()).await?;
    store::authorization::tokens::revoke_of_patient(&mut tx, who, staff.at().at).await?;
    let at = staff.at().at;
    store::requests::say(&mut tx, staff.state.app.sealer(), who, reason, (staff.id.as_str(), at)).await?;
    staff.state.app.notify(&mut tx, who, (at, at)).await?;
    tx.commit().await?;
    Ok(login::to(&back(who)))
}

/// Moves the dossier along the states of the sheet; any other step is refused and on record.
async fn move_to(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    to: DossierState,
    kind: &'static str,
    detail: Detail,
) -> Result<(), ConsoleError> {
    let subject = staff.state.app.subject(tx, who).await?.ok_or(ConsoleError::Missing)?;
    let from = subject.state();
    if !may_become(from, to) {
        let text = format!(
            "{} {}",
            staff.pick("Dit kan niet vanuit de staat:", "This cannot be done from the state:"),
            words::state(staff.lang(), from)
        );
        return Err(ConsoleError::Refused(text));
    }
    let at = staff.at().at;
    let opened_at = (to == DossierState::Open).then_some(at);
    store::patients::set_own_state(tx, who, &OwnState { state: to, opened_at, at }).await?;
    staff.record(tx, kind, Action::Update, Some(who), detail).await
}

/// The answer to what else a patient asked.
pub(in crate::http::console) async fn answer(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = answered(&staff, &who.0, &fields).await;
    page(&staff, result)
}

async fn answered(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let id = fields.get("id").and_then(read_id).ok_or(ConsoleError::Missing)?;
    let state = match fields.get("action") {
        Some("done") => RequestState::Done,
        Some("refused") => RequestState::Refused,
        _ => return Err(ConsoleError::Missing),
    };
    let words = fields.get("answer").filter(|text| text.chars().count() <= LONGEST);
    let Some(words) = words else {
        let text =
            staff.pick("Geef een antwoord van ten hoogste 2000 tekens.", "Give an answer of at most 2000 characters.");
        return Err(ConsoleError::Refused(text.to_owned()));
    };
    let mut tx = staff.write().await?;
    let by = (staff.id.as_str(), staff.at().at);
    let sealer = staff.state.app.sealer();
    if !store::requests::handle(&mut tx, sealer, who, id, (state, Some(words)), by).await? {
        return Err(ConsoleError::Missing);
    }
    let event = staff.event("request_answered", Action::Update).about(who);
    let event = if state == RequestState::Refused { event.ended(Outcome::Refused, "request_refused") } else { event };
    crate::audit::append_in(&mut tx, sealer, &[event]).await?;
    staff.state.app.notify(&mut tx, who, (staff.at().at, staff.at().at)).await?;
    tx.commit().await?;
    Ok(login::to(&back(who)))
}

/// The id in a form: 32 hex digits.
pub(in crate::http::console) fn read_id(text: &str) -> Option<RequestId> {
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    let mut id = [0; 16];
    for (place, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(id)
}
