//! The preview: exactly what the engine would serve if the dossier were open now (R-DR-02).

use std::collections::BTreeMap;

use serde_json::Value;

use super::items::lines;
use crate::app::Showing;
use crate::http::console::staff::Staff;
use crate::http::console::{overview, words};
use crate::http::pages::blocks::{Block, Cell};
use crate::mapping::summary::{Section, Summary, summary};

/// The released set, section by section, in the order of the patient's own pages.
pub(super) fn blocks(staff: &Staff, showing: &Showing) -> Vec<Block> {
    let lang = staff.lang();
    let mut sections: BTreeMap<Section, Vec<Summary>> = BTreeMap::new();
    for resource in &showing.resources {
        let Ok(body) = serde_json::from_slice::<Value>(&resource.body) else { continue };
        if let Some(summary) = summary(resource.kind, &body) {
            sections.entry(summary.section).or_default().push(summary);
        }
    }
    let heading = staff.pick("Zo ziet de patiënt het", "As the patient sees it");
    let mut blocks = vec![Block::Heading(heading.to_owned())];
    if sections.is_empty() {
        let text = staff.pick("De patiënt ziet niets.", "The patient sees nothing.");
        blocks.push(Block::Text(text.to_owned()));
    }
    for (section, mut summaries) in sections {
        summaries.sort_by(|one, other| other.date.cmp(&one.date));
        let rows = summaries.iter().map(|summary| vec![Cell::Lines(lines(lang, summary))]).collect::<Vec<_>>();
        let name = format!("{} ({})", words::section(lang, section), rows.len());
        let table = overview::table(words::section(lang, section), &[staff.pick("Gegevens", "Data")], rows);
        blocks.push(Block::More(name, vec![table]));
    }
    blocks
}
