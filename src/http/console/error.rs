//! What an employee reads when something cannot be done; the one place that turns an error into a page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::ROUTES;
use super::staff::Visit;
use crate::app::{LetterError, ShowError};
use crate::http::context::NoRandomness;
use crate::http::pages::blocks::{Block, Link};
use crate::import::ImportError;
use crate::login::LoginError;
use crate::store::StoreError;

/// Something that cannot be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConsoleError {
    /// Nobody is logged in, or not any more.
    #[error("no live session")]
    NoSession,
    /// The form is not proven to be ours.
    #[error("form without proof of origin")]
    Forged,
    /// This employee may not do that; the code of the right, or of the reason.
    #[error("not allowed: {0}")]
    Denied(&'static str),
    /// There is no such page, patient or record here.
    #[error("nothing here")]
    Missing,
    /// What was sent cannot be: in words of the page's language.
    #[error("refused: {0}")]
    Refused(String),
    /// Database.
    #[error("storage failed")]
    Store(#[from] StoreError),
    /// Rendering.
    #[error("rendering failed")]
    Import(#[from] ImportError),
    /// Showing.
    #[error("showing failed")]
    Show(#[from] ShowError),
    /// Random source.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// A letter.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// Means of login.
    #[error(transparent)]
    Login(#[from] LoginError),
}

/// Goes with a page that refuses what is not on record yet: the guard writes it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal(pub &'static str);

impl ConsoleError {
    /// Why something was refused, where nobody has put it on record: a page or record that is not there, a form of others, and
    /// what a form may not say. What an employee may not do was recorded when it was found (`guard::deny`).
    const fn unrecorded(&self) -> Option<Refusal> {
        match self {
            Self::Missing => Some(Refusal("missing")),
            Self::Forged => Some(Refusal("forged")),
            Self::Refused(_) => Some(Refusal("invalid")),
            _ => None,
        }
    }

    /// Status and page of each error.
    pub(super) fn into_page(self, visit: &Visit) -> Response {
        let lang = visit.lang;
        let (status, title, text) = match &self {
            Self::NoSession => (
                StatusCode::UNAUTHORIZED,
                lang.pick("U bent niet ingelogd", "You are not logged in"),
                lang.pick("Log in om verder te gaan.", "Log in to continue.").to_owned(),
            ),
            Self::Forged => (
                StatusCode::FORBIDDEN,
                lang.pick("Dit formulier is niet van ons", "This form is not ours"),
                lang.pick("Ga terug en probeer het opnieuw.", "Go back and try again.").to_owned(),
            ),
            Self::Denied(_) => (
                StatusCode::FORBIDDEN,
                lang.pick("U mag dit niet", "You may not do this"),
                lang.pick(
                    "U hebt dit recht niet, of de patiënt heeft u uitgesloten. De poging is vastgelegd.",
                    "You do not have this right, or the patient has excluded you. The attempt was recorded.",
                )
                .to_owned(),
            ),
            Self::Missing => (
                StatusCode::NOT_FOUND,
                lang.pick("Niet gevonden", "Not found"),
                lang.pick("Deze pagina bestaat niet.", "This page does not exist.").to_owned(),
            ),
            Self::Refused(words) => {
                (StatusCode::UNPROCESSABLE_ENTITY, lang.pick("Dit kan zo niet", "This cannot be done"), words.clone())
            }
            other => return fault(visit, other),
        };
        let (href, text_of_link) = match &self {
            Self::NoSession => ("/login".to_owned(), lang.pick("Inloggen", "Log in")),
            Self::Refused(_) => (page_of(&visit.path), lang.pick("Terug", "Back")),
            _ => ("/".to_owned(), lang.pick("Naar het postvak", "To the work list")),
        };
        let link = Link { href, text: text_of_link.to_owned() };
        let page = visit.page(title, vec![Block::Fault(text), Block::Links(vec![link])]);
        let mut response = visit.answer(page.with_status(status).into_response());
        if let Some(refusal) = self.unrecorded() {
            response.extensions_mut().insert(refusal);
        }
        response
    }
}

/// The page with the form that was refused: the form's own address where that is a page, else the one above it.
fn page_of(path: &str) -> String {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let is_page = ROUTES.iter().any(|route| route.method == "GET" && last(route.path) == last(path));
    let above = path.rsplit_once('/').map(|(above, _)| above).filter(|above| !above.is_empty());
    if is_page && !path.is_empty() { path.to_owned() } else { above.unwrap_or("/").to_owned() }
}

fn fault(visit: &Visit, error: &ConsoleError) -> Response {
    let id = Uuid::new_v4();
    tracing::error!(error = %error, source = ?std::error::Error::source(error), trace.id = %id, "a page of the console could not be served");
    let lang = visit.lang;
    let title = lang.pick("Technische storing", "Technical fault");
    let text = lang.pick(
        "Probeer het later opnieuw. Noem dit nummer als u belt:",
        "Try again later. Mention this number when you call:",
    );
    let page = visit.page(title, vec![Block::Fault(format!("{text} {id}"))]);
    visit.answer(page.with_status(StatusCode::SERVICE_UNAVAILABLE).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_a_refusal_one_gets_back_to_the_page_with_the_form() {
        for (form, page) in [
            ("/settings", "/settings"),
            ("/p/x/results", "/p/x/results"),
            ("/p/x/release", "/p/x"),
            ("/p/x/mark", "/p/x"),
            ("/logout", "/"),
            ("", "/"),
        ] {
            assert_eq!(page_of(form), page, "{form}");
        }
    }
}
