//! Treatments, prophylaxis, vaccinations, attention lines, referrals and appointments.

use super::coded::{body_site, coded, route2, who};
use super::codes;
use super::fields::Fields;
use super::finding::Code;
use super::values::{
    amount, atc, code, date, form, icpc, id, instant, one_of, partial_date, product, text, visibility, words,
};
use crate::domain::dossier::{
    Alert, Appointment, AppointmentStatus, Product, Prophylaxis, Referral, Treatment, Vaccination, VaccinationMotive,
    Visibility,
};

const APPOINTMENT_STATUSES: [(&str, AppointmentStatus); 4] = [
    ("booked", AppointmentStatus::Booked),
    ("cancelled", AppointmentStatus::Cancelled),
    ("done", AppointmentStatus::Done),
    ("noshow", AppointmentStatus::Noshow),
];

const MOTIVES: [(&str, VaccinationMotive); 6] = [
    ("national_programme", VaccinationMotive::NationalProgramme),
    ("programme", VaccinationMotive::Programme),
    ("work", VaccinationMotive::Work),
    ("travel", VaccinationMotive::Travel),
    ("passive", VaccinationMotive::Passive),
    ("other", VaccinationMotive::Other),
];

pub(super) fn treatment(d: &mut Fields<'_>) -> Option<Treatment> {
    let code = d.optional("code", code);
    let code_text = d.required("code_text", words);
    let date = d.optional("date", partial_date);
    let side = d.optional("side", words);
    let visible = d.optional("visible", visibility).unwrap_or(Visibility::Shown);
    let episodes = d.list("episodes", id);
    let end = d.optional2("end", super::values::date);
    d.check_order(date.map(crate::domain::time::PartialDate::earliest), end, "end");
    Some(Treatment {
        code,
        code_text: code_text?,
        date,
        side,
        visible,
        episodes,
        procedure: d.object2("procedure", coded),
        end,
        body_site: d.object2("body_site", body_site),
        performer: d.object2("performer", who),
        note: d.optional2("note", words),
    })
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
    let names: &[&str] = if d.reading().reads_two() {
        &["atc", "prk", "name", "hpk", "gpk", "zi", "sct"]
    } else {
        &["atc", "prk", "name"]
    };
    if !d.has_any(names) {
        d.report(Code::ProductMissing);
    }
    let atc = d.optional("atc", atc);
    let prk = d.optional("prk", product);
    let name = d.optional("name", words);
    let date = d.required("date", date);
    let batch = d.optional("batch", words);
    let product = Product {
        hpk: d.optional2("hpk", product),
        gpk: d.optional2("gpk", product),
        zi: d.optional2("zi", product),
        ..Product::default()
    };
    Some(Vaccination {
        atc,
        prk,
        name,
        batch,
        batch_unknown: d.is_set2("batch_unknown"),
        product,
        sct: d.optional2("sct", form(codes::is_sctid, Code::WrongForm)),
        identifier: d.optional2("identifier", text(64)),
        form: route2(d, "form"),
        dose_ml: d.optional2("dose_ml", amount),
        body_site: d.object2("body_site", body_site),
        route: route2(d, "route"),
        performer: d.object2("performer", who),
        location: d.optional2("location", words),
        motive: d.optional2("motive", one_of(&MOTIVES)),
        indication: d.object2("indication", coded),
        disease: d.object2("disease", coded),
        note: d.optional2("note", words),
        date: date?,
    })
}

pub(super) fn alert(d: &mut Fields<'_>) -> Option<Alert> {
    let body = d.required("text", text(500));
    let start = d.required("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    let name = d.object2("name", coded);
    let author = d.object2("author", who);
    Some(Alert { text: body?, start: start?, end, name, author })
}

pub(super) fn referral(d: &mut Fields<'_>) -> Option<Referral> {
    let to = d.required("to", words);
    let icpc = d.optional("icpc", icpc);
    let date = d.required("date", date);
    let number = d.optional("number", words);
    let text = d.optional("text", words);
    let episodes = d.list("episodes", id);
    let end = d.optional2("end", super::values::date);
    d.check_order(date, end, "end");
    Some(Referral {
        icpc,
        number,
        text,
        episodes,
        by: d.object2("by", who),
        performer: d.object2("performer", who),
        service: d.object2("service", coded),
        completed: d.is_set2("completed"),
        end,
        to: to?,
        date: date?,
    })
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
