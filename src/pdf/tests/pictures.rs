use ::fax::encoder::Encoder;
use ::fax::{Color, VecWriter};

use super::*;

const RGB: &[u8] = include_bytes!("../samples/rgb.jpg");
const TURNED: &[u8] = include_bytes!("../samples/turned.jpg");
const PROFILE: &[u8] = include_bytes!("../samples/profile.jpg");
const UPRIGHT: (i64, i64) = (595, 842);
const LYING: (i64, i64) = (842, 595);

/// A picture in a PDF: its size, how it is compressed, and its bytes (inflated if deflated).
struct Stored {
    width: i64,
    filters: Vec<String>,
    bytes: Vec<u8>,
}

impl Stored {
    /// All pictures, in the order of the pages.
    fn of(pdf: &[u8]) -> Vec<Self> {
        let document = Document::load_mem(pdf).unwrap();
        let mut stored = Vec::new();
        for page in document.get_pages().into_values() {
            for image in document.get_page_images(page).unwrap() {
                let stream = document.get_object(image.id).unwrap().as_stream().unwrap();
                let filters = image.filters.unwrap_or_default();
                let is_deflated = filters.iter().any(|filter| filter == "FlateDecode");
                let bytes = if is_deflated { stream.decompressed_content().unwrap() } else { stream.content.clone() };
                stored.push(Self { width: image.width, filters, bytes });
            }
        }
        stored
    }

    fn rgb(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width as usize + x) * 3;
        self.bytes[at..at + 3].try_into().unwrap()
    }

    fn grey(&self, x: usize, y: usize) -> u8 {
        self.bytes[y * self.width as usize + x]
    }
}

fn near(left: [u8; 3], right: [u8; 3]) -> bool {
    left.iter().zip(right).all(|(a, b)| a.abs_diff(b) < 30)
}

fn jpeg(bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
    converted(SourceKind::Jpeg, bytes)
}

fn tiff(bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
    converted(SourceKind::Tiff, bytes)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_jpeg_stays_as_it_is_compressed_but_without_its_metadata() {
    assert!(contains(TURNED, b"GeheimeCamera"));
    let pdf = jpeg(&[TURNED, b"film of the phone"].concat()).unwrap();
    let [stored] = &Stored::of(&pdf)[..] else { panic!("one picture") };
    assert_eq!(stored.filters, ["DCTDecode"]);
    assert!(!contains(&pdf, b"GeheimeCamera") && !contains(&pdf, b"film of the phone"));
    assert!(stored.bytes.starts_with(b"\xff\xd8") && stored.bytes.ends_with(b"\xff\xd9"));
}

#[test]
fn a_page_lies_down_when_the_picture_as_seen_does() {
    assert_eq!(sizes(&jpeg(RGB).unwrap()), [LYING]);
    assert_eq!(sizes(&jpeg(TURNED).unwrap()), [UPRIGHT], "Exif turns it a quarter");
}

#[test]
fn every_orientation_turns_the_corner_to_its_place() {
    // Where Exif says that row 0 and column 0 of the stored picture are seen.
    let corners = [(1, "lt"), (2, "rt"), (3, "rb"), (4, "lb"), (5, "lt"), (6, "rt"), (7, "rb"), (8, "lb")];
    for (orientation, corner) in corners {
        let image = picture::Pixels::image(400, 100, vec![0; 40_000], 0).unwrap();
        let placed = picture::place(&picture::Picture { image, orientation, pixel_height: 1.0 });
        let (turn, (w, h)) = (placed.turn, placed.size);
        let seen =
            |x: f32, y: f32| (turn.sx() * x + turn.kx() * y + turn.tx(), turn.ky() * x + turn.sy() * y + turn.ty());
        let ((x, y), (far_x, far_y)) = (seen(0.0, 0.0), seen(w, h));
        let place = format!("{}{}", if x < far_x { 'l' } else { 'r' }, if y < far_y { 't' } else { 'b' });
        assert_eq!(place, corner, "{orientation}");
        // The long side of the stored picture lies across from orientation 5 on; all of it is on the page.
        let (along, _) = seen(w, 0.0);
        assert_eq!((along - x).abs() > 1.0, orientation < 5);
        assert!([x, far_x].iter().all(|x| (-0.1..=placed.page.0 + 0.1).contains(x)));
        assert!([y, far_y].iter().all(|y| (-0.1..=placed.page.1 + 0.1).contains(y)));
    }
}

#[test]
fn a_picture_fills_the_page_without_being_stretched_or_blown_up() {
    let placed = |width: u32, height: u32| {
        let image = picture::Pixels::image(width, height, vec![0; (width * height) as usize], 0).unwrap();
        picture::place(&picture::Picture { image, orientation: 1, pixel_height: 1.0 }).size
    };
    assert_eq!(placed(20, 10), (20.0, 10.0));
    let (width, height) = placed(2000, 1000);
    assert!((width - 841.89).abs() < 0.1 && (height - 420.9).abs() < 0.1);
    let (width, height) = placed(1000, 3000);
    assert!((width - 280.6).abs() < 0.1 && (height - 841.89).abs() < 0.1);
}

#[test]
fn other_colours_of_jpeg_become_rgb() {
    let pdf = jpeg(include_bytes!("../samples/cmyk.jpg")).unwrap();
    let [stored] = &Stored::of(&pdf)[..] else { panic!("one picture") };
    assert!(near(stored.rgb(8, 6), [255, 0, 0]), "{:?}", stored.rgb(8, 6));
    assert!(near(stored.rgb(34, 6), [0, 80, 200]), "{:?}", stored.rgb(34, 6));
    assert!(near(stored.rgb(2, 18), [255; 3]));
}

#[test]
fn a_colour_profile_is_kept_only_if_pdf_a_allows_it() {
    let stored = |bytes: &[u8]| Stored::of(&jpeg(bytes).unwrap()).remove(0).bytes;
    assert!(contains(&stored(PROFILE), b"ICC_PROFILE"));
    let mut link = PROFILE.to_vec();
    let at = link.windows(4).position(|window| window == b"mntr").unwrap();
    link[at..at + 4].copy_from_slice(b"link");
    assert!(!contains(&stored(&link), b"ICC_PROFILE"));
}

#[test]
fn a_jpeg_that_is_damaged_or_too_large_is_refused() {
    let unreadable = Err(PdfError::Unreadable(SourceKind::Jpeg));
    for end in [0, 1, 20, 300, RGB.len() - 40, RGB.len() - 2] {
        assert_eq!(jpeg(&RGB[..end]), unreadable, "{end}");
    }
    let frame = RGB.windows(2).position(|window| window == b"\xff\xc0").unwrap();
    let mut huge = RGB.to_vec();
    huge[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert_eq!(jpeg(&huge), Err(PdfError::TooManyPixels));
    assert_eq!(PdfError::TooManyPixels.to_string(), "a picture has more than 100000000 pixels");
}

#[test]
fn each_common_tiff_keeps_its_pixels() {
    let stored = |bytes| Stored::of(&tiff(bytes).unwrap()).remove(0);
    for bytes in [&include_bytes!("../samples/lzw.tif")[..], include_bytes!("../samples/jpeg.tif")] {
        let picture = stored(bytes);
        assert!(near(picture.rgb(8, 6), [255, 0, 0]) && near(picture.rgb(34, 6), [0, 80, 200]));
    }
    let grey = stored(include_bytes!("../samples/deflate.tif"));
    assert_eq!((grey.grey(8, 6), grey.grey(2, 18)), (76, 255));
    let fax = stored(include_bytes!("../samples/group3.tif"));
    assert_eq!((fax.grey(23, 23), fax.grey(2, 18), fax.grey(47, 31)), (0, 255, 255), "the line and the paper");
}

#[test]
fn every_picture_of_a_tiff_has_its_page() {
    let pdf = tiff(include_bytes!("../samples/pages.tif")).unwrap();
    assert_eq!(sizes(&pdf), [LYING, UPRIGHT, LYING]);
    assert_eq!(Stored::of(&pdf).len(), 3);
}

/// A value in a directory of a TIFF.
#[derive(Clone, Copy)]
enum Value {
    Whole(u32),
    Ratio(u32, u32),
}
use Value::{Ratio, Whole};

type Tags = Vec<(u16, Value)>;

/// A TIFF with these pictures: each its tags beside the usual ones, and its only strip.
fn built(pictures: &[(Tags, &[u8])]) -> Vec<u8> {
    let mut file = b"II*\0".to_vec();
    let mut link = file.len();
    file.extend([0; 4]);
    for (tags, strip) in pictures {
        let mut tags = tags.clone();
        tags.extend([(273, Whole(file.len() as u32)), (279, Whole(strip.len() as u32))]);
        tags.sort_by_key(|(tag, _)| *tag);
        file.extend_from_slice(strip);
        let mut directory = (tags.len() as u16).to_le_bytes().to_vec();
        for (tag, value) in tags {
            let (kind, value) = match value {
                Whole(value) => (if value > 0xffff { 4u16 } else { 3 }, value),
                Ratio(over, under) => {
                    let at = file.len() as u32;
                    file.extend([over.to_le_bytes(), under.to_le_bytes()].concat());
                    (5, at)
                }
            };
            directory.extend([tag.to_le_bytes(), kind.to_le_bytes(), [1, 0], [0, 0]].concat());
            directory.extend(value.to_le_bytes());
        }
        let at = (file.len() as u32).to_le_bytes();
        file[link..link + 4].copy_from_slice(&at);
        file.extend(directory);
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

fn tags(width: u32, height: u32, others: &[(u16, u32)]) -> Tags {
    let size = [(256, Whole(width)), (257, Whole(height))];
    size.into_iter().chain(others.iter().map(|(tag, value)| (*tag, Whole(*value)))).collect()
}

/// Group 4 of 8 by 2 pixels: the first row has black from column 2 up to 5.
fn group4() -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    let row = |from, to| (0..8).map(move |x| if (from..to).contains(&x) { Color::Black } else { Color::White });
    encoder.encode_line(row(2, 5), 8).unwrap();
    encoder.encode_line(row(0, 0), 8).unwrap();
    encoder.finish().unwrap().finish()
}

const DARK_BAR: [u8; 16] = [255, 255, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];

#[test]
fn faxes_are_read_in_either_order_of_bits_and_either_sense_of_black() {
    let (plain, reversed) = (group4(), group4().iter().map(|byte| byte.reverse_bits()).collect::<Vec<_>>());
    let stored = |others: &[(u16, u32)], strip: &[u8]| {
        Stored::of(&tiff(&built(&[(tags(8, 2, others), strip)])).unwrap()).remove(0).bytes
    };
    assert_eq!(stored(&[(259, 4), (262, 0)], &plain), DARK_BAR);
    assert_eq!(stored(&[(259, 4), (262, 0), (266, 2)], &reversed), DARK_BAR);
    assert_eq!(stored(&[(259, 4), (262, 1)], &plain), DARK_BAR.map(|sample| !sample));
}

#[test]
fn a_fax_of_group_3_may_end_without_a_mark_but_not_early() {
    // EOL, 2 white, 3 black, 3 white; EOL, 8 white.
    let bits = "000000000001".to_owned() + "0111" + "10" + "1000" + "000000000001" + "10011";
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks(8)
        .map(|bits| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | (bit - b'0') << (7 - at)))
        .collect();
    let fax = |height| tiff(&built(&[(tags(8, height, &[(259, 3), (262, 0)]), &bytes)]));
    assert_eq!(Stored::of(&fax(2).unwrap())[0].bytes, DARK_BAR);
    assert_eq!(fax(3), Err(PdfError::Unreadable(SourceKind::Tiff)));
}

#[test]
fn pixels_that_are_not_square_keep_their_shape() {
    let mut fax = tags(8, 6, &[(259, 1), (262, 1), (258, 8)]);
    let strip = [0; 48];
    assert_eq!(sizes(&tiff(&built(&[(fax.clone(), &strip)])).unwrap()), [LYING]);
    fax.extend([(282, Ratio(204, 1)), (283, Ratio(98, 1))]);
    assert_eq!(sizes(&tiff(&built(&[(fax, &strip)])).unwrap()), [UPRIGHT]);
}

#[test]
fn packed_grey_and_see_through_colours_are_unfolded() {
    let stored = |tags, strip: &[u8]| Stored::of(&tiff(&built(&[(tags, strip)])).unwrap()).remove(0).bytes;
    assert_eq!(stored(tags(3, 2, &[(262, 1), (258, 1)]), &[0b1010_0000, 0b0100_0000]), [255, 0, 255, 0, 255, 0]);
    assert_eq!(stored(tags(3, 2, &[(262, 0), (258, 1)]), &[0b1010_0000, 0b0100_0000]), [0, 255, 0, 255, 0, 255]);
    assert_eq!(stored(tags(3, 1, &[(262, 1), (258, 4)]), &[0x0f, 0x80]), [0, 255, 136]);
    assert_eq!(stored(tags(2, 1, &[(262, 1), (258, 16)]), &[0xff, 0x12, 0x00, 0x80]), [0x12, 0x80]);
    assert_eq!(stored(tags(1, 1, &[(262, 2), (258, 8), (277, 4), (338, 2)]), &[10, 20, 30, 255]), [10, 20, 30]);
    assert_eq!(stored(tags(1, 1, &[(262, 2), (258, 8), (277, 4), (338, 2)]), &[10, 20, 30, 0]), [255, 255, 255]);
}

#[test]
fn thumbnails_are_no_pages() {
    let page = tags(2, 1, &[(262, 1), (258, 8)]);
    let thumbnail = tags(2, 1, &[(254, 1), (262, 1), (258, 8)]);
    let file = built(&[(thumbnail.clone(), &[0; 2]), (page, &[0; 2]), (thumbnail.clone(), &[0; 2])]);
    assert_eq!(Stored::of(&tiff(&file).unwrap()).len(), 1);
    assert_eq!(tiff(&built(&[(thumbnail, &[0; 2])])), Err(PdfError::Unreadable(SourceKind::Tiff)));
}

#[test]
fn what_tiff_is_not_supported_is_said() {
    let refusal = |tags, strip: &[u8]| tiff(&built(&[(tags, strip)])).unwrap_err();
    let palette = tiff(include_bytes!("../samples/palette.tif")).unwrap_err();
    for error in [
        palette,
        refusal(tags(8, 1, &[(259, 2), (262, 0)]), &[0]),
        refusal(tags(8, 1, &[(259, 3), (262, 0), (292, 1)]), &[0]),
        refusal(tags(1, 1, &[(262, 5), (258, 8), (277, 4)]), &[0; 4]),
        refusal(tags(8, 1, &[(262, 1), (266, 2)]), &[0]),
        refusal(tags(1, 1, &[(262, 1), (258, 32), (339, 3)]), &[0; 4]),
        refusal(tags(1, 1, &[(259, 34_712), (262, 1), (258, 8)]), &[0; 4]),
    ] {
        let text = error.to_string();
        assert!(text.starts_with("this TIFF file cannot be converted: "), "{text}");
    }
}

#[test]
fn limits_of_tiff_hold_before_a_pixel_is_read() {
    let page = |side| (tags(side, side, &[(262, 1), (258, 8)]), &[0u8; 1][..]);
    assert_eq!(tiff(&built(&[page(10_001)])), Err(PdfError::TooManyPixels));
    assert_eq!(tiff(&built(&vec![page(9_999); 21])), Err(PdfError::TooManyPixelsTogether));
    assert_eq!(tiff(&built(&vec![page(1); MAX_PAGES + 1])), Err(PdfError::TooManyPages));
    assert_eq!(tiff(&built(&[page(10)])), Err(PdfError::Unreadable(SourceKind::Tiff)), "cut off");
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    assert_eq!(jpeg(RGB), jpeg(RGB));
    let pages = include_bytes!("../samples/pages.tif");
    assert_eq!(tiff(pages), tiff(pages));
}
