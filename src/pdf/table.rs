//! Tables: columns as wide as their cells ask, cells wrapped, the head again on every page.

use super::PdfError;
use super::flow::{Flow, MARGIN, PAGE, TEXT_WIDTH};
use super::font::Style;
use super::wrap::{Line, natural_width, wrap};

/// Space around the text of a cell, in points.
const PADDING: f32 = 3.0;
/// A head that takes more of the page than this is not repeated: it would leave no room for the rows.
const TALLEST_HEAD: f32 = PAGE.1 / 3.0;

/// Places a table; it begins a new page only if not even its head and one line fit on this one.
pub(super) fn place(flow: &mut Flow<'_>, head: &[String], rows: &[Vec<String>]) -> Result<(), PdfError> {
    let head = cells(flow, head, Style::CELL_HEAD);
    let rows: Vec<Vec<String>> = rows.iter().map(|row| cells(flow, row, Style::CELL)).collect();
    let columns = widths(flow, &head, &rows);
    if columns.is_empty() {
        return Ok(());
    }
    let table = Table { head: Row::new(flow, &head, &columns, Style::CELL_HEAD), columns };
    flow.need(table.head.height() + Style::CELL.leading + 2.0 * PADDING)?;
    table.head(flow)?;
    for row in &rows {
        table.row(flow, &Row::new(flow, row, &table.columns, Style::CELL))?;
    }
    flow.gap(Style::BODY.leading / 2.0);
    Ok(())
}

fn cells(flow: &Flow<'_>, cells: &[String], style: Style) -> Vec<String> {
    cells.iter().map(|text| flow.fonts.showable(style.face, text).trim_end().to_owned()).collect()
}

/// Every column gets what its widest cell asks, or an equal share of what the narrower ones leave.
fn widths(flow: &Flow<'_>, head: &[String], rows: &[Vec<String>]) -> Vec<f32> {
    let mut widths: Vec<f32> = Vec::new();
    let mut ask = |cells: &[String], style| {
        for (column, text) in cells.iter().enumerate() {
            let width = natural_width(flow.fonts, style, text) + 2.0 * PADDING + 0.5;
            match widths.get_mut(column) {
                Some(widest) => *widest = widest.max(width),
                None => widths.push(width),
            }
        }
    };
    ask(head, Style::CELL_HEAD);
    rows.iter().for_each(|row| ask(row, Style::CELL));
    let mut sorted = widths.clone();
    sorted.sort_by(f32::total_cmp);
    let (mut left, mut count) = (TEXT_WIDTH, sorted.len());
    for width in sorted {
        if width * count as f32 > left {
            break;
        }
        left -= width;
        count -= 1;
    }
    let share = left / count.max(1) as f32;
    widths.iter().map(|width| width.min(share.max(2.0 * PADDING + 1.0))).collect()
}

struct Table {
    columns: Vec<f32>,
    head: Row,
}

impl Table {
    fn head(&self, flow: &mut Flow<'_>) -> Result<(), PdfError> {
        if self.head.lines == 0 { Ok(()) } else { self.part(flow, &self.head, 0, self.head.lines) }
    }

    /// A row stays together if it fits on one page; a taller one goes on where the page ends.
    fn row(&self, flow: &mut Flow<'_>, row: &Row) -> Result<(), PdfError> {
        let mut done = 0;
        while done < row.lines {
            let whole = row.height_of(row.lines - done);
            let fits_somewhere = whole + self.repeated_head() <= PAGE.1 - 2.0 * MARGIN;
            let needed = if fits_somewhere { whole } else { row.height_of(1) };
            if flow.need(needed)? && self.repeated_head() > 0.0 {
                self.head(flow)?;
            }
            let room = ((flow.room() + 0.1 - 2.0 * PADDING) / row.style.leading).floor().max(1.0);
            let lines = (room as usize).min(row.lines - done);
            self.part(flow, row, done, lines)?;
            done += lines;
        }
        Ok(())
    }

    fn repeated_head(&self) -> f32 {
        if self.head.lines == 0 || self.head.height() > TALLEST_HEAD { 0.0 } else { self.head.height() }
    }

    /// Draws some lines of a row and the rule below them.
    fn part(&self, flow: &mut Flow<'_>, row: &Row, from: usize, count: usize) -> Result<(), PdfError> {
        let mut left = MARGIN;
        for (cell, width) in row.cells.iter().zip(&self.columns) {
            for (index, line) in cell.iter().skip(from).take(count).enumerate() {
                flow.draw(line, row.style, left + PADDING, PADDING + index as f32 * row.style.leading);
            }
            left += width;
        }
        flow.advance(row.height_of(count));
        flow.rule();
        Ok(())
    }
}

/// The cells of a row, broken into lines.
struct Row {
    cells: Vec<Vec<Line>>,
    /// Of the tallest cell.
    lines: usize,
    style: Style,
}

impl Row {
    fn new(flow: &Flow<'_>, cells: &[String], columns: &[f32], style: Style) -> Self {
        let wrapped = |(text, width): (&String, &f32)| wrap(flow.fonts, style, text, width - 2.0 * PADDING);
        let cells: Vec<Vec<Line>> = cells.iter().zip(columns).map(wrapped).collect();
        Self { lines: cells.iter().map(Vec::len).max().unwrap_or(0), cells, style }
    }

    fn height(&self) -> f32 {
        if self.lines == 0 { 0.0 } else { self.height_of(self.lines) }
    }

    fn height_of(&self, lines: usize) -> f32 {
        lines as f32 * self.style.leading + 2.0 * PADDING
    }
}
