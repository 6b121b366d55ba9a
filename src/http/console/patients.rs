//! Finding a patient. What is typed goes in a form, never in an address.

use std::collections::HashMap;

use axum::response::Response;

use super::error::ConsoleError;
use super::staff::{Fields, Staff};
use super::{Button, answer, overview};
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
    let (found, count) = matching(staff, wanted).await?;
    let rows = found.iter().map(|(patient, card)| {
        let cards = HashMap::from([(*patient, card.clone())]);
        let number = Cell::Text(card.number.clone());
        vec![overview::name(staff, &cards, patient), Cell::Text(card.birth.to_dutch()), number]
    });
    let head = [
        staff.pick("Patiënt", "Patient"),
        staff.pick("Geboren", "Born"),
        staff.pick("Nummer in het HIS", "Number in the HIS"),
    ];
    let mut blocks = vec![form(staff, None)];
    blocks.push(overview::table(staff.pick("Gevonden", "Found"), &head, rows.collect()));
    if count > MOST {
        let text =
            staff.pick("Er zijn meer patiënten: zoek nauwkeuriger.", "There are more patients: search more precisely.");
        blocks.push(Block::Notice(text.to_owned()));
    }
    Ok(staff.page("/patients", title, blocks))
}

/// The first of those who are found, by name, and how many there are.
async fn matching(staff: &Staff, wanted: &str) -> Result<(Vec<(PatientId, Card)>, usize), ConsoleError> {
    let (app, scope) = (&staff.state.app, staff.scope());
    let mut tx = staff.write().await?;
    let roll = app.roll(&mut tx, &scope).await?;
    let mut found: Vec<(PatientId, &Card)> = match wanted.parse::<Bsn>() {
        Ok(bsn) => {
            let hash = app.sealer().bsn_hash(scope.practice, &bsn);
            let patients = store::patients::find_by_bsn(&mut tx, &scope, &hash).await?;
            patients.into_iter().filter_map(|patient| Some((patient, roll.card(&patient)?))).collect()
        }
        Err(_) => roll.search(wanted).collect(),
    };
    let closed = store::staff::closed_to(&mut tx, &scope, &staff.id).await?;
    found.retain(|(patient, _)| !closed.contains(patient));
    found.sort_by(|(one_id, one), (other_id, other)| (&one.name, one_id).cmp(&(&other.name, other_id)));
    let mut detail = Detail::default();
    detail.counts.insert("found".to_owned(), found.len() as u64);
    staff.record(&mut tx, "patients_searched", Action::Read, None, detail).await?;
    tx.commit().await?;
    let first = found.iter().take(MOST).map(|(patient, card)| (*patient, Card::clone(card)));
    Ok((first.collect(), found.len()))
}
