//! One request of a browser: its language, its session id, its instant.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;

use super::cookies;
use super::error::{Cause, PageError};
use super::state::FrontState;
use crate::domain::time::Moment;
use crate::http::extract::csrf;
use crate::http::pages::Lang;
use crate::http::steps::Step;
use crate::medmij::Lists;
use crate::oauth::{Params, SessionId};
use crate::store::Tx;

/// A request of a browser.
pub(super) struct Visit {
    /// State of the front channel.
    pub(super) state: FrontState,
    /// The instant of the request.
    pub(super) moment: Moment,
    /// Language of the answer.
    pub(super) lang: Lang,
    /// The query, undecoded.
    pub(super) query: String,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// The session id in the cookie; whether it is alive is still to be asked.
    session: Option<SessionId>,
    /// The language was asked for in this request, so it is to be remembered.
    chose_lang: bool,
}

impl FromRequestParts<FrontState> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &FrontState) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let asked = Params::parse(query.as_bytes()).ok().and_then(|params| Lang::find(params.single("lang").ok()??));
        let accepted = || Lang::from_accept(parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
        let lang = asked.or_else(|| cookies::lang(&jar)).or_else(accepted).unwrap_or_default();
        Ok(Self {
            state: state.clone(),
            moment: state.context.clock.moment(),
            lang,
            query,
            headers: parts.headers.clone(),
            session: cookies::session(&jar),
            chose_lang: asked.is_some(),
        })
    }
}

impl Visit {
    /// The answer, or the page that says why there is none.
    pub(super) fn answer(&self, result: Result<Response, PageError>) -> Response {
        let response = result.unwrap_or_else(|error| error.into_page(self));
        if self.chose_lang { (cookies::with_lang(self.lang), response).into_response() } else { response }
    }

    /// The session id of the cookie.
    pub(super) fn session_id(&self) -> Result<&SessionId, PageError> {
        self.session.as_ref().ok_or(PageError::NoSession)
    }

    /// The fields of a form that is ours: right origin, right token.
    pub(super) fn own_form(&self, form: &str, body: &[u8]) -> Result<Params, PageError> {
        self.own_long_form(form, body, Params::MAX_BYTES)
    }

    /// As [`Visit::own_form`], for a form that may be longer than others.
    pub(super) fn own_long_form(&self, form: &str, body: &[u8], most: usize) -> Result<Params, PageError> {
        if !csrf::is_own_origin(&self.headers, &self.state.context.settings.front_origin) {
            return Err(PageError::Forged);
        }
        let params = Params::parse_up_to(body, most).map_err(|_| PageError::Forged)?;
        let sent = params.single("csrf").ok().flatten().unwrap_or_default();
        if csrf::is_token(self.session_id()?, form, sent) { Ok(params) } else { Err(PageError::Forged) }
    }

    /// The fields of a form from our origin, which starts something and changes nothing.
    pub(super) fn form(&self, body: &[u8]) -> Result<Params, PageError> {
        if !csrf::is_own_origin(&self.headers, &self.state.context.settings.front_origin) {
            return Err(PageError::Forged);
        }
        Params::parse(body).map_err(|_| PageError::Forged)
    }

    /// The token of a form.
    pub(super) fn csrf(&self, form: &str) -> Result<String, PageError> {
        Ok(csrf::token(self.session_id()?, form))
    }

    /// The lists, when they are young enough to decide on.
    pub(super) fn lists(&self) -> Result<Arc<Lists>, PageError> {
        let lists = self.state.context.lists.load_full();
        let max_age = self.state.context.settings.lists_max_age_seconds;
        if lists.are_usable_at(self.moment.at, max_age) { Ok(lists) } else { Err(Cause::ListsTooOld.into()) }
    }

    /// A transaction for one step.
    pub(super) async fn write(&self) -> Result<Tx<'static>, PageError> {
        Ok(self.state.context.store.write().await?)
    }

    /// Stores the event of a step, in the step's transaction.
    pub(super) async fn record(&self, tx: &mut Tx<'static>, step: Step) -> Result<(), PageError> {
        Ok(step.record(tx, &self.state.context.sealer).await?)
    }
}

/// To another page of ours, always by GET.
pub(super) fn to_page(path: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, path)
}

/// To a PGO or a means of login: the redirect OAuth and SAML know.
pub(super) fn to_outside(address: &str) -> Response {
    redirect(StatusCode::FOUND, address)
}

fn redirect(status: StatusCode, address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (status, [(header::LOCATION, location)]).into_response(),
        // Addresses come from parsers that let printable ASCII through only.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
