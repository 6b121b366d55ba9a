//! Specimens and orders (`dvza-his-2`).

use super::coded::{amount_of, body_site, coded, when, who};
use super::fields::Fields;
use super::values::{date, id, text, words};
use crate::domain::dossier::{Order, Specimen};

pub(super) fn specimen(d: &mut Fields<'_>) -> Option<Specimen> {
    let material = d.required_object("material", coded);
    Some(Specimen {
        number: d.optional("number", text(64)),
        collected: d.optional("collected", when),
        received: d.optional("received", when),
        method: d.object("method", coded),
        body_site: d.object("body_site", body_site),
        volume: d.object("volume", amount_of),
        note: d.optional("note", words),
        material: material?,
    })
}

pub(super) fn order(d: &mut Fields<'_>) -> Option<Order> {
    Some(Order {
        number: d.optional("number", text(64)),
        date: d.optional("date", date),
        requester: d.object("requester", who),
        performer: d.optional("performer", id),
        code: d.object("code", coded),
        reason: d.optional("reason", words),
        question: d.optional("question", words),
        note: d.optional("note", words),
        completed: d.is_set("completed"),
        episodes: d.list("episodes", id),
    })
}
