//! The start page: where the dossier stands, and the way to everything else.

use axum::response::{IntoResponse, Response};

use super::{Own, access, results};
use crate::domain::dossier::DossierState;
use crate::http::front::consents;
use crate::http::front::error::PageError;
use crate::http::front::visit::Visit;
use crate::http::pages::Page;
use crate::http::pages::my::views::{Ask, Start, Tile};
use crate::http::pages::my::{MyTexts, dates};
use crate::http::pages::texts::fill;
use crate::oauth::Params;
use crate::store::authorization::sessions::Door;

/// The start page; without a login first the choice of a practice.
pub(super) async fn show(visit: Visit) -> Response {
    let result = match show_start(&visit).await {
        Err(PageError::NoSession) => offer(&visit).await,
        other => other,
    };
    visit.answer(result)
}

async fn offer(visit: &Visit) -> Result<Response, PageError> {
    let m = MyTexts::of(visit.lang);
    consents::offer(visit, Door::My, (m.practices_title, m.practices_label)).await
}

async fn show_start(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    let my = own.my(visit)?;
    let m = my.m;
    let ask = own.standing.may_ask().then(|| visit.csrf(access::ASK)).transpose()?;
    let view = Start {
        frame: own.frame(visit),
        title: own.say(m.start_title),
        intro: own.say(m.start_intro),
        notice: notice(visit, &own, m),
        state: state(visit, &own, m).await?,
        ask: ask.map(|csrf| Ask { csrf, path: access::ASK }),
        may_close: own.standing.is_open(),
        results: results::section(visit, &own)?,
        tiles: tiles(m).map(|(path, title, text)| Tile { path, title, text }).into(),
        my,
    };
    Ok(Page::new(view).into_response())
}

/// What was just done, as the form that did it says; it is said only while it is so.
fn notice(visit: &Visit, own: &Own, m: &MyTexts) -> Option<&'static str> {
    let query = Params::parse(visit.query.as_bytes()).ok()?;
    match (query.single("done").ok()??, own.standing.state) {
        ("results", DossierState::Open) => Some(m.results.changed),
        ("asked", DossierState::Requested) => Some(m.done_asked),
        ("opened", DossierState::Open) => Some(m.done_opened),
        ("closed", DossierState::Closed) => Some(m.done_closed),
        _ => None,
    }
}

/// Where the dossier stands, in sentences; a refusal tells the way to a copy and to a complaint (R-DR-10). On hold is the practice's own matter: it reads as asked.
async fn state(visit: &Visit, own: &Own, m: &MyTexts) -> Result<Vec<String>, PageError> {
    let mut lines = match own.standing.state {
        _ if own.standing.is_open() => vec![own.say(m.state_open)],
        DossierState::None => vec![own.say(m.state_none)],
        DossierState::Requested | DossierState::OnHold | DossierState::Open => {
            let expected = expected(visit, own).await?;
            let expected = expected.map(|day| fill(m.state_expected, &[("date", &day)]));
            [own.say(m.state_asked)].into_iter().chain(expected).collect()
        }
        DossierState::Closed => vec![own.say(m.state_closed)],
        DossierState::Refused => [m.state_refused, m.state_copy, m.state_complaint].map(|text| own.say(text)).into(),
    };
    if own.standing.shows_data() && !own.standing.is_open() {
        lines.push(own.say(m.state_copies));
    }
    if own.standing.is_invited(visit.moment) {
        lines.push(own.say(m.state_invited));
    }
    Ok(lines)
}

/// The last day of the month within which the practice answers (R-DR-08).
async fn expected(visit: &Visit, own: &Own) -> Result<Option<String>, PageError> {
    let app = &visit.state.app;
    let mut tx = app.store().read().await?;
    let asked = app.asked_at(&mut tx, &own.who, &own.standing.subject).await?;
    tx.close().await?;
    Ok(asked.map(|at| dates::day(at.plus_local_months(1))))
}

/// Path, title and explanation of each page.
const fn tiles(m: &MyTexts) -> [(&'static str, &'static str, &'static str); 7] {
    [
        ("/my/data", m.tile_data, m.tile_data_text),
        ("/my/log", m.tile_log, m.tile_log_text),
        ("/consents", m.tile_consents, m.tile_consents_text),
        ("/my/requests", m.tile_requests, m.tile_requests_text),
        ("/my/exclusions", m.tile_exclusions, m.tile_exclusions_text),
        ("/my/email", m.email.tile, m.email.tile_text),
        ("/my/help", m.tile_help, m.tile_help_text),
    ]
}
