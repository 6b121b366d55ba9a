//! How bodies are stored: compressed against a text of typical resources, since they differ in a few words only.
//!
//! A body of 1.5 kB takes some 300 bytes. The first byte names the form, so that a later one can be told apart; the dictionary
//! belongs to its form and never changes once bodies were stored with it.

use std::io;
use std::sync::OnceLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// Rendered resources of invented patients, most usual last. Never to be edited: stored bodies need it as it is.
const DICTIONARY: &[u8] = include_bytes!("bodies-1.dict");
/// The form made with that dictionary.
const FORM: u8 = 1;
/// A level that leaves literals as they are: the dictionary does the work, and unpacking is mostly copying.
const LEVEL: i32 = -1;
/// No body is larger: an entry has at most eight lines of 4000 characters.
const LARGEST: usize = 4 * 1024 * 1024;

/// Compresses many bodies after each other.
pub(super) struct Packer(Compressor<'static>);

impl Packer {
    /// Ready to pack.
    pub fn new() -> io::Result<Self> {
        static PREPARED: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
        let dictionary = PREPARED.get_or_init(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
        Compressor::with_prepared_dictionary(dictionary).map(Self)
    }

    /// The stored form of a body.
    pub fn pack(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
        let mut packed = Vec::with_capacity(1 + zstd::zstd_safe::compress_bound(body.len()));
        packed.push(FORM);
        packed.extend_from_slice(&self.0.compress(body)?);
        Ok(packed)
    }
}

/// Restores many bodies after each other.
pub(super) struct Unpacker(Decompressor<'static>);

impl Unpacker {
    /// Ready to unpack.
    pub fn new() -> io::Result<Self> {
        static PREPARED: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
        let dictionary = PREPARED.get_or_init(|| DecoderDictionary::copy(DICTIONARY));
        Decompressor::with_prepared_dictionary(dictionary).map(Self)
    }

    /// The body; an error when the bytes are of an unknown form or damaged.
    pub fn unpack(&mut self, stored: &[u8]) -> io::Result<Vec<u8>> {
        let unknown = || io::Error::new(io::ErrorKind::InvalidData, "a stored body of an unknown form");
        let (form, packed) = stored.split_first().ok_or_else(unknown)?;
        if *form != FORM {
            return Err(unknown());
        }
        let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().ok_or_else(unknown)?;
        let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST).ok_or_else(unknown)?;
        self.0.decompress(packed, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_body_comes_back_as_it_was(body: Vec<u8>) {
            let packed = Packer::new().unwrap().pack(&body).unwrap();
            prop_assert_eq!(Unpacker::new().unwrap().unpack(&packed).unwrap(), body);
        }

        #[test]
        fn damaged_bytes_are_an_error_and_never_a_panic(mut packed: Vec<u8>, formed: bool) {
            if formed && !packed.is_empty() {
                packed[0] = FORM;
            }
            let _ = Unpacker::new().unwrap().unpack(&packed);
        }
    }

    #[test]
    fn a_typical_body_becomes_much_smaller() {
        let body = std::str::from_utf8(DICTIONARY).unwrap().lines().next().unwrap().replace("2026", "2031");
        let packed = Packer::new().unwrap().pack(body.as_bytes()).unwrap();
        assert!(packed.len() * 3 < body.len(), "{} of {}", packed.len(), body.len());
    }
}
