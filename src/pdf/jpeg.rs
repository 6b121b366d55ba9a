//! JPEG: the picture goes into the PDF as it is compressed, without its metadata.

use krilla::image::Image;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::picture::{Picture, Pixels, check_size};
use super::{PdfError, SourceKind};

const UNREADABLE: PdfError = PdfError::Unreadable(SourceKind::Jpeg);

/// Bytes in the segment of JFIF; a thumbnail would make it longer.
const JFIF_WITHOUT_THUMBNAIL: usize = 14;

/// Reads one JPEG picture, turned as its Exif says.
///
/// The whole picture is decoded once, so what is damaged is refused here and not by the patient's reader.
pub(super) fn read(bytes: &[u8]) -> Result<Picture, PdfError> {
    let mut parts = Parts::read(bytes, Profile::Kept).ok_or(UNREADABLE)?;
    if !has_sound_profile(&decoder(&parts.picture, ColorSpace::RGB)?) {
        // PDF/A refuses such a profile; without one the picture is taken as sRGB.
        parts = Parts::read(bytes, Profile::Dropped).ok_or(UNREADABLE)?;
    }
    let mut decoder = decoder(&parts.picture, ColorSpace::RGB)?;
    let (width, height) = decoder.dimensions().ok_or(UNREADABLE)?;
    let size = |length: usize| u32::try_from(length).map_err(|_| PdfError::TooManyPixels);
    let (width, height) = (size(width)?, size(height)?);
    check_size(width, height)?;
    let image = match decoder.input_colorspace() {
        Some(stored @ (ColorSpace::YCbCr | ColorSpace::Luma)) => {
            self::decoder(&parts.picture, stored)?.decode().map_err(|_| UNREADABLE)?;
            Image::from_jpeg(parts.picture.into(), false).map_err(|_| UNREADABLE)?
        }
        // CMYK would need a profile of its own in PDF/A; RGB is stored in ways that readers guess differently.
        _ => {
            let samples = decoder.decode().map_err(|_| UNREADABLE)?;
            Pixels::image(width, height, samples, 0).ok_or(UNREADABLE)?
        }
    };
    Ok(Picture { image, orientation: parts.orientation, pixel_height: 1.0 })
}

fn decoder(bytes: &[u8], out: ColorSpace) -> Result<JpegDecoder<ZCursor<&[u8]>>, PdfError> {
    // A JPEG has at most 65,535 pixels each way; the number of pixels is checked before any is decoded.
    let options = DecoderOptions::default().set_max_width(0xffff).set_max_height(0xffff).jpeg_set_out_colorspace(out);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| UNREADABLE)?;
    Ok(decoder)
}

/// ISO 19005-2, 6.2.4.2: an ICC profile of version 2 or 4 for the colours that the picture has. None is sound.
fn has_sound_profile(decoder: &JpegDecoder<ZCursor<&[u8]>>) -> bool {
    let Some(profile) = decoder.icc_profile() else { return true };
    let space: &[u8] = if decoder.input_colorspace() == Some(ColorSpace::Luma) { b"GRAY" } else { b"RGB " };
    let class = profile.get(12..16).unwrap_or_default();
    let length = profile.get(..4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    length.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length == profile.len()))
        && profile.get(8).is_some_and(|version| (2..=4).contains(version))
        && [b"scnr", b"mntr", b"prtr", b"spac"].iter().any(|known| class == *known)
        && profile.get(16..20) == Some(space)
        && profile.get(36..40) == Some(b"acsp")
}

/// What becomes of the colour profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    Kept,
    Dropped,
}

/// What is drawn, and what Exif says about it.
struct Parts {
    picture: Vec<u8>,
    orientation: u16,
}

impl Parts {
    /// Copies the segments that the drawing needs, up to the end of the picture; `None` if there is no end.
    ///
    /// Of the application segments only JFIF, Adobe's colours and the profile are kept: place, time, camera,
    /// thumbnails (which may show what was cut away) and what a phone appends are nobody's business.
    fn read(bytes: &[u8], profile: Profile) -> Option<Self> {
        let is_needed = |marker, data: &[u8]| match marker {
            0xe0 => data.starts_with(b"JFIF\0") && data.len() == JFIF_WITHOUT_THUMBNAIL,
            0xe2 => data.starts_with(b"ICC_PROFILE\0") && profile == Profile::Kept,
            0xee => data.starts_with(b"Adobe"),
            _ => !matches!(marker, 0xe0..=0xef | 0xfe),
        };
        let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
        let mut picture = b"\xff\xd8".to_vec();
        let mut orientation = 1;
        loop {
            // Compressed data runs to the next marker; `ff 00` and restarts belong to it, further `ff` fill up.
            let at = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff))?;
            let (data, from) = rest.split_at(at);
            picture.extend_from_slice(data);
            let marker = *from.get(1)?;
            if marker == 0xd9 {
                picture.extend_from_slice(b"\xff\xd9");
                return Some(Self { picture, orientation });
            }
            let length = usize::from(u16::from_be_bytes(from.get(2..4)?.try_into().ok()?));
            let segment = from.get(..length.max(2) + 2)?;
            let data = segment.get(4..)?;
            if marker == 0xe1 && data.starts_with(b"Exif\0\0") {
                orientation = data.get(6..).and_then(exif_orientation).unwrap_or(1);
            }
            if is_needed(marker, data) {
                picture.extend_from_slice(segment);
            }
            rest = from.get(segment.len()..)?;
        }
    }
}

/// Tag 0x0112 of the first directory of the TIFF that Exif is.
fn exif_orientation(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let (low, high) = if little { (short(4)?, short(6)?) } else { (short(6)?, short(4)?) };
    let directory = usize::from(low) | usize::from(high) << 16;
    let entries = (0..usize::from(short(directory)?)).map(|index| directory + 2 + index * 12);
    entries.take_while(|at| *at < tiff.len()).find(|at| short(*at) == Some(0x0112)).and_then(|at| short(at + 8))
}
