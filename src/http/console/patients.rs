//! Finding a patient. What is typed goes in a form, never in an address.

use axum::response::Response;

use super::error::ConsoleError;
use super::staff::{Fields, Staff};
use super::{Button, answer, overview, words};
use crate::audit::{Action, Detail};
use crate::domain::bsn::Bsn;
use crate::domain::ids::PatientId;
use crate::http::pages::blocks::{Block, Cell, Input};
use crate::store::cards::Card;
use crate::store::{self};

/// The most patients that one search shows.
const MOST: usize = 50;
/// The fewest characters that are searched for.
const FEWEST: usize = 2;

pub(super) async fn show(staff: Staff) -> Response {
    let blocks = vec![form(&staff, None)];
    staff.page("/patients", staff.pick("Patiënten", "Patients"), blocks)
}

pub(super) async fn find(staff: Staff, fields: Fields) -> Response {
    let result = search(&staff, &fields).await;
    answer(&staff, result)
}

pub(super) fn form(staff: &Staff, fault: Option<&str>) -> Block {
    let mut input = Input::text(
        "search",
        staff.pick("Naam, geboortedatum, BSN of nummer in het HIS", "Name, birth date, BSN or number in the HIS"),
    )
    .hinting(staff.pick("Bijvoorbeeld: jansen, of 21-03-1958", "For example: jansen, or 21-03-1958"));
    input.fault = fault.map(str::to_owned);
    staff.form("/patients", vec![Block::Input(input)], vec![Button::action("find", staff.pick("Zoeken", "Search"))])
}

async fn search(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let title = staff.pick("Patiënten", "Patients");
    let wanted = fields.get("search").unwrap_or_default();
    if wanted.chars().count() < FEWEST {
        let fault = staff.pick("Typ ten minste twee tekens.", "Type at least two characters.");
        return Ok(staff.page("/patients", title, vec![form(staff, Some(fault))]));
    }
    let found = matching(staff, wanted).await?;
    let more = found.len() > MOST;
    let rows: Vec<Vec<Cell>> = found
        .iter()
        .take(MOST)
        .map(|(patient, card)| {
            let cards = std::collections::HashMap::from([(*patient, card.clone())]);
            let number = Cell::Text(card.number.clone());
            vec![overview::name(staff, &cards, patient), Cell::Text(words::birth(card.birth)), number]
        })
        .collect();
    let mut blocks = vec![form(staff, None)];
    let head = [
        staff.pick("Patiënt", "Patient"),
        staff.pick("Geboren", "Born"),
        staff.pick("Nummer in het HIS", "Number in the HIS"),
    ];
    blocks.push(overview::table(staff.pick("Gevonden", "Found"), &head, rows));
    if more {
        let text =
            staff.pick("Er zijn meer patiënten: zoek nauwkeuriger.", "There are more patients: search more precisely.");
        blocks.push(Block::Notice(text.to_owned()));
    }
    Ok(staff.page("/patients", title, blocks))
}

async fn matching(staff: &Staff, wanted: &str) -> Result<Vec<(PatientId, Card)>, ConsoleError> {
    let (app, scope) = (&staff.state.app, staff.scope());
    let mut tx = staff.write().await?;
    let mut detail = Detail::default();
    let mut found = match wanted.parse::<Bsn>() {
        Ok(bsn) => {
            let hash = app.sealer().bsn_hash(scope.practice, &bsn);
            let patients = store::patients::find_by_bsn(&mut tx, &scope, &hash).await?;
            store::cards::find_many(&mut tx, app.sealer(), &scope, &patients).await?.into_iter().collect()
        }
        Err(_) => {
            let wanted = wanted.to_lowercase();
            let mut all = store::cards::all(&mut tx, app.sealer(), &scope).await?;
            all.retain(|(_, card)| is_like(card, &wanted));
            all
        }
    };
    let closed = store::staff::closed_to(&mut tx, &scope, &staff.id).await?;
    found.retain(|(patient, _)| !closed.contains(patient));
    found.sort_by(|(one_id, one), (other_id, other)| (&one.name, one_id).cmp(&(&other.name, other_id)));
    detail.counts.insert("found".to_owned(), found.len() as u64);
    staff.record(&mut tx, "patients_searched", Action::Read, None, detail).await?;
    tx.commit().await?;
    Ok(found)
}

/// Every word that was typed stands somewhere in name, birth date or number.
fn is_like(card: &Card, wanted: &str) -> bool {
    let text = format!("{} {} {}", card.name, words::birth(card.birth), card.number).to_lowercase();
    wanted.split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::PartialDate;

    #[test]
    fn every_word_must_be_there() {
        let card = Card {
            name: "Berg, van den, A.".into(),
            birth: PartialDate { year: 1958, month: Some(3), day: Some(21) },
            number: "p1".into(),
            email: None,
            registered: true,
            blocked: false,
            marked_since: None,
        };
        for (wanted, expected) in [
            ("berg", true),
            ("berg 1958", true),
            ("21-03-1958", true),
            ("p1", true),
            ("jansen", false),
            ("berg 1959", false),
        ] {
            assert_eq!(is_like(&card, wanted), expected, "{wanted}");
        }
    }
}
