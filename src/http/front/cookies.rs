//! The two cookies: session id and language.

use axum::http::HeaderName;
use axum::http::header::SET_COOKIE;
use axum::response::AppendHeaders;
use axum_extra::extract::cookie::CookieJar;

use crate::http::pages::Lang;
use crate::oauth::SessionId;

// `__Host-`: browsers then insist on Secure, Path=/ and no Domain.
const SESSION: &str = "__Host-dvza";
const LANG: &str = "__Host-lang";

/// A cookie on its way to the browser.
pub(super) type SetCookie = AppendHeaders<[(HeaderName, String); 1]>;

/// The session id a browser sent.
pub(super) fn session(jar: &CookieJar) -> Option<SessionId> {
    SessionId::offered(jar.get(SESSION)?.value())
}

/// The language a browser chose earlier.
pub(super) fn lang(jar: &CookieJar) -> Option<Lang> {
    Lang::find(jar.get(LANG)?.value())
}

/// Hands a session id to the browser, until the browser closes.
pub(super) fn with_session(id: &SessionId) -> SetCookie {
    set(format!("{SESSION}={}", id.expose()))
}

/// Takes the session id from the browser.
pub(super) fn without_session() -> SetCookie {
    set(format!("{SESSION}=; Max-Age=0"))
}

/// Remembers a language for a year.
pub(super) fn with_lang(lang: Lang) -> SetCookie {
    set(format!("{LANG}={}; Max-Age=31536000", lang.as_str()))
}

fn set(pair: String) -> SetCookie {
    // Lax, not Strict: the browser comes back from DigiD by a redirect from another site.
    AppendHeaders([(SET_COOKIE, format!("{pair}; Path=/; Secure; HttpOnly; SameSite=Lax"))])
}
