//! The counts of a delivery, as the import writes them down, in words.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::pages::Lang;

/// What is counted; what a delivery says nothing of is 0 or absent.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    /// Lines between header and footer.
    records: u64,
    /// Records refused.
    refused: u64,
    /// Records in order, by type.
    pub taken: BTreeMap<String, u64>,
    /// What the practice held when the delivery was held.
    pub before: Option<Size>,
    /// What it would hold.
    pub now: Option<Size>,
}

/// How much a practice holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Size {
    pub patients: u64,
    pub records: u64,
}

impl Counts {
    /// Reads what the store keeps.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// One count a line; what is 0 is left out.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let counts = [
            (lang.pick("ontvangen", "received"), self.records),
            (lang.pick("in orde", "in order"), self.taken.values().sum::<u64>()),
            (lang.pick("geweigerd", "refused"), self.refused),
        ];
        let lines = counts.into_iter().filter(|(_, count)| *count > 0);
        lines.map(|(name, count)| format!("{name}: {count}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_in_words_and_nothing_is_said_of_what_is_none() {
        let json = r#"{"records":12,"taken":{"episode":4,"contact":6},"refused":2,"codes":{"E-VAL-001":2}}"#;
        let counts = Counts::read(json);
        assert_eq!(counts.lines(Lang::Nl), ["ontvangen: 12", "in orde: 10", "geweigerd: 2"]);
        assert_eq!(counts.lines(Lang::En), ["received: 12", "in order: 10", "refused: 2"]);
        assert_eq!(counts.before, None);
        for nothing in ["{}", "", r#"{"records":0,"taken":{},"refused":0}"#] {
            assert!(Counts::read(nothing).lines(Lang::Nl).is_empty(), "{nothing}");
        }
        let held = Counts::read(r#"{"before":{"patients":20,"records":900},"now":{"patients":3,"records":90}}"#);
        assert_eq!(held.before, Some(Size { patients: 20, records: 900 }));
        assert_eq!(held.now, Some(Size { patients: 3, records: 90 }));
    }
}
