//! The front channel: what a patient's browser sees, from the PGO's request to the code, and the consents given.
//!
//! One flow: `/oauth/authorize` → `/landing` → login → `/consent` → back to the PGO with a code. The cookie holds a
//! session id and nothing else; every step is a conditional change of the stored grant, with its audit event in the
//! same transaction, before the answer. Screens: medmij-authorization §1.6-1.7; faults: §2.6; sessions:
//! release-rules §8. Token requests are `http::back::token`; logging in itself is `login`.

mod again;
mod assets;
mod authorize;
mod consent;
mod consents;
mod cookies;
mod email;
mod error;
mod flow;
mod landing;
mod login;
mod my;
mod refusal;
mod state;
#[cfg(test)]
mod tests;
mod visit;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::{get, post};

use crate::http::pages::harden;
use crate::oauth::Params;

pub use state::FrontState;

/// Every page of the front channel.
pub fn router(state: FrontState) -> Router {
    let mut router = Router::new()
        .route("/oauth/authorize", get(authorize::authorize))
        .route("/landing", get(landing::show).post(landing::choose))
        .route("/login/return", get(login::return_by_get).post(login::return_by_post))
        .route("/cancelled", get(refusal::cancelled).post(refusal::after_cancel))
        .route("/unavailable", get(refusal::unavailable).post(refusal::after_unavailable))
        .route("/consent", get(consent::show).post(consent::decide))
        .route("/consents", get(consents::overview).post(consents::select))
        .route("/consents/start", post(consents::start))
        .route("/consents/withdraw", get(consents::confirm).post(consents::withdraw))
        .route("/consents/leave", post(consents::leave))
        .route(crate::app::CONFIRM_PATH, get(email::ask).post(email::confirm))
        .route("/register", get(email::offer).post(email::register))
        .merge(my::router())
        .route("/.well-known/security.txt", get(assets::security))
        .route("/static/style.css", get(assets::style))
        .route("/static/medmij-logo", get(assets::medmij_logo))
        .route("/logo/{practice}/{version}", get(assets::practice_logo));
    if state.login.is_simulator() {
        router = router.route(crate::login::simulator::PATH, get(login::simulator));
    }
    router
        .fallback(error::missing)
        .layer(DefaultBodyLimit::max(Params::MAX_BYTES))
        .layer(map_response(harden))
        .with_state(state)
}
