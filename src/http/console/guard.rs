//! Nobody reaches a page but through here: session, right, patient, exclusion, and that a form is ours.

use std::collections::HashMap;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::ConsoleState;
use super::error::{ConsoleError, Refusal};
use super::staff::{Fields, Inner, Staff, Visit, Who};
use super::upload::{self, Upload};
use crate::audit::{self, Action, Actor, Detail, Event, Kind, Outcome};
use crate::domain::ids::{PatientId, PatientRef};
use crate::domain::rights::Right;
use crate::http::extract::csrf;
use crate::store::{self, Tx};

/// The longest form: the tick boxes of a long dossier.
const FORM_BYTES: usize = 1024 * 1024;

/// What a route asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Name of the route in the audit trail.
    pub name: &'static str,
    /// The right it needs; `None`: any employee.
    pub right: Option<Right>,
}

/// Lets a request through, or answers it; what is refused is on record either way.
pub(super) async fn guard(State((state, rule)): State<(ConsoleState, Rule)>, request: Request, next: Next) -> Response {
    let visit = Visit::read(&state, request.headers(), request.uri().query().unwrap_or_default());
    let visit = visit.at(request.uri().path());
    let staff = match identify(&state, &visit).await {
        Ok(staff) => staff,
        Err(ConsoleError::NoSession) if visit.session.is_none() => return Redirect::to("/login").into_response(),
        Err(error) => return error.into_page(&visit),
    };
    let (response, who) = match admit(&state, rule, &staff, request).await {
        Ok(request) => {
            let who = request.extensions().get::<Who>().map(|Who(who)| *who);
            (next.run(request).await, who)
        }
        Err(error) => (error.into_page(&visit), None),
    };
    let Some(Refusal(reason)) = response.extensions().get::<Refusal>().copied() else { return response };
    match record(&staff, "console_refused", rule.name, reason, who.as_ref()).await {
        Ok(()) => response,
        Err(error) => error.into_page(&visit),
    }
}

async fn admit(state: &ConsoleState, rule: Rule, staff: &Staff, request: Request) -> Result<Request, ConsoleError> {
    let (mut parts, body) = request.into_parts();
    let path: Path<HashMap<String, String>> =
        Path::from_request_parts(&mut parts, &()).await.map_err(|_| ConsoleError::Missing)?;
    let patient =
        path.get("patient").map(|id| id.parse::<PatientId>().map_err(|_| ConsoleError::Missing)).transpose()?;
    let patient = patient.map(|patient| PatientRef { practice: staff.practice.id, patient });
    if let Some(right) = rule.right.filter(|right| !staff.may(*right)) {
        return Err(deny(staff, rule.name, right.as_str(), patient.as_ref()).await);
    }
    if let Some(who) = patient {
        if let Some(reason) = foreign(staff, &who).await? {
            return Err(deny(staff, rule.name, reason, Some(&who)).await);
        }
        parts.extensions.insert(Who(who));
    }
    let body = if parts.method == Method::POST {
        let (fields, upload) = own_form(state, &staff.visit, rule, &parts.headers, body).await?;
        parts.extensions.insert(fields);
        parts.extensions.insert(upload);
        Body::empty()
    } else {
        body
    };
    parts.extensions.insert(staff.clone());
    Ok(Request::from_parts(parts, body))
}

/// The employee behind the session, at work in an active practice.
async fn identify(state: &ConsoleState, visit: &Visit) -> Result<Staff, ConsoleError> {
    let id = visit.session.as_ref().ok_or(ConsoleError::NoSession)?.hash();
    let mut tx = state.app.store().write().await?;
    let at = visit.moment.at;
    let session = store::staff::find(&mut tx, &id, at).await?.ok_or(ConsoleError::NoSession)?;
    let employee_id = session.employee.ok_or(ConsoleError::NoSession)?;
    let policy = state.app.policy(&mut tx, session.scope.practice).await?;
    let idle_minutes = policy.map_or(1, |policy| policy.idle_minutes);
    if session.last_seen_at.plus_seconds(i64::from(idle_minutes) * 60) <= at {
        store::staff::end(&mut tx, &id, at).await?;
        tx.commit().await?;
        return Err(ConsoleError::NoSession);
    }
    store::staff::seen(&mut tx, &id, at).await?;
    let practice = store::practices::find(&mut tx, &session.scope).await?.filter(|practice| practice.active);
    let practice = practice.ok_or(ConsoleError::NoSession)?;
    let employee = state.app.employees(&mut tx, &session.scope).await?.remove(&employee_id);
    let employee = employee.filter(|employee| employee.active).ok_or(ConsoleError::NoSession)?;
    let rights = state.app.rights_of(&mut tx, &session.scope, &employee_id, &employee).await?;
    tx.commit().await?;
    let (visit, state) = (visit.clone(), state.clone());
    Ok(Staff::new(Inner { visit, state, practice, id: employee_id, employee, rights, idle_minutes }))
}

/// Why this employee may not see this patient's dossier: excluded by name (R-CO-07), or it is their own (§7.3). A patient that is
/// not of this practice is not there at all (R-CO-08).
pub(super) async fn foreign(staff: &Staff, who: &PatientRef) -> Result<Option<&'static str>, ConsoleError> {
    let mut tx = staff.read().await?;
    let entry = store::patients::find(&mut tx, staff.state.app.sealer(), who).await?;
    let entry = entry.filter(|entry| entry.removed_at.is_none()).ok_or(ConsoleError::Missing)?;
    if store::staff::excluded(&mut tx, who).await?.contains_key(&staff.id) {
        return Ok(Some("excluded"));
    }
    let own = match entry.bsn_hash {
        Some(hash) => store::staff::employee_of(&mut tx, &staff.scope(), &hash).await?,
        None => None,
    };
    tx.close().await?;
    Ok((own.as_ref() == Some(&staff.id)).then_some("own_dossier"))
}

/// The refusal of what an employee may not do, which is on record (release-rules §6.3).
pub(super) async fn deny(
    staff: &Staff,
    route: &'static str,
    reason: &'static str,
    who: Option<&PatientRef>,
) -> ConsoleError {
    match record(staff, "console_denied", route, reason, who).await {
        Ok(()) => ConsoleError::Denied(reason),
        Err(error) => error,
    }
}

async fn record(
    staff: &Staff,
    kind: &'static str,
    route: &'static str,
    reason: &'static str,
    who: Option<&PatientRef>,
) -> Result<(), ConsoleError> {
    let mut tx = staff.write().await?;
    let mut detail = Detail::default();
    detail.facts.insert("route".to_owned(), route.to_owned());
    let event = staff.event(kind, Action::Execute).with(detail).ended(Outcome::Refused, reason);
    // A patient of another practice is not named in the trail of this one.
    let event = match who {
        Some(who) if exists(&mut tx, staff, who).await? => event.about(who),
        _ => event,
    };
    audit::append_in(&mut tx, staff.state.app.sealer(), &[event]).await?;
    tx.commit().await?;
    metrics::counter!("dvza_console_denied_total").increment(1);
    Ok(())
}

async fn exists(tx: &mut Tx<'_>, staff: &Staff, who: &PatientRef) -> Result<bool, ConsoleError> {
    Ok(store::patients::find(tx, staff.state.app.sealer(), who).await?.is_some())
}

async fn own_form(
    state: &ConsoleState,
    visit: &Visit,
    rule: Rule,
    headers: &axum::http::HeaderMap,
    body: Body,
) -> Result<(Fields, Upload), ConsoleError> {
    if !csrf::is_own_origin(headers, &state.origin) {
        return Err(ConsoleError::Forged);
    }
    let (fields, upload) = if upload::is_upload(rule.name, headers) {
        let bytes = to_bytes(body, upload::FORM_BYTES).await.map_err(|_| too_large(visit))?;
        upload::read(headers.get(CONTENT_TYPE), bytes).await?
    } else {
        let bytes = to_bytes(body, FORM_BYTES).await.map_err(|_| ConsoleError::Forged)?;
        (url::form_urlencoded::parse(&bytes).into_owned().collect(), Upload::default())
    };
    let fields = Fields(std::sync::Arc::new(fields));
    if visit.is_token(fields.get("csrf").unwrap_or_default()) {
        Ok((fields, upload))
    } else {
        Err(ConsoleError::Forged)
    }
}

/// A form whose file is larger than any that is taken; nothing of it was looked at.
fn too_large(visit: &Visit) -> ConsoleError {
    let text = visit.lang.pick("Bestand: groter dan 5 MB.", "File: larger than 5 MB.");
    ConsoleError::Refused(text.to_owned())
}

/// An event of somebody who could not log in, or of the login itself.
pub(super) fn login_event(
    visit: &Visit,
    practice: crate::domain::ids::PracticeId,
    employee: Option<(&str, &str)>,
) -> Event {
    let actor = match employee {
        Some((id, role)) => Actor::Employee { id: id.to_owned(), role: role.to_owned() },
        None => Actor::Person { pseudonym: String::new() },
    };
    let kind = Kind::new("console_login").unwrap_or(Kind::UNNAMED);
    Event::new(visit.moment.at, kind, Action::Execute, actor).in_practice(practice)
}
