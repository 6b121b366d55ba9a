//! The two ids every MedMij request carries: of the request and of the whole session.

use uuid::Uuid;

use super::Params;

/// `MedMij-Request-ID` (trace) and `X-Correlation-ID` (session); shown to people and logged (medmij-authorization
/// §2.1, §3.1, §8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestIds {
    /// New for every request.
    pub request: Uuid,
    /// One per authorization request, kept until the data has been collected.
    pub correlation: Uuid,
}

/// An id is absent, repeated, or not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("MedMij-Request-ID and X-Correlation-ID must both be sent as a UUID")]
pub struct InvalidRequestIds;

/// The ids as they stand in the headers of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentIds<'a> {
    /// Header `MedMij-Request-ID`.
    pub request: Option<&'a str>,
    /// Header `X-Correlation-ID`.
    pub correlation: Option<&'a str>,
}

impl RequestIds {
    /// Header and parameter name of the request id.
    pub const REQUEST: &'static str = "MedMij-Request-ID";
    /// Header and parameter name of the correlation id.
    pub const CORRELATION: &'static str = "X-Correlation-ID";

    /// Reads both headers, as the token and resource interface demand.
    ///
    /// # Errors
    /// [`InvalidRequestIds`] when one is absent or malformed.
    pub fn from_headers(sent: SentIds<'_>) -> Result<Self, InvalidRequestIds> {
        let id = |text: Option<&str>| text.and_then(read_uuid).ok_or(InvalidRequestIds);
        Ok(Self { request: id(sent.request)?, correlation: id(sent.correlation)? })
    }

    /// Reads the ids of an authorization request: query parameters since 2.2, headers before (§12 row 3).
    pub(super) fn from_query(params: &Params, headers: SentIds<'_>) -> Result<Self, InvalidRequestIds> {
        let sent = |name, header| match params.single_ignoring_case(name) {
            Ok(value) => Ok(value.or(header)),
            Err(_) => Err(InvalidRequestIds),
        };
        Self::from_headers(SentIds {
            request: sent(Self::REQUEST, headers.request)?,
            correlation: sent(Self::CORRELATION, headers.correlation)?,
        })
    }
}

fn read_uuid(text: &str) -> Option<Uuid> {
    // The parser of the crate also takes braces, urn: and forms without hyphens, which MedMij does not.
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "7d4f6d0c-9a1b-4c3e-8f00-1f2e3d4c5b6a";
    const B: &str = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";

    #[test]
    fn ids_are_read_from_the_query_first_and_from_headers_for_older_clients() {
        let headers = SentIds { request: Some(A), correlation: Some(A) };
        let query = Params::parse(format!("medmij-request-id={B}").as_bytes()).unwrap();
        let ids = RequestIds::from_query(&query, headers).unwrap();
        assert_eq!((ids.request.to_string(), ids.correlation.to_string()), (B.to_owned(), A.to_owned()));
    }

    #[test]
    fn anything_but_a_hyphenated_uuid_is_refused() {
        for bad in [
            "",
            "x",
            "{7d4f6d0c-9a1b-4c3e-8f00-1f2e3d4c5b}",
            "7d4f6d0c9a1b4c3e8f001f2e3d4c5b6a",
            "7d4f6d0c-9a1b-4c3e-8f00-1f2e3d4c5b6z",
        ] {
            let sent = SentIds { request: Some(bad), correlation: Some(A) };
            assert_eq!(RequestIds::from_headers(sent), Err(InvalidRequestIds), "{bad}");
        }
        assert_eq!(RequestIds::from_headers(SentIds { request: Some(A), correlation: None }), Err(InvalidRequestIds));
    }

    #[test]
    fn an_id_sent_twice_is_refused() {
        let query =
            Params::parse(format!("X-Correlation-ID={A}&X-correlation-ID={B}&MedMij-Request-ID={A}").as_bytes())
                .unwrap();
        assert_eq!(RequestIds::from_query(&query, SentIds::default()), Err(InvalidRequestIds));
    }
}
