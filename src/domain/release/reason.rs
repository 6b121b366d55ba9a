//! Why something was released, stripped, withheld or refused: the codes of release-rules §3.
//!
//! They go to the audit log and the practice console, never to the PGO.

use std::fmt;

/// The verdict over one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Shown as it is.
    Release,
    /// Shown without what points to a hidden episode.
    Strip(Reason),
    /// Not shown, without a trace.
    Withhold(Reason),
}

impl Verdict {
    /// Is anything of the item shown?
    pub const fn is_shown(self) -> bool {
        !matches!(self, Self::Withhold(_))
    }
}

/// The filter that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The dossier is not open: only published copies are shown.
    Dossier,
    /// The section is switched off.
    Facility,
    /// Never served: entered in error, or a memo.
    Type,
    /// Hidden by the practice, third party, not visible, sensitive.
    Hidden,
    /// Hidden at the patient's request.
    Patient,
    /// Before the cutoff of its category.
    Cutoff,
    /// Outside the moving window.
    Window,
    /// Its clinical state is not shown.
    Status,
    /// Linked to a hidden episode.
    Episode,
    /// Linked to a hidden episode: shown without the link.
    EpisodeStrip,
    /// Its moment has not come.
    Moment,
    /// The contact was not with the patient.
    Contact,
}

impl Reason {
    /// The code of the rule sheet.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dossier => "G7_DOSSIER",
            Self::Facility => "G8_FACILITY",
            Self::Type => "F2_TYPE",
            Self::Hidden => "F3_HIDDEN",
            Self::Patient => "F4_PATIENT",
            Self::Cutoff => "F6_CUTOFF",
            Self::Window => "F7_WINDOW",
            Self::Status => "F8_STATUS",
            Self::Episode => "F9_EPISODE",
            Self::EpisodeStrip => "F9_STRIP",
            Self::Moment => "F10_MOMENT",
            Self::Contact => "F11_CONTACT",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The gate that closed. All of them look the same to a PGO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gate {
    /// The practice does not offer online access (now).
    PracticeOff,
    /// The login was below the required level.
    Level,
    /// No treatment relation.
    NoRelation,
    /// Blocked by the practice.
    BlockPractice,
    /// The patient opted out.
    BlockOptout,
    /// Died.
    BlockDeceased,
    /// The dossier went to another practice.
    BlockTransferred,
    /// No citizen service number.
    BlockNoBsn,
    /// The identity was not verified.
    BlockUnverified,
    /// More than one patient with this number.
    BlockConflict,
    /// Younger than 16.
    Age,
    /// Acting for another, which is not allowed here.
    Representation,
    /// No valid consent.
    Consent,
    /// No valid token.
    Token,
    /// The dossier is not open.
    Dossier,
}

impl Gate {
    /// Every gate.
    pub const ALL: [Self; 15] = [
        Self::PracticeOff,
        Self::Level,
        Self::NoRelation,
        Self::BlockPractice,
        Self::BlockOptout,
        Self::BlockDeceased,
        Self::BlockTransferred,
        Self::BlockNoBsn,
        Self::BlockUnverified,
        Self::BlockConflict,
        Self::Age,
        Self::Representation,
        Self::Consent,
        Self::Token,
        Self::Dossier,
    ];

    /// The gate of this code.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.code() == code)
    }

    /// The code of the rule sheet.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PracticeOff => "G0_PRACTICE_OFF",
            Self::Level => "G2_LOA",
            Self::NoRelation => "G3_NO_RELATION",
            Self::BlockPractice => "G3_BLOCK_PRACTICE",
            Self::BlockOptout => "G3_BLOCK_OPTOUT",
            Self::BlockDeceased => "G3_BLOCK_DECEASED",
            Self::BlockTransferred => "G3_BLOCK_TRANSFERRED",
            Self::BlockNoBsn => "G3_BLOCK_NO_BSN",
            Self::BlockUnverified => "G3_BLOCK_UNVERIFIED",
            Self::BlockConflict => "G3_BLOCK_CONFLICT",
            Self::Age => "G3_AGE",
            Self::Representation => "G4_REPR",
            Self::Consent => "G5_CONSENT",
            Self::Token => "G6_TOKEN",
            Self::Dossier => "G7_DOSSIER",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
