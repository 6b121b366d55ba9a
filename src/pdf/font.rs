//! The letters: which there are, how wide they are, and what becomes of those that there are not.

use krilla::text::{Font, GlyphId};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider, charmap::Charmap};

use super::PdfError;

const REGULAR: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/DejaVuSans.ttf"));
const BOLD: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/DejaVuSans-Bold.ttf"));
const MONO: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/DejaVuSansMono.ttf"));

/// Stands for a character that cannot be shown.
pub(super) const REPLACEMENT: char = '\u{fffd}';
/// The space at which no line breaks.
pub(super) const FIXED_SPACE: char = '\u{a0}';

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    /// All letters equally wide.
    Mono,
}

/// A face at a size in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) face: Face,
    pub(super) size: f32,
    /// From one line to the next, in points.
    pub(super) leading: f32,
    /// Distance of the tab stops, in points.
    pub(super) tab: f32,
}

impl Style {
    pub(super) const BODY: Self = Self { face: Face::Regular, size: 10.0, leading: 13.5, tab: 36.0 };
    pub(super) const HEADING: Self = Self { face: Face::Bold, size: 13.0, leading: 17.0, tab: 36.0 };
    pub(super) const CELL: Self = Self { face: Face::Regular, size: 9.0, leading: 11.5, tab: 24.0 };
    pub(super) const CELL_HEAD: Self = Self { face: Face::Bold, ..Self::CELL };
    pub(super) const FOOTER: Self = Self { face: Face::Regular, size: 8.0, leading: 10.0, tab: 36.0 };
    /// 80 columns and 60 lines on a page, as on a line printer; a tab stop every eight columns.
    pub(super) const TYPED: Self =
        Self { face: Face::Mono, size: 10.0, leading: 12.0, tab: 10.0 * 8.0 * 1233.0 / 2048.0 };
}

struct Loaded {
    font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

/// The three faces, ready to measure and to draw.
pub(super) struct Fonts([Loaded; 3]);

impl Fonts {
    /// Cannot fail with the fonts that are compiled in.
    pub(super) fn load() -> Result<Self, PdfError> {
        Ok(Self([load(REGULAR)?, load(BOLD)?, load(MONO)?]))
    }

    pub(super) fn font(&self, face: Face) -> Font {
        self.face(face).font.clone()
    }

    /// The drawing of a character and its width in ems; `None` if the face has no such drawing.
    pub(super) fn glyph(&self, face: Face, character: char) -> Option<(GlyphId, f32)> {
        let face = self.face(face);
        let character = if character == FIXED_SPACE { ' ' } else { character };
        let id = face.charmap.map(character).filter(|id| id.to_u32() != 0)?;
        Some((GlyphId::new(id.to_u32()), face.metrics.advance_width(id)? / face.units_per_em))
    }

    /// Width in points; the text has been through [`Fonts::showable`].
    pub(super) fn width(&self, style: Style, character: char) -> f32 {
        self.glyph(style.face, character).map_or(0.0, |(_, ems)| ems * style.size)
    }

    /// The text with only what can be shown: glyphs, line feeds, tabs, spaces and [`FIXED_SPACE`].
    ///
    /// Control and formatting characters are dropped (those that reorder text could make it read differently);
    /// what the face lacks becomes [`REPLACEMENT`]; every kind of line end becomes a line feed.
    pub(super) fn showable(&self, face: Face, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                ' '..='~' | '\n' | '\t' => out.push(character),
                '\r' if characters.peek() == Some(&'\n') => {}
                '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
                FIXED_SPACE | '\u{2007}' | '\u{202f}' => out.push(FIXED_SPACE),
                _ if character.is_whitespace() => out.push(' '),
                _ if character.is_control() || is_invisible(character) => {}
                _ if needs_shaping(character) || self.glyph(face, character).is_none() => out.push(REPLACEMENT),
                _ => out.push(character),
            }
        }
        out
    }

    fn face(&self, face: Face) -> &Loaded {
        let [regular, bold, mono] = &self.0;
        match face {
            Face::Regular => regular,
            Face::Bold => bold,
            Face::Mono => mono,
        }
    }
}

fn load(bytes: &'static [u8]) -> Result<Loaded, PdfError> {
    let broken = PdfError::NotMade("a font is broken");
    let font = Font::new(bytes.into(), 0).ok_or(broken)?;
    let reference = FontRef::new(bytes).map_err(|_| broken)?;
    Ok(Loaded {
        units_per_em: font.units_per_em(),
        charmap: reference.charmap(),
        metrics: reference.glyph_metrics(Size::unscaled(), LocationRef::default()),
        font,
    })
}

/// Has no drawing of its own: joins, marks of direction, selectors of a variant, soft hyphens, noncharacters.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(character) & 0xfffe == 0xfffe
}

/// Letters that join, stack or run from right to left: drawn one by one they would read as something else.
fn needs_shaping(character: char) -> bool {
    matches!(character,
        '\u{590}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1700}'..='\u{18af}' | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}
