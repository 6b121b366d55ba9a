//! Lines: text broken where it no longer fits, measured with the font.

use super::font::{FIXED_SPACE, Fonts, Style};

/// Rounding of widths must not break a line that just fits.
const SLACK: f32 = 0.05;

/// Text that begins at `x` points from the left of its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) x: f32,
    pub(super) text: String,
}

/// One line; an empty one has no pieces, each tab begins a new piece.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Line {
    pub(super) pieces: Vec<Piece>,
}

/// Breaks text at its line feeds, and lines that are wider than `width` at spaces.
///
/// Spaces keep their number except where a line is broken; a word that is wider than a line is broken inside.
/// At least one line, and at least one character on each line that is not empty in the text. The text has been
/// through [`Fonts::showable`].
pub(super) fn wrap(fonts: &Fonts, style: Style, text: &str, width: f32) -> Vec<Line> {
    let width = width + SLACK;
    let mut wrapper = Wrapper { fonts, style, width, lines: Vec::new(), line: Line::default(), x: 0.0, spaces: 0 };
    for line in text.split('\n') {
        wrapper.add(line);
        wrapper.end_line();
    }
    wrapper.lines
}

/// Width of the widest line when nothing is broken, tabs counting as their distance.
pub(super) fn natural_width(fonts: &Fonts, style: Style, text: &str) -> f32 {
    let width = |c: char| if c == '\t' { style.tab } else { fonts.width(style, c) };
    text.split('\n').map(|line| line.chars().map(width).sum()).fold(0.0, f32::max)
}

struct Wrapper<'a> {
    fonts: &'a Fonts,
    style: Style,
    width: f32,
    lines: Vec<Line>,
    line: Line,
    /// Where the next character goes, before the spaces that wait for a word.
    x: f32,
    /// Spaces that are drawn only when a word follows them on the same line.
    spaces: usize,
}

impl Wrapper<'_> {
    fn add(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = match first {
                ' ' | '\t' => 1,
                _ => rest.find([' ', '\t']).unwrap_or(rest.len()),
            };
            let (token, after) = rest.split_at(end);
            match first {
                ' ' => self.spaces += 1,
                '\t' => self.tab(),
                _ => self.word(token),
            }
            rest = after;
        }
    }

    fn tab(&mut self) {
        // At least half a space lies between two columns.
        let from = self.x + self.gap() + self.fonts.width(self.style, ' ') / 2.0;
        let stop = (from / self.style.tab).floor() * self.style.tab + self.style.tab;
        if stop >= self.width {
            self.end_line();
        } else {
            self.spaces = 0;
            self.x = stop;
            self.line.pieces.push(Piece { x: stop, text: String::new() });
        }
    }

    fn word(&mut self, word: &str) {
        if self.fits(word) {
            for _ in 0..std::mem::take(&mut self.spaces) {
                self.push(' ');
            }
        } else if self.has_ink() {
            self.end_line();
        } else {
            // An indentation that leaves no room for the word gives way to it.
            self.line = Line::default();
            (self.x, self.spaces) = (0.0, 0);
        }
        for character in word.chars() {
            if self.x > 0.0 && self.x + self.fonts.width(self.style, character) > self.width {
                self.end_line();
            }
            self.push(if character == FIXED_SPACE { ' ' } else { character });
        }
    }

    /// Stops measuring where the line is full, so that a very long word costs no more than its lines.
    fn fits(&self, word: &str) -> bool {
        let mut x = self.x + self.gap();
        word.chars().all(|character| {
            x += self.fonts.width(self.style, character);
            x <= self.width
        })
    }

    fn gap(&self) -> f32 {
        self.fonts.width(self.style, ' ') * self.spaces as f32
    }

    fn push(&mut self, character: char) {
        match self.line.pieces.last_mut() {
            Some(piece) => piece.text.push(character),
            None => self.line.pieces.push(Piece { x: self.x, text: character.to_string() }),
        }
        self.x += self.fonts.width(self.style, character);
    }

    fn has_ink(&self) -> bool {
        self.line.pieces.iter().any(|piece| !piece.text.is_empty())
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        line.pieces.retain(|piece| !piece.text.is_empty());
        self.lines.push(line);
        (self.x, self.spaces) = (0.0, 0);
    }
}
