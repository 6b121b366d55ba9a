//! What follows a medication agreement: use, dispense request, administration agreement, dispense (`dvza-his-2`).

use super::coded::{amount_of, supply, usage, when, who, yes_or_no};
use super::fields::Fields;
use super::values::{date, flag, id, instant, whole, words};
use crate::domain::dossier::{AdministrationAgreement, Dispense, DispenseRequest, MedicationUse};

pub(super) fn medication_use(d: &mut Fields<'_>) -> Option<MedicationUse> {
    let supply = supply(d);
    let start = d.optional("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    let in_use = d.required("in_use", flag);
    Some(MedicationUse {
        start,
        end,
        as_agreed: yes_or_no(d, "as_agreed"),
        recorded: d.optional("recorded", when),
        informant: d.object("informant", who),
        author: d.object("author", who),
        prescriber: d.object("prescriber", who),
        usage: usage(d),
        reason: d.optional("reason", words),
        stopped_at: d.optional("stopped_at", instant),
        stop_reason: d.optional("stop_reason", words),
        in_use: in_use?,
        supply: supply?,
    })
}

pub(super) fn dispense_request(d: &mut Fields<'_>) -> Option<DispenseRequest> {
    let supply = supply(d);
    let day = d.required("date", date);
    let valid_from = d.optional("valid_from", date);
    let valid_to = d.optional("valid_to", date);
    d.check_order(valid_from, valid_to, "valid_to");
    Some(DispenseRequest {
        valid_from,
        valid_to,
        amount: d.object("amount", amount_of),
        repeats: d.optional("repeats", whole(0..=99)),
        author: d.object("author", who),
        supplier: d.optional("supplier", id),
        location: d.optional("location", words),
        date: day?,
        supply: supply?,
    })
}

pub(super) fn administration_agreement(d: &mut Fields<'_>) -> Option<AdministrationAgreement> {
    let supply = supply(d);
    let agreed = d.optional("agreed", when);
    let start = d.required("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    let stopped_at = d.optional("stopped_at", instant);
    let supplier = d.optional("supplier", id);
    let usage = usage(d);
    Some(AdministrationAgreement { supply: supply?, agreed, start: start?, end, stopped_at, supplier, usage })
}

pub(super) fn dispense(d: &mut Fields<'_>) -> Option<Dispense> {
    let supply = supply(d);
    let request = d.optional("request", id);
    let handed_over = d.required("handed_over", when);
    let amount = d.object("amount", amount_of);
    let days = d.optional("days", whole(1..=9999));
    let supplier = d.optional("supplier", id);
    Some(Dispense { supply: supply?, request, handed_over: handed_over?, amount, days, supplier })
}
