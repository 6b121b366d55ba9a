//! Proof that a form is ours: a token bound to the session, and where the request comes from.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::oauth::SessionId;

/// The token of a form in a session. The session id is the key: it is secret, per session, and stored nowhere.
pub fn token(session: &SessionId, form: &str) -> String {
    let key = Key::new(HMAC_SHA256, session.expose().as_bytes());
    URL_SAFE_NO_PAD.encode(sign(&key, form.as_bytes()))
}

/// Is this the token of the form in this session? Takes the same time whatever differs.
pub fn is_token(session: &SessionId, form: &str, sent: &str) -> bool {
    token(session, form).as_bytes().ct_eq(sent.as_bytes()).into()
}

/// May a request from there change anything here? What a browser says must fit; a client that says nothing is left to
/// the token.
pub fn is_own_origin(headers: &HeaderMap, own: &str) -> bool {
    let says = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site_fits = says("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let origin_fits = says(ORIGIN.as_str()).is_none_or(|origin| origin == own);
    site_fits && origin_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_one_form_of_one_session() {
        let (one, two) = (SessionId::from_random(&[1; 32]), SessionId::from_random(&[2; 32]));
        let sent = token(&one, "consent");
        assert!(is_token(&one, "consent", &sent));
        assert!(!is_token(&two, "consent", &sent));
        assert!(!is_token(&one, "landing", &sent));
        assert!(!is_token(&one, "consent", ""));
    }

    #[test]
    fn what_a_browser_says_about_its_origin_must_fit() {
        let own = "https://dva.nl";
        let cases: [(&[(&str, &str)], bool); 7] = [
            (&[], true),
            (&[("origin", own), ("sec-fetch-site", "same-origin")], true),
            (&[("origin", "https://evil.nl")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", own)], false),
            (&[("sec-fetch-site", "none")], false),
        ];
        for (headers, expected) in cases {
            let map: HeaderMap =
                headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(is_own_origin(&map, own), expected, "{headers:?}");
        }
    }
}
