//! E-mail addresses as accounts have them: one per person over the whole installation (R-RG-01).

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroize;

/// The longest address there can be, in bytes (RFC 5321).
const LONGEST: usize = 254;
/// The longest part before the `@`.
const LONGEST_LOCAL: usize = 64;

/// An address in the form in which two of them are compared: trimmed, in lower case, the domain as the DNS has it.
///
/// `Debug` never prints it; it leaves this type through [`EmailAddress::as_str`] only, for hashing, sealing and sending.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// The text is no address that mail can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct InvalidEmail;

impl EmailAddress {
    /// The address, for hashing, sealing and sending only.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(InvalidEmail)?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.is_empty() || local.len() > LONGEST_LOCAL || dots || !local.chars().all(is_part) {
            return Err(InvalidEmail);
        }
        // A domain of other letters is written as the DNS has it, so both spellings are one address.
        let Ok(url::Host::Domain(domain)) = url::Host::parse(domain) else { return Err(InvalidEmail) };
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        let is_name = domain.contains('.') && !domain.ends_with('.');
        if is_name && address.len() <= LONGEST { Ok(Self(address)) } else { Err(InvalidEmail) }
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

impl Drop for EmailAddress {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<EmailAddress>().ok().map(|address| address.as_str().to_owned())
    }

    #[test]
    fn spellings_of_one_address_are_one_address() {
        let one = read("marga@voorbeeld.example");
        for other in ["Marga@Voorbeeld.Example", "  marga@voorbeeld.example ", "MARGA@VOORBEELD.EXAMPLE"] {
            assert_eq!(read(other), one, "{other}");
        }
        assert_eq!(read("a@büro.example"), read("a@xn--bro-hoa.example"));
        assert_ne!(read("marga+kind@voorbeeld.example"), one);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "@",
            "marga",
            "marga@",
            "@voorbeeld.example",
            "m a@voorbeeld.example",
            "a@b",
            "a@127.0.0.1",
            "a@[::1]",
            ".a@b.example",
            "a..b@c.example",
            "a@b.example\r\nBcc: x@y.example",
            "<a@b.example>",
            "a@b.example.",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("{}@b.example", "a".repeat(65))), None);
    }

    proptest! {
        #[test]
        fn an_address_reads_back_as_itself_and_breaks_no_line(text in ".{0,60}") {
            if let Some(address) = read(&text) {
                prop_assert_eq!(read(&address), Some(address.clone()));
                prop_assert!(address.chars().all(|c| c.is_ascii_graphic()));
            }
        }
    }
}
