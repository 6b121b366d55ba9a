//! The file: pages drawn with krilla and exported as PDF/A-2b.

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::luma;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect, Size};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::KrillaGlyph;

use super::flow::{MARGIN, Mark, PAGE, Page};
use super::font::{Face, Fonts, Style};
use super::picture::{Picture, place};
use super::{MAX_PAGES, Made, PdfError};

/// Thickness of a rule, in points.
const RULE: f32 = 0.5;
/// From 0, black, to 255.
const RULE_GREY: u8 = 150;
/// Characters of a title; the standard allows strings of at most 32,767 bytes.
const MAX_TITLE: usize = 500;

/// A file in the making.
pub(super) struct Output<'a> {
    fonts: &'a Fonts,
    document: Document,
    pages: usize,
}

impl<'a> Output<'a> {
    pub(super) fn new(fonts: &'a Fonts) -> Result<Self, PdfError> {
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A2_B)
            .finish()
            .map_err(|_| PdfError::NotMade("PDF/A-2b is not supported"))?;
        let settings = SerializeSettings { configuration, enable_tagging: false, ..SerializeSettings::default() };
        Ok(Self { fonts, document: Document::new_with(settings), pages: 0 })
    }

    /// Draws pages of text, numbered below.
    pub(super) fn text_pages(&mut self, pages: &[Page]) -> Result<(), PdfError> {
        for (index, content) in pages.iter().enumerate() {
            let number = format!("{} / {}", index + 1, pages.len());
            let fonts = self.fonts;
            self.page(PAGE, |surface| {
                for mark in &content.marks {
                    match mark {
                        Mark::Text { x, y, style, text } => draw_text(fonts, surface, (*x, *y), *style, text),
                        Mark::Rule { x, y, length } => draw_rule(surface, (*x, *y), *length),
                    }
                }
                let wide: f32 = number.chars().map(|character| fonts.width(Style::FOOTER, character)).sum();
                let below = (PAGE.0 / 2.0 - wide / 2.0, PAGE.1 - MARGIN / 2.0);
                draw_text(fonts, surface, below, Style::FOOTER, &number);
            })?;
        }
        Ok(())
    }

    /// Draws a page that a picture fills.
    pub(super) fn picture_page(&mut self, picture: &Picture) -> Result<(), PdfError> {
        let placed = place(picture);
        let size = Size::from_wh(placed.size.0, placed.size.1).ok_or(PdfError::NotMade("a picture has no size"))?;
        self.page(placed.page, |surface| {
            surface.push_transform(&placed.turn);
            surface.draw_image(picture.image.clone(), size);
            surface.pop();
        })
    }

    fn page(&mut self, size: (f32, f32), draw: impl FnOnce(&mut Surface<'_>)) -> Result<(), PdfError> {
        if self.pages >= MAX_PAGES {
            return Err(PdfError::TooManyPages);
        }
        self.pages += 1;
        let settings = PageSettings::from_wh(size.0, size.1).ok_or(PdfError::NotMade("a page has no size"))?;
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        draw(&mut surface);
        surface.finish();
        page.finish();
        Ok(())
    }

    /// The bytes of the file.
    pub(super) fn finish(mut self, title: &str, lang: &str, made_on: Made) -> Result<Vec<u8>, PdfError> {
        let title = self.fonts.showable(Face::Regular, title);
        let title: Vec<&str> = title.split_whitespace().collect();
        let title: String = title.join(" ").chars().take(MAX_TITLE).collect();
        let date = DateTime::new(made_on.year)
            .month(made_on.month)
            .day(made_on.day)
            .hour(made_on.hour)
            .minute(made_on.minute)
            .second(0)
            .utc_offset_hour(0);
        let mut metadata = Metadata::new().title(title).producer("dvza".to_owned()).creation_date(date);
        if is_language_tag(lang) {
            metadata = metadata.language(lang.to_owned());
        }
        self.document.set_metadata(metadata);
        self.document.finish().map_err(|error| PdfError::NotMade(reason(&error)))
    }
}

/// Glyph by glyph at the widths that the lines were broken with.
fn draw_text(fonts: &Fonts, surface: &mut Surface<'_>, at: (f32, f32), style: Style, text: &str) {
    let glyph = |(start, character): (usize, char)| {
        let (id, ems) = fonts.glyph(style.face, character)?;
        Some(KrillaGlyph::new(id, ems, 0.0, 0.0, 0.0, start..start + character.len_utf8(), None))
    };
    let glyphs: Vec<KrillaGlyph> = text.char_indices().filter_map(glyph).collect();
    surface.draw_glyphs(Point::from_xy(at.0, at.1), &glyphs, fonts.font(style.face), text, style.size, false);
}

fn draw_rule(surface: &mut Surface<'_>, at: (f32, f32), length: f32) {
    let mut path = PathBuilder::new();
    if let Some(rule) = Rect::from_xywh(at.0, at.1 - RULE / 2.0, length, RULE) {
        path.push_rect(rule);
    }
    if let Some(path) = path.finish() {
        surface.set_fill(Some(Fill { paint: luma::Color::new(RULE_GREY).into(), ..Fill::default() }));
        surface.draw_path(&path);
        surface.set_fill(None);
    }
}

fn is_language_tag(lang: &str) -> bool {
    lang.len() <= 35
        && lang.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Without krilla's own words: they may quote the text.
fn reason(error: &KrillaError) -> &'static str {
    match error {
        KrillaError::Font(..) => "a font was refused",
        KrillaError::Validation(_) => "it would not be PDF/A-2b",
        KrillaError::Limit(_) => "it is over a limit of the format",
        KrillaError::Image(..) | KrillaError::SixteenBitImage(..) => "a picture was refused",
        _ => "its parts contradict each other",
    }
}
