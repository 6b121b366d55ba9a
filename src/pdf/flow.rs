//! Pages: lines placed below each other on A4 until the page is full.

use super::font::{Fonts, Style};
use super::wrap::{Line, wrap};
use super::{MAX_PAGES, PdfError};

/// A4 upright, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Two centimetres on every side; the page number stands in the lower one.
pub(super) const MARGIN: f32 = 56.69;
/// What is left for the text.
pub(super) const TEXT_WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
const TEXT_END: f32 = PAGE.1 - MARGIN;

/// Something drawn on a page; `x` and `y` in points from its upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// Text that begins at `x` on the base line `y`.
    Text { x: f32, y: f32, style: Style, text: String },
    /// A thin line to the right.
    Rule { x: f32, y: f32, length: f32 },
}

/// What is drawn on one page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) marks: Vec<Mark>,
}

/// The pages so far and the place where the next block goes.
pub(super) struct Flow<'a> {
    pub(super) fonts: &'a Fonts,
    pages: Vec<Page>,
    page: Page,
    y: f32,
}

impl<'a> Flow<'a> {
    pub(super) fn new(fonts: &'a Fonts) -> Self {
        Self { fonts, pages: Vec::new(), page: Page::default(), y: MARGIN }
    }

    /// A bold line; at the foot of a page it moves to the next one together with two lines of what follows.
    pub(super) fn heading(&mut self, text: &str) -> Result<(), PdfError> {
        let lines = wrap(self.fonts, Style::HEADING, &self.fonts.showable(Style::HEADING.face, text), TEXT_WIDTH);
        self.gap(Style::HEADING.leading / 2.0);
        self.need(lines.len() as f32 * Style::HEADING.leading + 2.5 * Style::BODY.leading)?;
        self.place(&lines, Style::HEADING)?;
        self.gap(3.0);
        Ok(())
    }

    pub(super) fn paragraph(&mut self, text: &str) -> Result<(), PdfError> {
        self.lines(text, Style::BODY)?;
        self.gap(Style::BODY.leading / 2.0);
        Ok(())
    }

    /// Lines of text without space before or after.
    pub(super) fn lines(&mut self, text: &str, style: Style) -> Result<(), PdfError> {
        // Line by line, so that a text that is far too long stops at the limit of pages.
        for line in self.fonts.showable(style.face, text).split('\n') {
            let lines = wrap(self.fonts, style, line, TEXT_WIDTH);
            self.place(&lines, style)?;
        }
        Ok(())
    }

    fn place(&mut self, lines: &[Line], style: Style) -> Result<(), PdfError> {
        for line in lines {
            self.need(style.leading)?;
            self.draw(line, style, MARGIN, 0.0);
            self.y += style.leading;
        }
        Ok(())
    }

    /// Draws a line `below` the current place without moving it; there is room.
    pub(super) fn draw(&mut self, line: &Line, style: Style, left: f32, below: f32) {
        // The letters of these faces reach about 0.93 of their size above the base line and 0.24 below.
        let base = self.y + below + style.leading / 2.0 + style.size * 0.35;
        for piece in &line.pieces {
            let text = piece.text.clone();
            self.page.marks.push(Mark::Text { x: left + piece.x, y: base, style, text });
        }
    }

    pub(super) fn rule(&mut self) {
        self.page.marks.push(Mark::Rule { x: MARGIN, y: self.y, length: TEXT_WIDTH });
    }

    /// Moves down; space at the top of a page is left out.
    pub(super) fn gap(&mut self, height: f32) {
        if self.y > MARGIN {
            self.y += height;
        }
    }

    /// Moves down over what was drawn.
    pub(super) fn advance(&mut self, height: f32) {
        self.y += height;
    }

    /// Room left on this page.
    pub(super) fn room(&self) -> f32 {
        TEXT_END - self.y
    }

    /// Goes to a new page if this much does not fit on this one; says whether it did.
    pub(super) fn need(&mut self, height: f32) -> Result<bool, PdfError> {
        // Rounding must not cost a page its last line.
        let full = height > self.room() + 0.1 && self.y > MARGIN;
        if full {
            self.break_page();
        }
        if self.pages.len() >= MAX_PAGES { Err(PdfError::TooManyPages) } else { Ok(full) }
    }

    /// The next block begins on a new page; nothing happens on a page that is still empty.
    pub(super) fn break_page(&mut self) {
        if self.y > MARGIN {
            self.pages.push(std::mem::take(&mut self.page));
            self.y = MARGIN;
        }
    }

    /// All pages; one empty page when nothing was placed.
    pub(super) fn finish(mut self) -> Vec<Page> {
        if self.pages.is_empty() || self.y > MARGIN {
            self.pages.push(self.page);
        }
        self.pages
    }
}
