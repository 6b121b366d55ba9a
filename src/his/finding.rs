//! What is wrong with a delivery: codes, severities and findings (his-source-data §4.3).
//!
//! A finding says where to look and what to do. It never holds a value of the delivery: no name, number or text
//! of a patient can reach a report or a log through it.

mod nl;

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::domain::dossier::{RecordRef, RecordType};

/// How much a finding costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// `W`: the record is kept.
    Warning,
    /// `H`: the patient is held back; what was stored before stays.
    Held,
    /// `R`: this record is refused, the others go on.
    Record,
    /// `B`: the whole batch is rejected.
    Batch,
}

impl Severity {
    /// The letter of the error catalogue.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Warning => "W",
            Self::Held => "H",
            Self::Record => "R",
            Self::Batch => "B",
        }
    }
}

/// A code of the error catalogue. The doc of each variant is its number; [`Code::meaning`] explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// E-FMT-001
    LineUnreadable,
    /// E-FMT-002
    HeaderInvalid,
    /// E-FMT-003
    FooterInvalid,
    /// E-FMT-004
    TypeUnknown,
    /// E-FMT-005
    TooLarge,
    /// E-FMT-006
    OperationInvalid,
    /// W-FMT-007
    MemberUnknown,
    /// E-AUTH-001
    PracticeMismatch,
    /// E-SEQ-001
    SequenceGap,
    /// E-SEQ-002
    VersionReused,
    /// W-SEQ-003
    VersionOlder,
    /// E-ID-001
    BsnInvalid,
    /// E-ID-002
    BsnShared,
    /// E-ID-003
    BsnChanged,
    /// W-ID-004
    EmailShared,
    /// E-VAL-001
    Missing,
    /// E-VAL-002
    WrongType,
    /// E-VAL-003
    WrongLength,
    /// E-VAL-004
    NotInList,
    /// E-VAL-005
    WrongForm,
    /// E-VAL-006
    AgbOrUraForm,
    /// E-VAL-007
    OutOfRange,
    /// E-VAL-008
    ImpossibleDate,
    /// E-VAL-009
    InTheFuture,
    /// E-VAL-010
    OffsetMissing,
    /// E-VAL-011
    OffsetWrong,
    /// E-VAL-012
    EndBeforeStart,
    /// E-VAL-013
    EpisodeUnnamed,
    /// W-VAL-014
    ClosedWithoutEnd,
    /// E-VAL-015
    SequenceTaken,
    /// E-VAL-016
    NotNumeric,
    /// E-VAL-017
    FileType,
    /// E-VAL-018
    HashMismatch,
    /// E-VAL-019
    NotOfFhir,
    /// E-CODE-001
    IcpcForm,
    /// E-CODE-002
    ProductCodeForm,
    /// E-CODE-003
    ProductMissing,
    /// E-CODE-004
    DeterminationMissing,
    /// W-CODE-005
    UnitNotUcum,
    /// W-CODE-006
    CodeNotInTable,
    /// E-REF-001
    ReferenceUnknown,
    /// E-REF-002
    ReferenceExpired,
    /// E-REF-003
    ReferenceCrosses,
    /// E-POL-001
    NeverImported,
    /// W-POL-002
    LineDropped,
    /// E-POL-003
    EpdOverdracht,
    /// E-POL-004
    ConclusionMissing,
    /// E-POL-005
    MinorOpenedByItself,
    /// E-LIM-001
    ShrinkGuard,
    /// E-LIM-002
    TooManyRefused,
}

impl Code {
    /// Every code, in the order of the catalogue.
    pub const ALL: [Self; 50] = [
        Self::LineUnreadable,
        Self::HeaderInvalid,
        Self::FooterInvalid,
        Self::TypeUnknown,
        Self::TooLarge,
        Self::OperationInvalid,
        Self::MemberUnknown,
        Self::PracticeMismatch,
        Self::SequenceGap,
        Self::VersionReused,
        Self::VersionOlder,
        Self::BsnInvalid,
        Self::BsnShared,
        Self::BsnChanged,
        Self::EmailShared,
        Self::Missing,
        Self::WrongType,
        Self::WrongLength,
        Self::NotInList,
        Self::WrongForm,
        Self::AgbOrUraForm,
        Self::OutOfRange,
        Self::ImpossibleDate,
        Self::InTheFuture,
        Self::OffsetMissing,
        Self::OffsetWrong,
        Self::EndBeforeStart,
        Self::EpisodeUnnamed,
        Self::ClosedWithoutEnd,
        Self::SequenceTaken,
        Self::NotNumeric,
        Self::FileType,
        Self::HashMismatch,
        Self::NotOfFhir,
        Self::IcpcForm,
        Self::ProductCodeForm,
        Self::ProductMissing,
        Self::DeterminationMissing,
        Self::UnitNotUcum,
        Self::CodeNotInTable,
        Self::ReferenceUnknown,
        Self::ReferenceExpired,
        Self::ReferenceCrosses,
        Self::NeverImported,
        Self::LineDropped,
        Self::EpdOverdracht,
        Self::ConclusionMissing,
        Self::MinorOpenedByItself,
        Self::ShrinkGuard,
        Self::TooManyRefused,
    ];

    /// The code as reports write it.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// What the finding costs.
    pub const fn severity(self) -> Severity {
        self.row().1
    }

    /// What is wrong and what to do about it, one line for the people of the practice and its HIS vendor; in Dutch it is
    /// [`Code::meaning_nl`].
    pub const fn meaning(self) -> &'static str {
        self.row().2
    }

    /// Reads a code as reports write it.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    #[rustfmt::skip]
    const fn row(self) -> (&'static str, Severity, &'static str) {
        use Severity::{Batch as B, Held as H, Record as R, Warning as W};
        match self {
            Self::LineUnreadable => ("E-FMT-001", R, "the line is not one JSON object in UTF-8 with unique keys: repair the export"),
            Self::HeaderInvalid => ("E-FMT-002", B, "the first line is not a valid header of dvza-his-1 or dvza-his-2: send the batch again with a correct one; FHIR is a format of its own (fhir-r4, fhir-stu3)"),
            Self::FooterInvalid => ("E-FMT-003", B, "the footer is missing or disagrees with the lines: the file is cut off or altered, send it again"),
            Self::TypeUnknown => ("E-FMT-004", R, "this record type does not exist in the format of the batch: leave it out or correct the name"),
            Self::TooLarge => ("E-FMT-005", B, "a line, the batch or its compression is over the limit: split the batch, send documents in parts"),
            Self::OperationInvalid => ("E-FMT-006", R, "op must be put with d, or del without d: correct the line"),
            Self::MemberUnknown => ("W-FMT-007", W, "this member is not part of the format and was ignored: check its spelling"),
            Self::PracticeMismatch => ("E-AUTH-001", B, "the header names another practice than the sender's certificate, or none of this installation: check the URA and the certificate"),
            Self::SequenceGap => ("E-SEQ-001", B, "a batch is missing or one was sent twice with other content: send the missing batches or a full one"),
            Self::VersionReused => ("E-SEQ-002", R, "this version was delivered before with other content: raise v with every change"),
            Self::VersionOlder => ("W-SEQ-003", W, "a newer version is stored already and this one was ignored: nothing to do"),
            Self::BsnInvalid => ("E-ID-001", R, "the BSN is not nine digits that pass the 11-test: correct it in the HIS or leave it out"),
            Self::BsnShared => ("E-ID-002", H, "two patients have this BSN and both are blocked: find out who is who and merge or correct them"),
            Self::BsnChanged => ("E-ID-003", H, "the patient got another BSN without a merge: confirm the identity, then send a merge"),
            Self::EmailShared => ("W-ID-004", W, "two patients have this e-mail address: check whose it is"),
            Self::Missing => ("E-VAL-001", R, "a mandatory member is missing or blank: fill it in"),
            Self::WrongType => ("E-VAL-002", R, "the member has the wrong JSON type: send it as the format says"),
            Self::WrongLength => ("E-VAL-003", R, "the member is too long or too short: stay within the stated length"),
            Self::NotInList => ("E-VAL-004", R, "the value is not one of the listed ones: map it to a value of the format"),
            Self::WrongForm => ("E-VAL-005", R, "the value does not have the required form: correct it in the HIS"),
            Self::AgbOrUraForm => ("E-VAL-006", R, "an AGB code or URA is eight digits: correct it in the HIS"),
            Self::OutOfRange => ("E-VAL-007", R, "the number is outside its range: correct it"),
            Self::ImpossibleDate => ("E-VAL-008", R, "this date does not exist or is out of range: correct it in the HIS"),
            Self::InTheFuture => ("E-VAL-009", R, "the date lies in the future: correct it, and check the clock of the HIS"),
            Self::OffsetMissing => ("E-VAL-010", R, "the instant has no offset: write it with Z, +01:00 or +02:00"),
            Self::OffsetWrong => ("E-VAL-011", R, "the offset is not that of Europe/Amsterdam at that instant: correct the export"),
            Self::EndBeforeStart => ("E-VAL-012", R, "the end lies before the start: correct one of them"),
            Self::EpisodeUnnamed => ("E-VAL-013", R, "the episode has neither title nor ICPC code: give it one"),
            Self::ClosedWithoutEnd => ("W-VAL-014", W, "the episode is closed but has no end date: fill it in"),
            Self::SequenceTaken => ("E-VAL-015", R, "another entry has this place in the contact: number the deelcontacten"),
            Self::NotNumeric => ("E-VAL-016", R, "the value is not a decimal number with a point: correct the export"),
            Self::FileType => ("E-VAL-017", R, "documents of this media type are not accepted: send PDF, text, JPEG, TIFF or RTF"),
            Self::HashMismatch => ("E-VAL-018", R, "the bytes of the document have another SHA-256: send document and parts again"),
            Self::NotOfFhir => ("E-VAL-019", R, "FHIR has no such element at this place in this release: check its name, or make it an extension"),
            Self::IcpcForm => ("E-CODE-001", R, "this is not the form of an ICPC-1-NL code: write it as T90 or T90.02"),
            Self::ProductCodeForm => ("E-CODE-002", R, "a G-Standaard product code is one to eight digits: correct it"),
            Self::ProductMissing => ("E-CODE-003", R, "no product is named: send a product code or a name"),
            Self::DeterminationMissing => ("E-CODE-004", R, "the determination has no code and no name: send one of them"),
            Self::UnitNotUcum => ("W-CODE-005", W, "the unit is not written in UCUM and is shown as text: map it, e.g. mm[Hg]"),
            Self::CodeNotInTable => ("W-CODE-006", W, "the code is not in the loaded version of the table: load a newer table"),
            Self::ReferenceUnknown => ("E-REF-001", R, "the record it refers to is not there: send it too"),
            Self::ReferenceExpired => ("E-REF-002", R, "the record it refers to did not come within 24 hours: send both again"),
            Self::ReferenceCrosses => ("E-REF-003", R, "it refers to a record of another patient: correct the reference"),
            Self::NeverImported => ("E-POL-001", R, "work notes, memos, additional information, S and O lines are never exported: leave them out"),
            Self::LineDropped => ("W-POL-002", W, "an S or O line was dropped and not stored: leave them out of the export"),
            Self::EpdOverdracht => ("E-POL-003", R, "an EPD-overdracht is never shown to a patient: leave it out"),
            Self::ConclusionMissing => ("E-POL-004", R, "a published result needs a conclusion in words: write one or do not publish"),
            Self::MinorOpenedByItself => ("E-POL-005", H, "a dossier of somebody under 16 may not open by itself: a person must decide"),
            Self::ShrinkGuard => ("E-LIM-001", B, "far fewer patients or records than before: check the export, then confirm it by hand"),
            Self::TooManyRefused => ("E-LIM-002", B, "too many records were refused: repair the export and send it again"),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong, and where. As JSON it is a line of the result report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// Line in the delivery, from 1; `None` when no line can be named.
    pub line: Option<u64>,
    /// The record's type as delivered, or `header` or `footer`; `None` when the line cannot tell.
    pub t: Option<String>,
    /// The record's id; `None` when it has none of the right form.
    pub id: Option<String>,
    /// JSON Pointer into the line (RFC 6901); `None` when the whole line is meant.
    pub path: Option<String>,
}

impl Finding {
    /// A finding about the batch as a whole, which has no line to point at.
    pub const fn of_batch(code: Code) -> Self {
        Self { code, line: None, t: None, id: None, path: None }
    }

    /// A finding about the header (always line 1), at this member.
    pub fn of_header(code: Code, path: Option<&str>) -> Self {
        Self { code, line: Some(1), t: Some("header".to_owned()), id: None, path: path.map(str::to_owned) }
    }

    /// The same place under a code that rejects the batch: what would refuse a record is worse in a header or
    /// footer. A warning stays what it is.
    pub(super) fn rejecting_as(self, code: Code) -> Self {
        if self.code.severity() == Severity::Warning { self } else { Self { code, ..self } }
    }

    /// A finding about the footer, at this line and member.
    pub fn of_footer(code: Code, line: Option<u64>, path: Option<&str>) -> Self {
        Self { code, line, t: Some("footer".to_owned()), id: None, path: path.map(str::to_owned) }
    }

    /// Reads a line of the result report; `None` when it is none.
    pub fn read(line: &[u8]) -> Option<Self> {
        let line: serde_json::Value = serde_json::from_slice(line).ok()?;
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        Some(Self {
            code: Code::find(line["code"].as_str()?)?,
            line: line["line"].as_u64(),
            t: text("type"),
            id: text("id"),
            path: text("path"),
        })
    }

    /// The record it is about; `None` when it names none, or one of a type that is not ours.
    pub fn record(&self) -> Option<RecordRef> {
        let t = RecordType::find(self.t.as_deref()?)?;
        Some(RecordRef { t, id: self.id.as_deref()?.parse().ok()? })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        for part in [&self.t, &self.id, &self.path].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        write!(f, ": {}", self.code.meaning())
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Finding", 6)?;
        line.serialize_field("code", self.code.as_str())?;
        line.serialize_field("severity", self.code.severity().letter())?;
        line.serialize_field("line", &self.line)?;
        line.serialize_field("type", &self.t)?;
        line.serialize_field("id", &self.id)?;
        line.serialize_field("path", &self.path)?;
        line.end()
    }
}

/// May foreign text be quoted in a finding? Only when it looks like an identifier: 1 to 64 characters of
/// `A-Z a-z 0-9 . _ : -`.
pub(super) fn is_quotable(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_text_and_says_what_to_do() {
        for (place, code) in Code::ALL.into_iter().enumerate() {
            assert_eq!(Code::find(code.as_str()), Some(code));
            assert_eq!(code as usize, place, "{code} is out of order");
            for meaning in [code.meaning(), code.meaning_nl()] {
                assert!(meaning.contains(": ") && !meaning.ends_with('.'), "{code} gives no advice: {meaning}");
            }
            assert_ne!(code.meaning(), code.meaning_nl());
            let warns = code.severity() == Severity::Warning;
            assert_eq!(code.as_str().starts_with('W'), warns, "{code}");
        }
        assert_eq!(Code::find("E-XXX-001"), None);
    }

    /// `DVZA_BLESS=1` writes the table anew.
    #[test]
    fn the_catalogue_of_errors_has_every_code() {
        let mut table = String::from(
            "# What can be wrong with a delivery\n\n\
             Severity: B the batch is refused or held, R the record is refused, H the patient is held back, W a warning. Made from the\n\
             program; a test keeps it so.\n\n\
             | code | severity | what is wrong, and what to do |\n| --- | --- | --- |\n",
        );
        for code in Code::ALL {
            table.push_str(&format!("| {code} | {} | {} |\n", code.severity().letter(), code.meaning()));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/formats/errors.md");
        if std::env::var_os("DVZA_BLESS").is_some() {
            std::fs::write(path, &table).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), table);
    }

    #[test]
    fn a_finding_is_one_line_of_the_result_report() {
        let finding = Finding {
            code: Code::IcpcForm,
            line: Some(27),
            t: Some("episode".to_owned()),
            id: Some("x1".to_owned()),
            path: Some("/d/icpc".to_owned()),
        };
        let line = serde_json::to_string(&finding).unwrap();
        assert_eq!(
            line,
            r#"{"code":"E-CODE-001","severity":"R","line":27,"type":"episode","id":"x1","path":"/d/icpc"}"#
        );
        assert_eq!(Finding::read(line.as_bytes()), Some(finding.clone()));
        let record = finding.record().unwrap();
        assert_eq!((record.t, record.id.as_str()), (RecordType::Episode, "x1"));
    }

    #[test]
    fn what_names_no_record_of_ours_is_about_none() {
        let bare = Finding::of_batch(Code::FooterInvalid);
        let note = Finding { t: Some("note".to_owned()), id: Some("x1".to_owned()), ..bare.clone() };
        for finding in [Finding::of_header(Code::SequenceGap, Some("/seq")), bare, note] {
            assert_eq!(finding.record(), None, "{finding}");
            assert_eq!(Finding::read(&serde_json::to_vec(&finding).unwrap()), Some(finding));
        }
        for line in ["", "[]", "{}", r#"{"code":"E-XXX-001"}"#] {
            assert_eq!(Finding::read(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn only_text_that_looks_like_an_identifier_is_quoted() {
        assert!(is_quotable("note2"));
        for bad in ["", "Jan Jansen", "é", "a/b", &"x".repeat(65)] {
            assert!(!is_quotable(bad), "{bad}");
        }
    }
}
