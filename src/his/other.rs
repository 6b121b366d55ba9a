//! Treatments, prophylaxis, vaccinations, attention lines, referrals and appointments.

use super::fields::Fields;
use super::finding::Code;
use super::values::{atc, code, date, icpc, id, instant, one_of, partial_date, product, text, visibility, words};
use crate::domain::dossier::{
    Alert, Appointment, AppointmentStatus, Prophylaxis, Referral, Treatment, Vaccination, Visibility,
};

const APPOINTMENT_STATUSES: [(&str, AppointmentStatus); 4] = [
    ("booked", AppointmentStatus::Booked),
    ("cancelled", AppointmentStatus::Cancelled),
    ("done", AppointmentStatus::Done),
    ("noshow", AppointmentStatus::Noshow),
];

pub(super) fn treatment(d: &mut Fields<'_>) -> Option<Treatment> {
    let code = d.optional("code", code);
    let code_text = d.required("code_text", words);
    let date = d.optional("date", partial_date);
    let side = d.optional("side", words);
    let visible = d.optional("visible", visibility).unwrap_or(Visibility::Shown);
    let episodes = d.list("episodes", id);
    Some(Treatment { code, code_text: code_text?, date, side, visible, episodes })
}

pub(super) fn prophylaxis(d: &mut Fields<'_>) -> Option<Prophylaxis> {
    let nhg56 = d.optional("nhg56", code);
    let name = d.required("name", words);
    let start = d.required("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    Some(Prophylaxis { nhg56, name: name?, start: start?, end })
}

pub(super) fn vaccination(d: &mut Fields<'_>) -> Option<Vaccination> {
    if !d.has_any(&["atc", "prk", "name"]) {
        d.report(Code::ProductMissing);
    }
    let atc = d.optional("atc", atc);
    let prk = d.optional("prk", product);
    let name = d.optional("name", words);
    let date = d.required("date", date);
    let batch = d.optional("batch", words);
    Some(Vaccination { atc, prk, name, date: date?, batch })
}

pub(super) fn alert(d: &mut Fields<'_>) -> Option<Alert> {
    let body = d.required("text", text(500));
    let start = d.required("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    Some(Alert { text: body?, start: start?, end })
}

pub(super) fn referral(d: &mut Fields<'_>) -> Option<Referral> {
    let to = d.required("to", words);
    let icpc = d.optional("icpc", icpc);
    let date = d.required("date", date);
    let number = d.optional("number", words);
    let text = d.optional("text", words);
    let episodes = d.list("episodes", id);
    Some(Referral { to: to?, icpc, date: date?, number, text, episodes })
}

pub(super) fn appointment(d: &mut Fields<'_>) -> Option<Appointment> {
    let start = d.required("start", instant);
    let end = d.optional("end", instant);
    d.check_order(start, end, "end");
    let status = d.required("status", one_of(&APPOINTMENT_STATUSES));
    let with = d.optional("with", id);
    let kind = d.optional("kind", words);
    let reason = d.optional("reason", words);
    let episodes = d.list("episodes", id);
    Some(Appointment { start: start?, end, status: status?, with, kind, reason, episodes })
}
