//! Logging in and out. Who logs in chooses the practice first: a person may work in two.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::error::ConsoleError;
use super::guard::login_event;
use super::staff::{Staff, Visit, with_session, without_session};
use super::{Button, ConsoleState};
use crate::audit::{self, Action, Detail, Outcome};
use crate::domain::dossier::SourceId;
use crate::http::context::random;
use crate::http::extract::csrf;
use crate::http::pages::blocks::{Block, Form, Input, Link, Select};
use crate::login::staff::StaffIdentity;
use crate::login::{Departure, LoginError};
use crate::oauth::{LoginState, Params, SessionId};
use crate::store;
use crate::store::practices::PracticeEntry;

/// The choice of a practice.
pub(super) async fn show(State(state): State<ConsoleState>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let visit = Visit::read(&state, &headers, &query.unwrap_or_default());
    answer(&visit, choose(&state, &visit).await)
}

async fn choose(state: &ConsoleState, visit: &Visit) -> Result<Response, ConsoleError> {
    let mut tx = state.app.store().read().await?;
    let practices = store::practices::list(&mut tx).await?;
    tx.close().await?;
    let lang = visit.lang;
    let options: Vec<(String, String)> = practices
        .into_iter()
        .filter(|practice| practice.active)
        .map(|practice| (practice.medmij_name, practice.display_name))
        .collect();
    let select = Select {
        name: "practice".to_owned(),
        label: lang.pick("Praktijk", "Practice").to_owned(),
        value: options.first().map(|(name, _)| name.clone()).unwrap_or_default(),
        options,
        scope: 0,
    };
    let form = Form {
        action: "/login".to_owned(),
        id: None,
        csrf: String::new(),
        parts: vec![Block::Select(select)],
        buttons: vec![Button::action("login", lang.pick("Inloggen", "Log in"))],
    };
    let title = lang.pick("Inloggen voor medewerkers", "Log in for staff");
    let text = lang.pick(
        "Hier regelt de praktijk wat patiënten online zien.",
        "Here the practice decides what patients see online.",
    );
    let page = visit.page(title, vec![Block::Text(text.to_owned()), Block::Form(form)]);
    Ok(state.login.origin().into_iter().fold(page, |page, origin| page.leading_to(origin)).into_response())
}

/// A practice was chosen: away to the means of login.
pub(super) async fn begin(State(state): State<ConsoleState>, headers: HeaderMap, body: Bytes) -> Response {
    let visit = Visit::read(&state, &headers, "");
    answer(&visit, start(&state, &visit, &headers, &body).await)
}

async fn start(
    state: &ConsoleState,
    visit: &Visit,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, ConsoleError> {
    if !csrf::is_own_origin(headers, &state.origin) {
        return Err(ConsoleError::Forged);
    }
    let form = Params::parse(body).map_err(|_| ConsoleError::Forged)?;
    let name = form.single("practice").ok().flatten().unwrap_or_default();
    let (session, login) = (SessionId::from_random(&random()?), LoginState::from_random(&random()?));
    let mut tx = state.app.store().write().await?;
    let practice = store::practices::find_by_name(&mut tx, name).await?.filter(|practice| practice.active);
    let practice = practice.ok_or(ConsoleError::Missing)?;
    store::staff::start(&mut tx, &session.hash(), &practice.scope(), &login.hash(), visit.moment.at).await?;
    tx.commit().await?;
    let response = match state.login.begin(&login, &practice.scope()).await? {
        Departure::Redirect(address) => to(&address),
        Departure::Form { action, fields } => {
            let parts = fields.into_iter().map(|(name, value)| Block::Hidden(name, value)).collect();
            let next = Button::action("next", visit.lang.pick("Verder", "Continue"));
            let form = Form { action, id: None, csrf: String::new(), parts, buttons: vec![next] };
            let page = visit.page(visit.lang.pick("Inloggen", "Log in"), vec![Block::Form(form)]);
            state.login.origin().into_iter().fold(page, |page, origin| page.leading_to(origin)).into_response()
        }
    };
    Ok((with_session(&session), response).into_response())
}

/// The page of the simulator; its route exists only when the simulator is the means of login.
pub(super) async fn simulator(
    State(state): State<ConsoleState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let visit = Visit::read(&state, &headers, &query);
    let params = Params::parse(query.as_bytes()).ok();
    let relay = params.and_then(|params| LoginState::offered(params.single("relay").ok()??));
    let Some(relay) = relay else { return ConsoleError::NoSession.into_page(&visit) };
    let lang = visit.lang;
    let form = Form {
        action: "/login/return".to_owned(),
        id: None,
        csrf: String::new(),
        parts: vec![
            Block::Hidden("relay", relay.expose().to_owned()),
            Block::Input(Input::text("employee", lang.pick("Medewerker (id in het HIS)", "Employee (id in the HIS)"))),
        ],
        buttons: vec![
            Button::action("login", lang.pick("Inloggen", "Log in")),
            Button::action("cancel", lang.pick("Annuleren", "Cancel")),
        ],
    };
    let warning =
        lang.pick("Dit is een nagemaakte login voor ontwikkeling.", "This is a simulated login for development.");
    let title = lang.pick("Login-simulator", "Login simulator");
    visit.page(title, vec![Block::Notice(warning.to_owned()), Block::Form(form)]).into_response()
}

/// The answer of a means of login that redirects.
pub(super) async fn return_by_get(
    State(state): State<ConsoleState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let visit = Visit::read(&state, &headers, "");
    let query = query.unwrap_or_default();
    let result = finish(&state, &visit, query.as_bytes()).await;
    answer(&visit, result)
}

/// The answer of a means of login that posts.
pub(super) async fn return_by_post(State(state): State<ConsoleState>, headers: HeaderMap, body: Bytes) -> Response {
    let visit = Visit::read(&state, &headers, "");
    let result = finish(&state, &visit, &body).await;
    answer(&visit, result)
}

async fn finish(state: &ConsoleState, visit: &Visit, answer: &[u8]) -> Result<Response, ConsoleError> {
    let answer = Params::parse(answer).map_err(|_| ConsoleError::NoSession)?;
    let login = state.login.state(&answer).ok_or(ConsoleError::NoSession)?;
    let old = visit.session.as_ref().ok_or(ConsoleError::NoSession)?.hash();
    let mut tx = state.app.store().write().await?;
    let session = store::staff::find(&mut tx, &old, visit.moment.at).await?.ok_or(ConsoleError::NoSession)?;
    let practice = store::practices::find(&mut tx, &session.scope).await?.ok_or(ConsoleError::NoSession)?;
    tx.commit().await?;
    let identity = match state.login.finish(&answer, visit.moment.at).await {
        Ok(identity) => identity,
        Err(LoginError::Unavailable) => return Err(LoginError::Unavailable.into()),
        Err(LoginError::Cancelled | LoginError::Failed) => {
            return refuse(state, visit, &practice, "login_failed").await;
        }
    };
    let Some((id, role)) = employee_of(state, &practice, identity).await? else {
        return refuse(state, visit, &practice, "no_employee").await;
    };
    let new = SessionId::from_random(&random()?);
    let mut tx = state.app.store().write().await?;
    if !store::staff::identify(&mut tx, (&old, &new.hash()), &login.hash(), &id).await? {
        return Err(ConsoleError::NoSession);
    }
    let event = login_event(visit, practice.id, Some((id.as_str(), &role)));
    audit::append_in(&mut tx, state.app.sealer(), &[event]).await?;
    tx.commit().await?;
    Ok((with_session(&new), to("/")).into_response())
}

/// The employee of this practice who logged in, with the name of the role; `None` for anybody else.
async fn employee_of(
    state: &ConsoleState,
    practice: &PracticeEntry,
    identity: StaffIdentity,
) -> Result<Option<(SourceId, String)>, ConsoleError> {
    let mut tx = state.app.store().read().await?;
    let id = match identity {
        StaffIdentity::Employee(id) => Some(id),
        StaffIdentity::Person(person) => {
            let hash = state.app.sealer().person_hash(practice.id, &person);
            store::staff::employee_of(&mut tx, &practice.scope(), &hash).await?
        }
    };
    let Some(id) = id else { return Ok(None) };
    let employee = state.app.employees(&mut tx, &practice.scope()).await?.remove(&id);
    tx.close().await?;
    let role = employee.filter(|employee| employee.active).map(|employee| employee.role);
    let name = role.and_then(|role| Some(serde_json::to_value(role).ok()?.as_str()?.to_owned()));
    Ok(name.map(|role| (id, role)))
}

async fn refuse(
    state: &ConsoleState,
    visit: &Visit,
    practice: &PracticeEntry,
    reason: &'static str,
) -> Result<Response, ConsoleError> {
    let mut tx = state.app.store().write().await?;
    let event = login_event(visit, practice.id, None).ended(Outcome::Refused, reason);
    audit::append_in(&mut tx, state.app.sealer(), &[event]).await?;
    tx.commit().await?;
    let lang = visit.lang;
    let text = lang.pick(
        "Inloggen is niet gelukt. Werkt u hier? Vraag dan wie de rechten beheert.",
        "Logging in failed. Do you work here? Then ask who manages the rights.",
    );
    let again = Link { href: "/login".to_owned(), text: lang.pick("Opnieuw", "Again").to_owned() };
    let page = visit.page(
        lang.pick("Niet ingelogd", "Not logged in"),
        vec![Block::Fault(text.to_owned()), Block::Links(vec![again])],
    );
    Ok((without_session(), page.with_status(StatusCode::FORBIDDEN)).into_response())
}

/// Log out.
pub(super) async fn leave(staff: Staff) -> Response {
    let result = left(&staff).await;
    answer(&staff.visit, result)
}

async fn left(staff: &Staff) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    if let Some(session) = &staff.visit.session {
        store::staff::end(&mut tx, &session.hash(), staff.at().at).await?;
    }
    staff.record(&mut tx, "console_logout", Action::Execute, None, Detail::default()).await?;
    tx.commit().await?;
    let lang = staff.lang();
    let again = Link { href: "/login".to_owned(), text: lang.pick("Opnieuw inloggen", "Log in again").to_owned() };
    let page = staff.visit.page(lang.pick("U bent uitgelogd", "You are logged out"), vec![Block::Links(vec![again])]);
    let clear = [("clear-site-data", "\"cache\", \"storage\"")];
    Ok((without_session(), clear, page).into_response())
}

/// To another page, always by GET.
pub(super) fn to(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)], Html("")).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn answer(visit: &Visit, result: Result<Response, ConsoleError>) -> Response {
    match result {
        Ok(response) => visit.answer(response),
        Err(error) => error.into_page(visit),
    }
}
