//! A file that proves what a practice arranged: known by its content, not by what somebody calls it.

use std::fmt;

/// The largest file, in bytes.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// PDF.
    Pdf,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// Plain text in UTF-8.
    Text,
}

impl EvidenceKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pdf, Self::Png, Self::Jpeg, Self::Text];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// How the name of such a file ends.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Text => "txt",
        }
    }

    /// The kind whose files end so.
    pub fn find(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.extension() == extension)
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        const STARTS: [(&[u8], EvidenceKind); 3] = [
            (b"%PDF-", EvidenceKind::Pdf),
            (b"\x89PNG\r\n\x1a\n", EvidenceKind::Png),
            (b"\xff\xd8\xff", EvidenceKind::Jpeg),
        ];
        let known = STARTS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
        known.or_else(|| is_text(bytes).then_some(Self::Text))
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let plain = |c: char| !c.is_control() || ['\n', '\r', '\t'].contains(&c);
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(plain))
}

/// A file that may be kept as evidence.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    kind: EvidenceKind,
    bytes: Vec<u8>,
}

/// Not a file that may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEvidence {
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// Of no known kind.
    #[error("must be a PDF, PNG, JPEG or plain text")]
    Kind,
    /// More than [`MAX_BYTES`].
    #[error("must not be larger than 5 MB")]
    Size,
}

impl Evidence {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// [`InvalidEvidence`] when it is empty, too large, or of another kind.
    pub fn new(bytes: Vec<u8>) -> Result<Self, InvalidEvidence> {
        if bytes.is_empty() {
            return Err(InvalidEvidence::Empty);
        }
        if bytes.len() > MAX_BYTES {
            return Err(InvalidEvidence::Size);
        }
        let kind = EvidenceKind::of(&bytes).ok_or(InvalidEvidence::Kind)?;
        Ok(Self { kind, bytes })
    }

    /// What it is.
    pub const fn kind(&self) -> EvidenceKind {
        self.kind
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evidence({}, {} bytes)", self.kind.extension(), self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_content() {
        let cases: [(&[u8], EvidenceKind); 4] = [
            (b"%PDF-1.7\n\x00\xff", EvidenceKind::Pdf),
            (b"\x89PNG\r\n\x1a\n....", EvidenceKind::Png),
            (b"\xff\xd8\xff\xe0", EvidenceKind::Jpeg),
            ("Verklaring\r\nvan Ömer\t".as_bytes(), EvidenceKind::Text),
        ];
        for (bytes, kind) in cases {
            let evidence = Evidence::new(bytes.to_vec()).unwrap();
            assert_eq!((evidence.kind(), evidence.bytes()), (kind, bytes));
            assert_eq!(EvidenceKind::find(kind.extension()), Some(kind));
        }
        assert_eq!(EvidenceKind::find("exe"), None);
    }

    #[test]
    fn what_is_empty_too_large_or_of_another_kind_is_refused() {
        let cases: [(Vec<u8>, InvalidEvidence); 5] = [
            (Vec::new(), InvalidEvidence::Empty),
            (b"MZ\x90\x00".to_vec(), InvalidEvidence::Kind),
            (b"PK\x03\x04".to_vec(), InvalidEvidence::Kind),
            (b"text\x07".to_vec(), InvalidEvidence::Kind),
            (vec![b'a'; MAX_BYTES + 1], InvalidEvidence::Size),
        ];
        for (bytes, why) in cases {
            assert_eq!(Evidence::new(bytes).unwrap_err(), why);
        }
        assert!(Evidence::new(vec![b'a'; MAX_BYTES]).is_ok());
    }
}
