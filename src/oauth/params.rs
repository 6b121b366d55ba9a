//! Parameters of a query or form body, with the two rules of RFC 6749 §3.1: an empty value counts as absent, and
//! a known parameter may not be sent twice. Unknown parameters are ignored, also when repeated.

use url::form_urlencoded;

/// Decoded parameters in the order sent.
#[derive(Clone)]
pub struct Params(Vec<(String, String)>);

/// The text is longer than any honest request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more bytes of parameters than are read")]
pub struct ParamsTooLong;

/// A parameter that may be sent once was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parameter {name} was sent more than once")]
pub struct ParamFault {
    /// The parameter.
    pub name: &'static str,
}

impl Params {
    /// Longest query or body that is read.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Decodes `application/x-www-form-urlencoded` text; bytes that are not UTF-8 become U+FFFD, which no rule accepts.
    ///
    /// # Errors
    /// [`ParamsTooLong`] past [`Params::MAX_BYTES`].
    pub fn parse(raw: &[u8]) -> Result<Self, ParamsTooLong> {
        Self::parse_up_to(raw, Self::MAX_BYTES)
    }

    /// As [`Params::parse`], with another bound: for a form of ours in which people write.
    ///
    /// # Errors
    /// [`ParamsTooLong`] past that bound.
    pub fn parse_up_to(raw: &[u8], most: usize) -> Result<Self, ParamsTooLong> {
        if raw.len() > most {
            return Err(ParamsTooLong);
        }
        Ok(Self(form_urlencoded::parse(raw).into_owned().collect()))
    }

    /// The value of a parameter; `None` when absent or empty.
    ///
    /// # Errors
    /// [`ParamFault`] when it was sent more than once.
    pub fn single(&self, name: &'static str) -> Result<Option<&str>, ParamFault> {
        self.only(name, |sent| sent == name)
    }

    /// As [`Params::single`], for names that are header names too and whose case varies in practice.
    ///
    /// # Errors
    /// [`ParamFault`] when it was sent more than once.
    pub fn single_ignoring_case(&self, name: &'static str) -> Result<Option<&str>, ParamFault> {
        self.only(name, |sent| sent.eq_ignore_ascii_case(name))
    }

    fn only(&self, name: &'static str, is_it: impl Fn(&str) -> bool) -> Result<Option<&str>, ParamFault> {
        let mut values = self.0.iter().filter(|(sent, _)| is_it(sent)).map(|(_, value)| value.as_str());
        let first = values.next();
        match values.next() {
            Some(_) => Err(ParamFault { name }),
            None => Ok(first.filter(|value| !value.is_empty())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_value_counts_as_absent_and_a_second_one_is_a_fault() {
        let params = Params::parse(b"a=1&b=&c=x&c=y&d=%26&E=e&e=f").unwrap();
        assert_eq!(params.single("a"), Ok(Some("1")));
        assert_eq!(params.single("b"), Ok(None));
        assert_eq!(params.single("nothing"), Ok(None));
        assert_eq!(params.single("c"), Err(ParamFault { name: "c" }));
        assert_eq!(params.single("d"), Ok(Some("&")));
        assert_eq!(params.single("e"), Ok(Some("f")));
        assert_eq!(params.single_ignoring_case("e"), Err(ParamFault { name: "e" }));
    }

    #[test]
    fn too_much_is_not_read() {
        assert!(Params::parse(&vec![b'a'; Params::MAX_BYTES]).is_ok());
        assert!(Params::parse(&vec![b'a'; Params::MAX_BYTES + 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_asked_for_parameters(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let params = Params::parse(&bytes).unwrap();
            let _ = params.single("state");
        }
    }
}
