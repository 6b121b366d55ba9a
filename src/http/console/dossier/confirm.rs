//! Episodes of which the HIS does not say enough, for the practice to confirm (E03, E62): until then they are withheld.

use super::items::{Told, told, value_of};
use crate::app::InFull;
use crate::domain::dossier::{Attention, EpisodeStatus, Visibility};
use crate::domain::ids::PatientRef;
use crate::domain::release::Topic;
use crate::domain::rights::Right;
use crate::http::console::overview::table;
use crate::http::console::staff::Staff;
use crate::http::pages::blocks::{Block, Button, Cell};

/// What the HIS left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacks {
    /// Whether the patient may see it (`visible` is null).
    Visibility,
    /// The attention value of a closed episode, which no code stands in for (R-EP-04).
    Attention,
}

fn lacks(topic: &Topic) -> Option<Lacks> {
    match topic {
        Topic::Episode { visible: Visibility::Unconfirmed, .. } => Some(Lacks::Visibility),
        Topic::Episode {
            visible: Visibility::Shown,
            status: EpisodeStatus::Closed,
            attention: Attention::Unknown,
            ..
        } => Some(Lacks::Attention),
        _ => None,
    }
}

/// The list with what can be done about each; `None` when nothing is to be confirmed.
pub(super) fn list(staff: &Staff, who: &PatientRef, full: &InFull) -> Option<Block> {
    let all = told(full);
    let rows: Vec<Vec<Cell>> = all.iter().filter_map(|told| Some(row(staff, told, lacks(&told.item.topic)?))).collect();
    if rows.is_empty() {
        return None;
    }
    let caption = staff.pick("Episodes om te bevestigen", "Episodes to confirm");
    let head = [
        staff.pick("Episode", "Episode"),
        staff.pick("Datum", "Date"),
        staff.pick("Wat ontbreekt", "What is missing"),
        staff.pick("Tonen", "Show"),
        staff.pick("Verbergen", "Hide"),
    ];
    let form = staff.form(format!("/p/{}/episode", who.patient), vec![table(caption, &head, rows)], vec![]);
    Some(Block::More(caption.to_owned(), vec![form]))
}

fn row(staff: &Staff, told: &Told<'_>, lacks: Lacks) -> Vec<Cell> {
    let words = match lacks {
        Lacks::Visibility => staff.pick(
            "Het HIS zegt niet of de patiënt dit mag zien. Tot u kiest is het verborgen.",
            "The HIS does not say whether the patient may see it. Until you choose it is hidden.",
        ),
        Lacks::Attention => staff.pick(
            "Afgesloten zonder attentiewaarde: niet zichtbaar. Leg de attentiewaarde vast in het HIS.",
            "Closed without attention value: not visible. Note the attention value in the HIS.",
        ),
    };
    let may = lacks == Lacks::Visibility && staff.may(Right::HideEpisode);
    let button = |name: &'static str, label: &str| match may {
        true => {
            let label = format!("{label}: {}", told.title());
            Cell::Button(Button { name, value: value_of(&told.item.key), label })
        }
        false => Cell::Text("–".to_owned()),
    };
    vec![
        Cell::Text(told.title()),
        Cell::Text(told.date()),
        Cell::Text(words.to_owned()),
        button("show", staff.pick("Tonen", "Show")),
        button("hide", staff.pick("Verbergen", "Hide")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_his_left_open_is_to_be_confirmed() {
        let episode =
            |status, attention, visible| Topic::Episode { status, attention, visible, sensitive: false, named: true };
        use EpisodeStatus::{Closed, Open};
        let cases = [
            (episode(Open, Attention::No, Visibility::Unconfirmed), Some(Lacks::Visibility)),
            (episode(Closed, Attention::Unknown, Visibility::Unconfirmed), Some(Lacks::Visibility)),
            (episode(Closed, Attention::Unknown, Visibility::Shown), Some(Lacks::Attention)),
            (episode(Closed, Attention::Unknown, Visibility::Hidden), None),
            (episode(Closed, Attention::No, Visibility::Shown), None),
            (episode(Open, Attention::Unknown, Visibility::Shown), None),
            (Topic::Treatment { visible: Visibility::Unconfirmed, start: None }, None),
        ];
        for (topic, expected) in cases {
            assert_eq!(lacks(&topic), expected, "{topic:?}");
        }
    }
}
