//! A logo: a small PNG or JPEG, known by its first bytes, not by what somebody calls it.

use std::fmt;

/// The largest logo, in bytes: it is on every page.
pub const MAX_BYTES: usize = 256 * 1024;

/// A picture that a page may show.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    media_type: &'static str,
    bytes: Vec<u8>,
}

/// Not a picture that a page may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPicture {
    /// Neither PNG nor JPEG. SVG is refused: it may hold script.
    #[error("must be a PNG or JPEG picture")]
    Kind,
    /// More than [`MAX_BYTES`].
    #[error("must not be larger than 256 kB")]
    Size,
}

impl Picture {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// [`InvalidPicture`] when it is too large, or of another kind.
    pub fn new(bytes: Vec<u8>) -> Result<Self, InvalidPicture> {
        const KINDS: [(&[u8], &str); 2] = [(b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")];
        let kind = KINDS.iter().find(|(start, _)| bytes.starts_with(start));
        let (_, media_type) = kind.ok_or(InvalidPicture::Kind)?;
        if bytes.len() > MAX_BYTES { Err(InvalidPicture::Size) } else { Ok(Self { media_type, bytes }) }
    }

    /// `image/png` or `image/jpeg`.
    pub const fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_pictures_of_the_two_kinds_pass() {
        let png = b"\x89PNG\r\n\x1a\n....".to_vec();
        assert_eq!(Picture::new(png.clone()).map(|picture| picture.media_type()), Ok("image/png"));
        assert_eq!(Picture::new(b"\xff\xd8\xff\xe0".to_vec()).map(|picture| picture.media_type()), Ok("image/jpeg"));
        for other in [b"<svg onload='x()'/>".to_vec(), b"GIF89a".to_vec(), Vec::new()] {
            assert_eq!(Picture::new(other).unwrap_err(), InvalidPicture::Kind);
        }
        let large = [png, vec![0; MAX_BYTES]].concat();
        assert_eq!(Picture::new(large).unwrap_err(), InvalidPicture::Size);
    }
}
