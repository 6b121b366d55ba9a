//! The authorization request: read and check in the order the framework prescribes (medmij-authorization §2.1-2.6).
//!
//! Until client and redirect address are trusted, a fault is a page to the person and nobody is redirected
//! (exception 1a); from then on it is a redirect with an OAuth error (exception 1b). Unknown parameters are ignored.

use jiff::civil::Date;

use super::describe::{Descriptions, Situation};
use super::{ClientId, HostRule, Params, RedirectUri, RequestIds, Scope, SentIds};

/// Longest state that is kept and echoed, in characters.
const MAX_STATE: usize = 4096;

/// A checked authorization request; whether its provider exists here is still to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeRequest {
    /// The PGO.
    pub client_id: ClientId,
    /// Where the person goes back to; belongs to the client.
    pub redirect_uri: RedirectUri,
    /// Which provider.
    pub scope: Scope,
    /// To be echoed unchanged.
    pub state: State,
    /// Trace and session id.
    pub ids: RequestIds,
    /// With representation: a mark of the birth date the PGO gave for the represented person. Compared, never read.
    pub birth_mark: Option<String>,
}

/// `state`: 1 to 4096 printable ASCII characters (RFC 6749 appendix A.5), echoed unchanged.
#[derive(Clone, PartialEq, Eq)]
pub struct State(String);

/// Text that cannot be a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a state: 1 to 4096 printable ASCII characters")]
pub struct InvalidState;

/// What happens instead of the landing page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeFault {
    /// Exception 1a: a page, no redirect, no link.
    Page(PageFault),
    /// Exception 1b: back to the PGO with an error.
    Redirect(Box<ErrorRedirect>),
}

/// Why nobody is redirected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// More parameters than any honest request has.
    #[error("the request is too long")]
    TooLong,
    /// `client_id` absent or empty.
    #[error("client_id is missing")]
    ClientMissing,
    /// `client_id` sent twice.
    #[error("client_id is repeated")]
    ClientRepeated,
    /// `client_id` malformed or not on the lists.
    #[error("client_id is not known")]
    ClientUnknown,
    /// `redirect_uri` absent or empty.
    #[error("redirect_uri is missing")]
    RedirectMissing,
    /// `redirect_uri` sent twice.
    #[error("redirect_uri is repeated")]
    RedirectRepeated,
    /// `redirect_uri` is not an address one may redirect to.
    #[error("redirect_uri is not valid")]
    RedirectInvalid,
    /// `redirect_uri` does not belong to the client.
    #[error("redirect_uri does not belong to client_id")]
    RedirectForeign,
}

/// The errors of RFC 6749 §4.1.2.1 that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthorizeError {
    /// A parameter is missing, malformed or repeated.
    InvalidRequest,
    /// Not `code`.
    UnsupportedResponseType,
    /// Not the scope of a provider at this server.
    InvalidScope,
    /// The person or the practice does not give access, for whatever reason.
    AccessDenied,
    /// A fault of ours.
    ServerError,
    /// Lists too old or database away: later may work.
    TemporarilyUnavailable,
}

impl AuthorizeError {
    /// The error code of the standard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

/// A redirect that tells the PGO what went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRedirect {
    /// Checked: belongs to the client.
    pub redirect_uri: RedirectUri,
    /// Echoed when it was sent in an acceptable form.
    pub state: Option<State>,
    /// The error code.
    pub error: AuthorizeError,
    /// What the description is chosen by.
    pub situation: Situation,
}

impl ErrorRedirect {
    /// The address to redirect to.
    pub fn location(&self, descriptions: &Descriptions) -> String {
        let mut params = vec![("error", self.error.as_str())];
        params.extend(descriptions.of(self.situation).map(|text| ("error_description", text)));
        params.extend(self.state.as_ref().map(|state| ("state", state.as_str())));
        self.redirect_uri.with_query(&params)
    }
}

impl AuthorizeRequest {
    /// This request answered with an error.
    pub fn refused(&self, error: AuthorizeError, situation: Situation) -> ErrorRedirect {
        let (redirect_uri, state) = (self.redirect_uri.clone(), Some(self.state.clone()));
        ErrorRedirect { redirect_uri, state, error, situation }
    }
}

impl State {
    /// The text to echo.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for State {
    type Err = InvalidState;

    fn from_str(text: &str) -> Result<Self, InvalidState> {
        let printable = |byte: u8| matches!(byte, b' '..=b'~');
        if (1..=MAX_STATE).contains(&text.len()) && text.bytes().all(printable) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidState)
        }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Binds a browser to its PGO session: not for logs.
        f.write_str("State(…)")
    }
}

/// Makes a mark of a birth date that the request with this state gives: with a key of ours, so that nobody reads it back.
pub type BirthMark<'a> = &'a dyn Fn(&State, Date) -> String;

/// Reads and checks the query of an authorization request.
///
/// `is_known_client` answers from the lists; `headers` are the ids of a client of release 2.1 or older. Without `birth_mark`
/// representation is not offered, and a scope with it is one that is not known.
///
/// # Errors
/// [`AuthorizeFault`] for the first check that fails, in the order of §2.2.
pub fn parse(
    query: &str,
    headers: SentIds<'_>,
    rule: HostRule,
    birth_mark: Option<BirthMark<'_>>,
    is_known_client: impl FnOnce(&ClientId) -> bool,
) -> Result<AuthorizeRequest, AuthorizeFault> {
    let params = Params::parse(query.as_bytes()).map_err(|_| AuthorizeFault::Page(PageFault::TooLong))?;
    let client_id = read_client(&params, is_known_client).map_err(AuthorizeFault::Page)?;
    let redirect_uri = read_redirect(&params, &client_id, rule).map_err(AuthorizeFault::Page)?;
    let state = read_state(&params);
    match read_rest(&params, headers, birth_mark) {
        Ok((scope, state, ids, birth_mark)) => {
            Ok(AuthorizeRequest { client_id, redirect_uri, scope, state, ids, birth_mark })
        }
        Err((error, situation)) => {
            let state = state.ok();
            Err(AuthorizeFault::Redirect(Box::new(ErrorRedirect { redirect_uri, state, error, situation })))
        }
    }
}

fn read_client(params: &Params, is_known: impl FnOnce(&ClientId) -> bool) -> Result<ClientId, PageFault> {
    let sent = params.single("client_id").map_err(|_| PageFault::ClientRepeated)?;
    let client: ClientId = sent.ok_or(PageFault::ClientMissing)?.parse().map_err(|_| PageFault::ClientUnknown)?;
    if is_known(&client) { Ok(client) } else { Err(PageFault::ClientUnknown) }
}

fn read_redirect(params: &Params, client: &ClientId, rule: HostRule) -> Result<RedirectUri, PageFault> {
    let sent = params.single("redirect_uri").map_err(|_| PageFault::RedirectRepeated)?;
    let uri: RedirectUri = sent.ok_or(PageFault::RedirectMissing)?.parse().map_err(|_| PageFault::RedirectInvalid)?;
    if uri.belongs_to(client, rule) { Ok(uri) } else { Err(PageFault::RedirectForeign) }
}

type Refusal = (AuthorizeError, Situation);

const REPEATED: Refusal = (AuthorizeError::InvalidRequest, Situation::Repeated);

type Rest = (Scope, State, RequestIds, Option<String>);

fn read_rest(params: &Params, headers: SentIds<'_>, mark: Option<BirthMark<'_>>) -> Result<Rest, Refusal> {
    match params.single("response_type").map_err(|_| REPEATED)? {
        Some("code") => {}
        Some(_) => return Err((AuthorizeError::UnsupportedResponseType, Situation::ResponseType)),
        None => return Err((AuthorizeError::InvalidRequest, Situation::ResponseType)),
    }
    let invalid_scope = (AuthorizeError::InvalidScope, Situation::Scope);
    let scope = params.single("scope").map_err(|_| REPEATED)?.ok_or(invalid_scope)?;
    let scope: Scope = scope.parse().map_err(|_| invalid_scope)?;
    if scope.representation().is_some() && mark.is_none() {
        return Err(invalid_scope);
    }
    let state = read_state(params)?;
    let ids =
        RequestIds::from_query(params, headers).map_err(|_| (AuthorizeError::InvalidRequest, Situation::RequestIds))?;
    // Without representation the parameter is one that is not known.
    let birth = match (scope.representation(), mark) {
        (Some(_), Some(mark)) => Some(mark(&state, read_birth(params)?)),
        _ => None,
    };
    Ok((scope, state, ids, birth))
}

/// `MedMij_geboortedatum`, eight digits (ext.vert.autorisatie.200).
fn read_birth(params: &Params) -> Result<Date, Refusal> {
    let invalid = (AuthorizeError::InvalidRequest, Situation::BirthDate);
    let text = params.single("MedMij_geboortedatum").map_err(|_| REPEATED)?.ok_or(invalid)?;
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid);
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<i16>().map_err(|_| invalid);
    let small = |range| i8::try_from(part(range)?).map_err(|_| invalid);
    Date::new(part(0..4)?, small(4..6)?, small(6..8)?).map_err(|_| invalid)
}

fn read_state(params: &Params) -> Result<State, Refusal> {
    let invalid = (AuthorizeError::InvalidRequest, Situation::State);
    params.single("state").map_err(|_| REPEATED)?.ok_or(invalid)?.parse().map_err(|_| invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "response_type=code&client_id=pgo.nl&redirect_uri=https%3A%2F%2Fpgo.nl%2Fcb&scope=delinde\
        &state=abc&MedMij-Request-ID=7d4f6d0c-9a1b-4c3e-8f00-1f2e3d4c5b6a\
        &X-Correlation-ID=1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";

    fn read(query: &str) -> Result<AuthorizeRequest, AuthorizeFault> {
        parse(query, SentIds::default(), HostRule::SameAsClient, None, |client| client.as_str() == "pgo.nl")
    }

    fn read_changed(from: &str, to: &str) -> AuthorizeFault {
        assert!(GOOD.contains(from), "the sample has no {from}");
        read(&GOOD.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn a_birth_date_is_marked_for_who_acts_for_another_and_for_nobody_else() {
        let mark = |state: &State, day: Date| format!("{}/{day}", state.as_str());
        let parse = |query: &str, mark: Option<BirthMark<'_>>| {
            parse(query, SentIds::default(), HostRule::SameAsClient, mark, |_| true)
        };
        let asked = GOOD.replacen("scope=delinde", "scope=delinde%20onbehalfofchild&MedMij_geboortedatum=20150228", 1);
        let request = parse(&asked, Some(&mark)).unwrap();
        assert_eq!(request.birth_mark.as_deref(), Some("abc/2015-02-28"));
        let oneself = asked.replacen("%20onbehalfofchild", "", 1);
        assert_eq!(parse(&oneself, Some(&mark)).unwrap().birth_mark, None, "ignored, as any unknown parameter");
        let error = |query: &str, mark: Option<BirthMark<'_>>| match parse(query, mark) {
            Err(AuthorizeFault::Redirect(redirect)) => redirect.error,
            other => panic!("{other:?}"),
        };
        assert_eq!(error(&asked, None), AuthorizeError::InvalidScope, "switched off");
        for wrong in ["2015022", "20150230", "2015-2-28", "+2015022", ""] {
            let query = asked.replacen("20150228", wrong, 1);
            assert_eq!(error(&query, Some(&mark)), AuthorizeError::InvalidRequest, "{wrong}");
        }
        let missing = asked.replacen("MedMij_geboortedatum", "geboortedatum", 1);
        assert_eq!(error(&missing, Some(&mark)), AuthorizeError::InvalidRequest);
    }

    #[test]
    fn a_whole_request_is_read() {
        let request = read(GOOD).unwrap();
        assert_eq!(request.client_id.as_str(), "pgo.nl");
        assert_eq!(request.redirect_uri.as_str(), "https://pgo.nl/cb");
        assert_eq!(request.scope.name(), "delinde");
        assert_eq!(request.state.as_str(), "abc");
    }

    #[test]
    fn parameters_the_interface_does_not_know_are_ignored_even_when_repeated() {
        assert!(read(&format!("{GOOD}&prompt=x&nonce=1&nonce=2&code_challenge=y")).is_ok());
    }

    #[test]
    fn exception_1a_shows_a_page_and_redirects_nobody() {
        let cases = [
            ("client_id=pgo.nl", "x=y", PageFault::ClientMissing),
            ("client_id=pgo.nl", "client_id=", PageFault::ClientMissing),
            ("client_id=pgo.nl", "client_id=pgo.nl&client_id=pgo.nl", PageFault::ClientRepeated),
            ("client_id=pgo.nl", "client_id=other.nl", PageFault::ClientUnknown),
            ("client_id=pgo.nl", "client_id=PGO.nl", PageFault::ClientUnknown),
            ("client_id=pgo.nl", "client_id=p%00go", PageFault::ClientUnknown),
            ("redirect_uri=https%3A%2F%2Fpgo.nl%2Fcb", "x=y", PageFault::RedirectMissing),
            ("redirect_uri=", "redirect_uri=https%3A%2F%2Fpgo.nl&redirect_uri=", PageFault::RedirectRepeated),
            ("https%3A%2F%2Fpgo.nl%2Fcb", "http%3A%2F%2Fpgo.nl", PageFault::RedirectInvalid),
            ("https%3A%2F%2Fpgo.nl%2Fcb", "https%3A%2F%2Fpgo.nl%23f", PageFault::RedirectInvalid),
            ("https%3A%2F%2Fpgo.nl%2Fcb", "https%3A%2F%2Fevil.nl", PageFault::RedirectForeign),
        ];
        for (from, to, fault) in cases {
            assert_eq!(read_changed(from, to), AuthorizeFault::Page(fault), "{to}");
        }
    }

    #[test]
    fn exception_1b_redirects_with_the_error_of_the_first_failing_check() {
        use AuthorizeError::{InvalidRequest, InvalidScope, UnsupportedResponseType};
        let cases = [
            ("response_type=code", "x=y", InvalidRequest, Situation::ResponseType),
            ("response_type=code", "response_type=token", UnsupportedResponseType, Situation::ResponseType),
            ("response_type=code", "response_type=code&response_type=code", InvalidRequest, Situation::Repeated),
            ("scope=delinde", "x=y", InvalidScope, Situation::Scope),
            ("scope=delinde", "scope=delinde~53", InvalidScope, Situation::Scope),
            ("scope=delinde", "scope=a+b", InvalidScope, Situation::Scope),
            ("scope=delinde", "scope=a&scope=b", InvalidRequest, Situation::Repeated),
            ("MedMij-Request-ID=7d4f", "MedMij-Request-ID=zzzz", InvalidRequest, Situation::RequestIds),
            ("X-Correlation-ID=", "X-Correlation=", InvalidRequest, Situation::RequestIds),
        ];
        for (from, to, error, situation) in cases {
            let AuthorizeFault::Redirect(redirect) = read_changed(from, to) else { panic!("no redirect: {to}") };
            assert_eq!((redirect.error, redirect.situation), (error, situation), "{to}");
            assert_eq!(redirect.state.unwrap().as_str(), "abc", "{to}");
        }
    }

    #[test]
    fn a_state_that_cannot_be_echoed_is_not_echoed() {
        for bad in ["", "state=", "state=a%0Ab", "state=%C3%A9", "state=a&state=b"] {
            let AuthorizeFault::Redirect(redirect) = read_changed("state=abc", bad) else {
                panic!("no redirect: {bad}")
            };
            assert_eq!((redirect.error, redirect.state), (AuthorizeError::InvalidRequest, None), "{bad}");
        }
    }

    #[test]
    fn a_state_may_have_4096_characters_and_no_more() {
        let long = |length| GOOD.replace("state=abc", &format!("state={}", "s".repeat(length)));
        assert!(read(&long(4096)).is_ok());
        assert!(matches!(read(&long(4097)), Err(AuthorizeFault::Redirect(_))));
    }

    #[test]
    fn the_redirect_carries_error_description_and_state() {
        let redirect = read(GOOD).unwrap().refused(AuthorizeError::AccessDenied, Situation::Denied);
        assert_eq!(
            redirect.location(&Descriptions::default()),
            "https://pgo.nl/cb?error=access_denied&error_description=Access+was+not+granted&state=abc"
        );
    }

    #[test]
    fn ids_in_headers_serve_clients_of_older_releases() {
        let query = GOOD.split("&MedMij").next().unwrap();
        let id = Some("7d4f6d0c-9a1b-4c3e-8f00-1f2e3d4c5b6a");
        let headers = SentIds { request: id, correlation: id };
        assert!(parse(query, headers, HostRule::SameAsClient, None, |_| true).is_ok());
        assert!(parse(query, SentIds::default(), HostRule::SameAsClient, None, |_| true).is_err());
    }

    proptest! {
        #[test]
        fn no_query_breaks_the_reader_or_redirects_elsewhere(
            change in "[ -~]{0,30}", place in 0_usize..400, cut in 0_usize..20,
        ) {
            let place = place % GOOD.len();
            let end = (place + cut).min(GOOD.len());
            let query = format!("{}{change}{}", &GOOD[..place], &GOOD[end..]);
            if let Err(AuthorizeFault::Redirect(redirect)) = read(&query) {
                prop_assert!(redirect.location(&Descriptions::default()).starts_with("https://pgo.nl/"));
            }
        }

        #[test]
        fn any_text_is_answered(query in "\\PC{0,200}") {
            let _ = read(&query);
        }
    }
}
