//! What was wrong with deliveries, in words: the findings of one, and the records that were not taken until now.

use crate::domain::dossier::RecordType;
use crate::his::Finding;
use crate::http::console::staff::Staff;
use crate::http::console::{overview, words};
use crate::http::pages::Lang;
use crate::http::pages::blocks::{Block, Cell};
use crate::store::quarantine::Quarantined;

/// The most rows of a list.
pub(super) const MOST: u32 = 200;

/// The findings of a delivery: what is wrong, and where.
pub(super) fn findings(staff: &Staff, report: &[u8]) -> Vec<Block> {
    let lines = report.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let count = lines.clone().count() as u64;
    let lang = staff.lang();
    let rows = lines.take(MOST as usize).filter_map(Finding::read).map(|finding| {
        vec![
            Cell::Text(meaning(lang, &finding).to_owned()),
            Cell::Text(finding.code.as_str().to_owned()),
            Cell::Text(finding.t.as_deref().map(|t| type_words(lang, t)).unwrap_or_default()),
            Cell::Text(finding.id.clone().unwrap_or_default()),
            Cell::Text(finding.path.clone().unwrap_or_default()),
            Cell::Text(finding.line.map(|line| line.to_string()).unwrap_or_default()),
        ]
    });
    let head = [
        staff.pick("Wat is er mis", "What is wrong"),
        staff.pick("Code", "Code"),
        staff.pick("Soort gegeven", "Type of record"),
        staff.pick("Nummer in het HIS", "Number in the HIS"),
        staff.pick("Plaats", "Place"),
        staff.pick("Regel", "Line"),
    ];
    let caption = staff.pick("Bevindingen", "Findings");
    std::iter::once(overview::table(caption, &head, rows.collect())).chain(rest(staff, count)).collect()
}

/// The records that were not taken, those first that stand there longest; there are `count` in all.
pub(super) fn untaken(staff: &Staff, records: &[Quarantined], count: u64) -> Vec<Block> {
    let lang = staff.lang();
    let rows = records.iter().map(|record| {
        let finding = Finding::read(&record.body);
        let id = finding.as_ref().and_then(|finding| finding.id.clone());
        vec![
            Cell::Text(words::moment(record.at)),
            Cell::Text(words::record_type(lang, record.t).to_owned()),
            Cell::Text(id.unwrap_or_default()),
            Cell::Text(finding.as_ref().map(|finding| meaning(lang, finding)).unwrap_or_default().to_owned()),
            Cell::Text(record.code.clone()),
        ]
    });
    let head = [
        staff.pick("Sinds", "Since"),
        staff.pick("Soort gegeven", "Type of record"),
        staff.pick("Nummer in het HIS", "Number in the HIS"),
        staff.pick("Wat is er mis", "What is wrong"),
        staff.pick("Code", "Code"),
    ];
    let caption = staff.pick("Niet overgenomen gegevens", "Records not taken");
    let text = staff.pick(
        "Deze gegevens kwamen met een levering en zijn niet overgenomen. Ze staan hier tot het HIS ze in orde aanlevert.",
        "These records came with a delivery and were not taken. They stand here until the HIS delivers them in order.",
    );
    let why = (count > 0).then(|| Block::Text(text.to_owned()));
    let table = overview::table(caption, &head, rows.collect());
    why.into_iter().chain([table]).chain(rest(staff, count)).collect()
}

/// The type of a record, or the part of a delivery, in words; another name as it is.
pub(super) fn type_words(lang: Lang, t: &str) -> String {
    let words = match (t, RecordType::find(t)) {
        ("header", _) => lang.pick("begin van de levering", "start of the delivery"),
        ("footer", _) => lang.pick("einde van de levering", "end of the delivery"),
        (_, Some(known)) => words::record_type(lang, known),
        (other, None) => other,
    };
    words.to_owned()
}

fn meaning(lang: Lang, finding: &Finding) -> &'static str {
    lang.pick(finding.code.meaning_nl(), finding.code.meaning())
}

/// How many there are, when not all of them are shown.
fn rest(staff: &Staff, count: u64) -> Option<Block> {
    let text = match staff.lang() {
        Lang::Nl => format!("Dit zijn de eerste {MOST} van {count}."),
        Lang::En => format!("These are the first {MOST} of {count}."),
    };
    (count > u64::from(MOST)).then_some(Block::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_words_and_what_is_no_type_keeps_its_name() {
        for t in RecordType::ALL {
            for lang in [Lang::Nl, Lang::En] {
                let words = type_words(lang, t.as_str());
                assert!(!words.is_empty() && !words.contains('_'), "{t}: {words}");
            }
        }
        assert_eq!(type_words(Lang::Nl, "observation"), "bepaling");
        assert_eq!(type_words(Lang::En, "header"), "start of the delivery");
        assert_eq!(type_words(Lang::Nl, "note"), "note");
    }
}
