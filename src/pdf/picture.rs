//! A decoded picture and its place on a page.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use krilla::geom::Transform;
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};

use super::flow::PAGE;
use super::{MAX_PIXELS, PdfError};

/// A picture, ready to be drawn.
pub(super) struct Picture {
    pub(super) image: Image,
    /// How the stored picture is to be turned, as in Exif and TIFF: 1 is upright, 6 is a quarter to the right.
    pub(super) orientation: u16,
    /// Height of a pixel as a multiple of its width; about 2 for a fax in standard quality.
    pub(super) pixel_height: f32,
}

/// Where a picture goes: the page and, on it, the picture turned upright.
#[derive(Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) page: (f32, f32),
    /// The stored picture before it is turned.
    pub(super) size: (f32, f32),
    pub(super) turn: Transform,
}

/// Refuses a picture over the limit before its pixels are decoded.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), PdfError> {
    if u64::from(width) * u64::from(height) > MAX_PIXELS { Err(PdfError::TooManyPixels) } else { Ok(()) }
}

/// Fits the picture on an A4 page that lies down if the picture does; it is not enlarged beyond 72 dpi.
pub(super) fn place(picture: &Picture) -> Placed {
    let (width, height) = picture.image.size();
    let (width, height) = (width as f32, height as f32 * picture.pixel_height);
    let on_its_side = (5..=8).contains(&picture.orientation);
    let (seen_width, seen_height) = if on_its_side { (height, width) } else { (width, height) };
    let page = if seen_width > seen_height { (PAGE.1, PAGE.0) } else { PAGE };
    let scale = (page.0 / seen_width).min(page.1 / seen_height).min(1.0);
    let (w, h) = (seen_width * scale, seen_height * scale);
    let (x, y) = ((page.0 - w) / 2.0, (page.1 - h) / 2.0);
    let turn = match picture.orientation {
        2 => Transform::from_row(-1.0, 0.0, 0.0, 1.0, x + w, y),
        3 => Transform::from_row(-1.0, 0.0, 0.0, -1.0, x + w, y + h),
        4 => Transform::from_row(1.0, 0.0, 0.0, -1.0, x, y + h),
        5 => Transform::from_row(0.0, 1.0, 1.0, 0.0, x, y),
        6 => Transform::from_row(0.0, 1.0, -1.0, 0.0, x + w, y),
        7 => Transform::from_row(0.0, -1.0, -1.0, 0.0, x + w, y + h),
        8 => Transform::from_row(0.0, -1.0, 1.0, 0.0, x, y + h),
        _ => Transform::from_row(1.0, 0.0, 0.0, 1.0, x, y),
    };
    Placed { page, size: (width * scale, height * scale), turn }
}

/// Eight bits for each sample, row by row, without padding.
#[derive(Clone)]
pub(super) struct Pixels {
    width: u32,
    height: u32,
    space: ImageColorspace,
    samples: Arc<Vec<u8>>,
    /// Tells the pictures of one file apart, so that krilla need not compare their pixels.
    number: usize,
}

impl Pixels {
    /// One sample for each pixel (grey) or three (RGB); `None` if their number does not fit the size.
    pub(super) fn image(width: u32, height: u32, samples: Vec<u8>, number: usize) -> Option<Image> {
        let count = u64::from(width) * u64::from(height);
        let space = match u64::try_from(samples.len()).ok()? {
            grey if grey == count => ImageColorspace::Luma,
            rgb if rgb == count * 3 => ImageColorspace::Rgb,
            _ => return None,
        };
        // krilla counts bytes in 32 bits.
        u32::try_from(samples.len()).ok().filter(|len| *len > 0)?;
        Image::from_custom(Self { width, height, space, samples: Arc::new(samples), number }, false).ok()
    }
}

impl Hash for Pixels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.width, self.height, self.number).hash(state);
    }
}

impl CustomImage for Pixels {
    fn color_channel(&self) -> &[u8] {
        &self.samples
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        self.space
    }
}
