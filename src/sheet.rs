//! Extractions as files that spreadsheet programs open: XLSX and CSV. Pure.
//!
//! A cell is text, whatever it looks like: no program may take a patient's name for a formula.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// The most rows of an extraction: a sheet holds no more than some million.
pub const MAX_ROWS: usize = 1_000_000;

/// An extraction cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// More rows than a sheet holds.
    #[error("more than {limit} rows", limit = MAX_ROWS)]
    TooManyRows,
    /// The writer failed.
    #[error("the sheet cannot be written")]
    Xlsx(#[from] XlsxError),
    /// The writer failed.
    #[error("the file cannot be written")]
    Csv(#[from] csv::Error),
}

/// An XLSX file with one sheet of this name: a bold head, and the rows below it as text.
///
/// # Errors
/// [`SheetError`] with too many rows, or when the writer fails.
pub fn xlsx(name: &str, head: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, SheetError> {
    if rows.len() > MAX_ROWS {
        return Err(SheetError::TooManyRows);
    }
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    let bold = Format::new().set_bold();
    for (column, text) in (0u16..).zip(head) {
        sheet.write_string_with_format(0, column, text, &bold)?;
    }
    for (row, cells) in (1u32..).zip(rows) {
        for (column, text) in (0u16..).zip(cells) {
            sheet.write_string(row, column, text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(book.save_to_buffer()?)
}

/// A CSV file (RFC 4180) in UTF-8 with a byte order mark, which spreadsheet programs need to read it as such.
///
/// A cell that a program would take for a formula begins with an apostrophe.
///
/// # Errors
/// [`SheetError`] when the writer fails.
pub fn csv(head: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, SheetError> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(|error| SheetError::Csv(csv::Error::from(error.into_error())))
}

fn harmless(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Reader, Xlsx, open_workbook_from_rs};
    use std::io::Cursor;

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn a_sheet_reads_back_as_the_text_that_was_written() {
        let rows = vec![texts(&["Jansen", "=1+1", "0012"]), texts(&["Ömer", "", "-5"])];
        let bytes = xlsx("Dossiers", &texts(&["naam", "wat", "nummer"]), &rows).unwrap();
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range("Dossiers").unwrap();
        let read: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(read[0], ["naam", "wat", "nummer"]);
        assert_eq!(read[1..], rows);
    }

    #[test]
    fn no_cell_of_a_csv_file_is_a_formula() {
        let rows = vec![texts(&["=cmd", "+1", "-1", "@x", "a;b", "he said \"hi\"", "a\nb"])];
        let bytes = csv(&texts(&["a", "b", "c", "d", "e", "f", "g"]), &rows).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let cells: Vec<&str> = record.iter().collect();
        assert_eq!(cells, ["'=cmd", "'+1", "'-1", "'@x", "a;b", "he said \"hi\"", "a\nb"]);
    }
}
