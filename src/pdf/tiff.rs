//! TIFF: every picture of the file on a page of its own, decoded one by one.

use std::borrow::Cow;
use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::ifd::Value;
use tiff::decoder::{ChunkType, Decoder, DecodingResult, Limits};
use tiff::tags::{CompressionMethod, Tag};
use tiff::{TiffError, TiffFormatError};

use super::fax::{Coding, decode_strip};
use super::picture::{Picture, Pixels, check_size};
use super::{MAX_PAGES, MAX_PIXELS_TOGETHER, PdfError, SourceKind};

const UNREADABLE: PdfError = PdfError::Unreadable(SourceKind::Tiff);

/// Bytes of one decoded picture: the limit of pixels with 32 bits each.
const MAX_DECODED: usize = 400_000_000;

/// Hands over the pictures in their order; thumbnails and masks are left out.
///
/// Fails with the first picture that cannot be read or taken: half a letter must not look like a whole one.
/// The limits hold before any pixel is decoded.
pub(super) fn read(bytes: &[u8], mut take: impl FnMut(Picture) -> Result<(), PdfError>) -> Result<(), PdfError> {
    let (mut number, mut pixels) = (0, 0);
    File::each(bytes, |_, (width, height)| {
        check_size(width, height)?;
        number += 1;
        pixels += u64::from(width) * u64::from(height);
        if number > MAX_PAGES {
            Err(PdfError::TooManyPages)
        } else if pixels > MAX_PIXELS_TOGETHER {
            Err(PdfError::TooManyPixelsTogether)
        } else {
            Ok(())
        }
    })?;
    if number == 0 {
        return Err(UNREADABLE);
    }
    let mut number = 0;
    File::each(bytes, |file, (width, height)| {
        number += 1;
        take(file.picture(width, height, number)?)
    })
}

struct File<'a> {
    bytes: &'a [u8],
    tiff: Decoder<Cursor<&'a [u8]>>,
}

impl<'a> File<'a> {
    /// Visits every picture with its width and height.
    fn each(
        bytes: &'a [u8],
        mut visit: impl FnMut(&mut Self, (u32, u32)) -> Result<(), PdfError>,
    ) -> Result<(), PdfError> {
        let mut limits = Limits::default();
        limits.decoding_buffer_size = MAX_DECODED;
        let mut file = Self { bytes, tiff: Decoder::new(Cursor::new(bytes)).map_err(refusal)?.with_limits(limits) };
        loop {
            // Bit 0: a smaller copy of another picture; bit 2: a mask.
            if file.number(Tag::NewSubfileType)?.unwrap_or(0) & 0b101 == 0 {
                let size = file.tiff.dimensions().map_err(refusal)?;
                visit(&mut file, size)?;
            }
            if !file.tiff.more_images() {
                return Ok(());
            }
            file.tiff.next_image().map_err(refusal)?;
        }
    }

    fn picture(&mut self, width: u32, height: u32, number: usize) -> Result<Picture, PdfError> {
        let compression = self.number(Tag::Compression)?.unwrap_or(1);
        let samples = match CompressionMethod::from_u16(u16::try_from(compression).unwrap_or(0)) {
            Some(CompressionMethod::Fax4) => self.fax(Coding::Group4, width, height)?,
            Some(CompressionMethod::Fax3) if self.number(Tag::Unknown(292))?.unwrap_or(0) & 1 == 0 => {
                self.fax(Coding::Group3, width, height)?
            }
            Some(CompressionMethod::Fax3 | CompressionMethod::Huffman) => {
                return Err(unsupported("of fax compression it uses a kind that is not supported"));
            }
            method => self.samples(width, height, method == Some(CompressionMethod::ModernJPEG))?,
        };
        let orientation = self.number(Tag::Orientation)?.unwrap_or(1);
        Ok(Picture {
            image: Pixels::image(width, height, samples, number).ok_or(UNREADABLE)?,
            orientation: u16::try_from(orientation).unwrap_or(1),
            pixel_height: self.pixel_height(),
        })
    }

    /// Faxes in standard quality have twice as many pixels across as down.
    fn pixel_height(&mut self) -> f32 {
        let mut resolution = |tag| match self.tiff.find_tag(tag) {
            Ok(Some(Value::Rational(pixels, lengths))) => pixels as f32 / lengths as f32,
            _ => f32::NAN,
        };
        let ratio = resolution(Tag::XResolution) / resolution(Tag::YResolution);
        if (0.2..=5.0).contains(&ratio) { ratio } else { 1.0 }
    }

    fn fax(&mut self, coding: Coding, width: u32, height: u32) -> Result<Vec<u8>, PdfError> {
        if self.tiff.colortype().map_err(refusal)? != ColorType::Gray(1) {
            return Err(UNREADABLE);
        }
        let is_reversed = self.number(Tag::FillOrder)? == Some(2);
        // Black is 1, and 0 in the pictures that say so.
        let ink = if self.number(Tag::PhotometricInterpretation)? == Some(1) { 255 } else { 0 };
        let offsets = self.tiff.get_tag_u64_vec(Tag::StripOffsets).map_err(refusal)?;
        let lengths = self.tiff.get_tag_u64_vec(Tag::StripByteCounts).map_err(refusal)?;
        let rows = self.number(Tag::RowsPerStrip)?.unwrap_or(height).min(height);
        let mut samples = Vec::new();
        let mut left = height;
        for (offset, length) in offsets.into_iter().zip(lengths) {
            let start = usize::try_from(offset).map_err(|_| UNREADABLE)?;
            let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length)).ok_or(UNREADABLE)?;
            let strip = self.bytes.get(start..end).ok_or(UNREADABLE)?;
            let strip: Cow<'_, [u8]> =
                if is_reversed { strip.iter().map(|byte| byte.reverse_bits()).collect() } else { strip.into() };
            let side =
                |length: u32| u16::try_from(length).map_err(|_| unsupported("a fax wider or longer than 65,535"));
            let size = (side(width)?, side(rows.min(left))?);
            decode_strip(coding, &strip, size, ink, &mut samples).ok_or(UNREADABLE)?;
            left -= rows.min(left);
        }
        Ok(samples)
    }

    /// Grey or RGB samples of eight bits.
    fn samples(&mut self, width: u32, height: u32, is_jpeg: bool) -> Result<Vec<u8>, PdfError> {
        let color = self.tiff.colortype().map_err(refusal)?;
        self.check_layout(color)?;
        let mut result = DecodingResult::U8(Vec::new());
        self.tiff.read_image_to_buffer(&mut result).map_err(refusal)?;
        let bytes = match result {
            DecodingResult::U8(bytes) => bytes,
            DecodingResult::U16(words) => words.into_iter().map(|word| (word >> 8) as u8).collect(),
            _ => return Err(unsupported("its samples are no whole numbers of 16 bits at most")),
        };
        match color {
            ColorType::Gray(8 | 16) | ColorType::RGB(8 | 16) => Ok(bytes),
            ColorType::Gray(bits @ (1 | 2 | 4)) => Ok(unpack(&bytes, width, height, bits)),
            ColorType::RGBA(8 | 16) => Ok(bytes.chunks_exact(4).flat_map(on_white).collect()),
            ColorType::YCbCr(8) if is_jpeg => Ok(bytes.chunks_exact(3).flat_map(rgb).collect()),
            _ => Err(unsupported("its colours are not grey, RGB or black and white")),
        }
    }

    /// Refuses what the decoder reads wrongly or not at all, and tiles that are larger than any picture.
    fn check_layout(&mut self, color: ColorType) -> Result<(), PdfError> {
        if self.number(Tag::FillOrder)?.unwrap_or(1) != 1 {
            return Err(unsupported("its bits are in reversed order"));
        }
        if color.num_samples() > 1 && self.number(Tag::PlanarConfiguration)?.unwrap_or(1) != 1 {
            return Err(unsupported("its colours are stored in separate planes"));
        }
        let formats = self.tiff.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).map_err(refusal)?;
        if formats.unwrap_or_default().iter().any(|format| *format != 1) {
            return Err(unsupported("its samples are no whole numbers of 16 bits at most"));
        }
        if self.tiff.get_chunk_type() == ChunkType::Tile {
            let (width, height) = self.tiff.chunk_dimensions();
            check_size(width, height)?;
        }
        Ok(())
    }

    fn number(&mut self, tag: Tag) -> Result<Option<u32>, PdfError> {
        self.tiff.find_tag_unsigned(tag).map_err(refusal)
    }
}

/// Spreads packed grey over bytes; every row begins with a byte of its own.
fn unpack(bytes: &[u8], width: u32, height: u32, bits: u8) -> Vec<u8> {
    let width = width as usize;
    let (per_byte, most) = (usize::from(8 / bits), (1u16 << bits) - 1);
    let sample = |byte: u8, index: usize| {
        let value = u16::from(byte) >> (8 - usize::from(bits) * (index + 1)) & most;
        (value * 255 / most) as u8
    };
    bytes
        .chunks(width.div_ceil(per_byte).max(1))
        .take(height as usize)
        .flat_map(|row| row.iter().flat_map(|byte| (0..per_byte).map(|i| sample(*byte, i))).take(width))
        .collect()
}

/// Lays a see-through pixel on white paper; PDF/A readers need not know transparency.
fn on_white(pixel: &[u8]) -> [u8; 3] {
    let &[r, g, b, alpha] = pixel else { return [255; 3] };
    let mix = |sample: u8| ((u32::from(sample) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255) as u8;
    [mix(r), mix(g), mix(b)]
}

/// The colours of JPEG (JFIF): full range, with the weights of ITU-R BT.601.
fn rgb(pixel: &[u8]) -> [u8; 3] {
    let &[y, cb, cr] = pixel else { return [255; 3] };
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    // `as` keeps the result between 0 and 255.
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|sample| sample.round() as u8)
}

fn refusal(error: TiffError) -> PdfError {
    match error {
        TiffError::LimitsExceeded => PdfError::TooManyPixels,
        TiffError::UnsupportedError(_) => unsupported("its compression or its colours are not supported"),
        TiffError::FormatError(TiffFormatError::StripTileTagConflict) => unsupported("it has no strips or tiles"),
        _ => UNREADABLE,
    }
}

fn unsupported(reason: &'static str) -> PdfError {
    PdfError::Unsupported(SourceKind::Tiff, reason)
}
