//! The practice console: what the practice decides about what its patients see online (release-rules §6).
//!
//! Server-rendered forms, Dutch first. Every route stands in [`routes`] with the right it needs, and is reached through `guard`
//! only; a refusal is as much on record as what is done. Decisions are stored as decisions (`domain::decision`) and rendered by
//! the import, so that preview, patient's page and PGO follow the same facts.

mod accounts;
mod alarms;
mod dossier;
mod error;
pub(crate) mod extraction;
mod guard;
mod help;
mod invite;
mod login;
mod marks;
mod overview;
mod patients;
mod results;
mod settings;
mod staff;
mod upload;
mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use crate::app::App;
use crate::domain::rights::Right;
use crate::http::pages::blocks::Button;
use crate::http::pages::harden;
use crate::import::Importer;
use crate::login::staff::{self as means, StaffLogin};
use error::ConsoleError;
use guard::{Rule, guard};
use staff::Staff;

/// What the console's handlers share; cheap to clone.
#[derive(Clone)]
pub struct ConsoleState {
    /// The server.
    pub app: App,
    /// Renders what was decided.
    pub importer: Importer,
    /// The means by which employees log in.
    pub login: StaffLogin,
    /// Origin of the console as browsers see it.
    pub origin: String,
}

/// A route of the console, for who tests them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path; `{patient}` is a patient.
    pub path: &'static str,
    /// The right it needs; `None`: any employee.
    pub right: Option<Right>,
}

const fn open(method: &'static str, path: &'static str) -> Route {
    Route { method, path, right: None }
}

const fn needs(right: Right, method: &'static str, path: &'static str) -> Route {
    Route { method, path, right: Some(right) }
}

/// Every route behind the login, and who may take it (release-rules §6.3).
pub const ROUTES: [Route; 40] = [
    open("GET", "/"),
    open("GET", "/help"),
    open("POST", "/logout"),
    needs(Right::ViewDossier, "GET", "/patients"),
    needs(Right::ViewDossier, "POST", "/patients"),
    needs(Right::ViewDossier, "GET", "/p/{patient}"),
    needs(Right::ReleaseDossier, "POST", "/p/{patient}/release"),
    needs(Right::RefuseRequest, "POST", "/p/{patient}/refuse"),
    needs(Right::ReleaseDossier, "POST", "/p/{patient}/close"),
    needs(Right::ReleaseDossier, "POST", "/p/{patient}/request"),
    needs(Right::HideEpisode, "POST", "/p/{patient}/episode"),
    needs(Right::HideLine, "POST", "/p/{patient}/line"),
    needs(Right::MarkThirdParty, "POST", "/p/{patient}/mark"),
    needs(Right::BlockPatient, "POST", "/p/{patient}/block"),
    needs(Right::ConsentDesk, "POST", "/p/{patient}/desk"),
    needs(Right::RegisterRepresentative, "POST", "/p/{patient}/representation"),
    needs(Right::PublishResult, "GET", "/p/{patient}/results"),
    needs(Right::PublishResult, "POST", "/p/{patient}/results"),
    needs(Right::PublishDocument, "GET", "/p/{patient}/documents"),
    needs(Right::PublishDocument, "POST", "/p/{patient}/documents"),
    needs(Right::PublishCopy, "POST", "/p/{patient}/copy"),
    needs(Right::ViewAccessLog, "GET", "/p/{patient}/log"),
    needs(Right::PracticeSettings, "GET", "/settings"),
    needs(Right::PracticeSettings, "POST", "/settings"),
    needs(Right::PracticeSettings, "GET", "/imports"),
    needs(Right::PracticeSettings, "POST", "/imports"),
    needs(Right::PracticeSettings, "GET", "/onboarding"),
    needs(Right::PracticeSettings, "POST", "/onboarding"),
    needs(Right::PracticeSettings, "POST", "/onboarding/file"),
    needs(Right::EmployeeRights, "GET", "/rights"),
    needs(Right::EmployeeRights, "POST", "/rights"),
    needs(Right::ConsentDesk, "GET", "/accounts"),
    needs(Right::ConsentDesk, "POST", "/accounts"),
    needs(Right::ConsentDesk, "POST", "/p/{patient}/email"),
    needs(Right::InviteBatch, "GET", "/invite"),
    needs(Right::InviteBatch, "POST", "/invite"),
    needs(Right::ReportExtract, "GET", "/reports"),
    needs(Right::ReportExtract, "POST", "/reports"),
    needs(Right::ReportExtract, "GET", "/reports/open"),
    needs(Right::ReportExtract, "POST", "/reports/open"),
];

/// Every page of the console.
pub fn router(state: ConsoleState) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let handler = handler(&route);
        let rule = Rule { name: route.path, right: route.right };
        let guarded = handler.route_layer(from_fn_with_state((state.clone(), rule), guard));
        router = router.route(route.path, guarded);
    }
    router = router
        // Browsers ask for it unasked.
        .route("/favicon.ico", get(|| async { axum::http::StatusCode::NO_CONTENT }))
        .route("/login", get(login::show).post(login::begin))
        .route("/login/return", get(login::return_by_get).post(login::return_by_post))
        .route(
            "/static/style.css",
            get(|| style(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/style.css")))),
        )
        .route(
            "/static/console.css",
            get(|| style(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/console.css")))),
        );
    if state.login.is_simulator() {
        router = router.route(means::PATH, get(login::simulator));
    }
    router.fallback(missing).layer(DefaultBodyLimit::max(1024 * 1024)).layer(map_response(harden)).with_state(state)
}

/// The handler of a route; a route without one answers "not found".
fn handler(route: &Route) -> MethodRouter<ConsoleState> {
    match (route.method, route.path) {
        ("GET", "/") => get(overview::show),
        ("GET", "/help") => get(help::show),
        ("POST", "/logout") => post(login::leave),
        ("GET", "/patients") => get(patients::show),
        ("POST", "/patients") => post(patients::find),
        ("GET", "/p/{patient}") => get(dossier::show),
        ("POST", "/p/{patient}/release") => post(dossier::requests::release),
        ("POST", "/p/{patient}/refuse") => post(dossier::requests::refuse),
        ("POST", "/p/{patient}/close") => post(dossier::requests::close),
        ("POST", "/p/{patient}/request") => post(dossier::requests::answer),
        ("POST", "/p/{patient}/episode") => post(dossier::decisions::episode),
        ("POST", "/p/{patient}/line") => post(dossier::decisions::line),
        ("POST", "/p/{patient}/mark") => post(dossier::decisions::mark),
        ("POST", "/p/{patient}/block") => post(dossier::desk::block),
        ("POST", "/p/{patient}/desk") => post(dossier::desk::desk),
        ("POST", "/p/{patient}/representation") => post(dossier::representatives::change),
        ("GET", "/p/{patient}/results") => get(results::show),
        ("POST", "/p/{patient}/results") => post(results::decide),
        ("GET", "/p/{patient}/documents") => get(dossier::documents::show),
        ("POST", "/p/{patient}/documents") => post(dossier::documents::decide),
        ("POST", "/p/{patient}/copy") => post(dossier::copy::publish),
        ("GET", "/p/{patient}/log") => get(dossier::log::show),
        ("GET", "/settings") => get(settings::show),
        ("POST", "/settings") => post(settings::change),
        ("GET", "/imports") => get(settings::imports::show),
        ("POST", "/imports") => post(settings::imports::held::decide),
        ("GET", "/onboarding") => get(settings::onboarding::show),
        ("POST", "/onboarding") => post(settings::onboarding::change),
        ("POST", "/onboarding/file") => post(settings::onboarding::upload),
        ("GET", "/rights") => get(settings::rights::show),
        ("POST", "/rights") => post(settings::rights::change),
        ("GET", "/accounts") => get(accounts::show),
        ("POST", "/accounts") => post(accounts::settle),
        ("POST", "/p/{patient}/email") => post(accounts::note),
        ("GET", "/invite") => get(invite::show),
        ("POST", "/invite") => post(invite::run),
        ("GET", "/reports") => get(settings::reports::show),
        ("POST", "/reports") => post(settings::reports::extract),
        ("GET", "/reports/open") => get(settings::reports::open::show),
        ("POST", "/reports/open") => post(settings::reports::open::download),
        _ => MethodRouter::new().fallback(missing),
    }
}

async fn style(text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, text).into_response()
}

async fn missing() -> Response {
    (axum::http::StatusCode::NOT_FOUND, "not found").into_response()
}

/// The page of a handler, or the one that says why there is none.
fn answer(staff: &Staff, result: Result<Response, ConsoleError>) -> Response {
    result.unwrap_or_else(|error| error.into_page(&staff.visit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_a_handler_and_stands_here_once() {
        for (place, route) in ROUTES.iter().enumerate() {
            assert!(
                ROUTES.iter().skip(place + 1).all(|other| (other.method, other.path) != (route.method, route.path))
            );
        }
    }
}
