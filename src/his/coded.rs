//! What several records of `dvza-his-2` share: codes with words, places on the body, products, dosing, people.

use super::codes;
use super::fields::{Checked, Fields};
use super::finding::Code;
use super::json::Value;
use super::medication::{coded_route, plain_route};
use super::people::{address, person_name};
use super::results::moment;
use super::ucum::is_ucum;
use super::values::{amount, atc, digits, flag, form, id, one_of, product, string, text, whole, words};
use crate::domain::dossier::{
    Amount, BodySite, CodeSystem, Coded, Dosing, ObservationDate, PersonName, Phone, PhoneKind, Product, Reach, Route,
    Side, Supply, TimeUnit, Usage, Who,
};

/// The short names of code systems.
pub(super) const SYSTEMS: [(&str, CodeSystem); 18] = [
    ("sct", CodeSystem::Sct),
    ("loinc", CodeSystem::Loinc),
    ("icpc", CodeSystem::Icpc),
    ("icf", CodeSystem::Icf),
    ("nhg15", CodeSystem::Nhg15),
    ("nhg45", CodeSystem::Nhg45),
    ("nhg49", CodeSystem::Nhg49),
    ("nhg56", CodeSystem::Nhg56),
    ("g-snk", CodeSystem::GSnk),
    ("g-ssk", CodeSystem::GSsk),
    ("g-gpk", CodeSystem::GGpk),
    ("g-hpk", CodeSystem::GHpk),
    ("g-prk", CodeSystem::GPrk),
    ("g-th122", CodeSystem::GTh122),
    ("g-route", CodeSystem::GRoute),
    ("g-unit", CodeSystem::GUnit),
    ("agb-specialty", CodeSystem::AgbSpecialty),
    ("uzi-role", CodeSystem::UziRole),
];

const SIDES: [(&str, Side); 3] = [("left", Side::Left), ("right", Side::Right), ("both", Side::Both)];

const UNITS: [(&str, TimeUnit); 5] = [
    ("h", TimeUnit::Hour),
    ("d", TimeUnit::Day),
    ("wk", TimeUnit::Week),
    ("mo", TimeUnit::Month),
    ("a", TimeUnit::Year),
];

const PHONE_KINDS: [(&str, PhoneKind); 5] = [
    ("home", PhoneKind::Home),
    ("work", PhoneKind::Work),
    ("mobile", PhoneKind::Mobile),
    ("fax", PhoneKind::Fax),
    ("pager", PhoneKind::Pager),
];

/// A code with its words: `{ "system", "code", "display"* }`. System and code come together or not at all.
pub(super) fn coded(d: &mut Fields<'_>) -> Option<Coded> {
    let system = d.optional("system", one_of(&SYSTEMS));
    let code = d.optional("code", form(|code| system.is_none_or(|system| has_form(system, code)), Code::WrongForm));
    for (one, other) in [("system", "code"), ("code", "system")] {
        if d.has(one) && !d.has(other) {
            d.report_at(Code::Missing, other);
        }
    }
    let display = d.required("display", words);
    Some(Coded { code: system.zip(code), display: display? })
}

fn has_form(system: CodeSystem, code: &str) -> bool {
    match system {
        CodeSystem::Sct => codes::is_sctid(code),
        CodeSystem::Loinc => codes::is_loinc(code),
        CodeSystem::Icpc => codes::is_icpc(code),
        CodeSystem::UziRole => codes::is_uzi_role(code),
        CodeSystem::AgbSpecialty => codes::is_digits(code, 4, 4),
        CodeSystem::Icf | CodeSystem::Nhg15 => codes::is_code(code),
        CodeSystem::Nhg45
        | CodeSystem::Nhg49
        | CodeSystem::Nhg56
        | CodeSystem::GSnk
        | CodeSystem::GSsk
        | CodeSystem::GGpk
        | CodeSystem::GHpk
        | CodeSystem::GPrk
        | CodeSystem::GTh122
        | CodeSystem::GRoute
        | CodeSystem::GUnit => codes::is_digits(code, 1, 18),
    }
}

/// A place on the body: `{ "site"*, "side" }`.
pub(super) fn body_site(d: &mut Fields<'_>) -> Option<BodySite> {
    let site = d.required_object("site", coded);
    let side = d.optional("side", one_of(&SIDES));
    Some(BodySite { site: site?, side })
}

/// A product by its codes; at least one code or a name.
pub(super) fn product_of(d: &mut Fields<'_>) -> Option<Product> {
    if !d.has_any(&["prk", "hpk", "gpk", "zi", "atc", "name"]) {
        d.report(Code::ProductMissing);
    }
    Some(Product {
        prk: d.optional("prk", product),
        hpk: d.optional("hpk", product),
        gpk: d.optional("gpk", product),
        zi: d.optional("zi", product),
        atc: d.optional("atc", atc),
        name: d.optional("name", words),
    })
}

/// A number above zero with its unit: `{ "value"*, "unit" }`.
pub(super) fn amount_of(d: &mut Fields<'_>) -> Option<Amount> {
    let value = d.required("value", amount);
    let unit = d.optional("unit", words);
    let ucum = unit.as_deref().is_some_and(is_ucum);
    Some(Amount { value: value?, unit, ucum })
}

/// The lines of a dosing in parts.
pub(super) fn dosing(d: &mut Fields<'_>, key: &str) -> Vec<Dosing> {
    d.objects2(key, 1..=24, |_, mut line| {
        let dosing = Dosing {
            frequency: line.optional("frequency", whole(1..=99)),
            frequency_max: line.optional("frequency_max", whole(1..=99)),
            period: line.optional("period", whole(1..=999)),
            period_unit: line.optional("period_unit", one_of(&UNITS)),
            times: line.list("times", form(is_clock, Code::WrongForm)),
            dose: line.optional("dose", amount),
            dose_max: line.optional("dose_max", amount),
            dose_unit: line.optional("dose_unit", digits(1..=8)),
            dose_unit_text: line.optional("dose_unit_text", words),
            max_per_day: line.optional("max_per_day", amount),
            as_needed: line.is_set("as_needed"),
        };
        // How often says nothing without per what.
        if dosing.frequency.is_some() && dosing.period_unit.is_none() {
            line.report_at(Code::Missing, "period_unit");
        }
        line.close();
        Some(dosing)
    })
}

/// Instructions for use, as members of the record itself.
pub(super) fn usage(d: &mut Fields<'_>) -> Usage {
    let route = if d.is_object("route") { d.object("route", coded_route) } else { d.optional("route", plain_route) };
    Usage {
        dosage_text: d.optional("dosage_text", text(500)),
        nhg25: d.list("nhg25", digits(1..=18)),
        route,
        dosing: dosing(d, "dosing"),
    }
}

/// A code of the G-Standaard with its display, or words, as `route` has it.
pub(super) fn route2(d: &mut Fields<'_>, key: &str) -> Option<Route> {
    if d.is_object(key) { d.object2(key, coded_route) } else { d.optional2(key, plain_route) }
}

fn is_clock(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hour, minute)| {
        codes::is_digits(hour, 2, 2) && codes::is_digits(minute, 2, 2) && hour <= "23" && minute <= "59"
    })
}

/// Somebody: `{ "t"*, "id" }`; only `patient` needs no id.
pub(super) fn who(d: &mut Fields<'_>) -> Option<Who> {
    type Make = fn(crate::domain::dossier::SourceId) -> Who;
    const KINDS: [(&str, Option<Make>); 5] = [
        ("employee", Some(Who::Employee)),
        ("professional", Some(Who::Professional)),
        ("organization", Some(Who::Organization)),
        ("contact_person", Some(Who::ContactPerson)),
        ("patient", None),
    ];
    let Some(kind) = d.required("t", one_of(&KINDS)) else {
        // Without a type nothing can be said of it, and the type is reported already.
        d.take("id");
        return None;
    };
    match kind {
        Some(make) => d.required("id", id).map(make),
        None => Some(Who::Patient),
    }
}

/// Address, telephone numbers and e-mail, as members of the record itself.
pub(super) fn reach(d: &mut Fields<'_>) -> Reach {
    Reach {
        addr: d.object2("addr", address),
        phones: phones(d, "phones"),
        email: d.optional2("email", form(codes::is_email, Code::WrongForm)),
    }
}

/// Telephone numbers with what is known of each.
pub(super) fn phones(d: &mut Fields<'_>, key: &str) -> Vec<Phone> {
    d.objects2(key, 0..=20, |_, mut phone| {
        let nr = phone.required("nr", text(40));
        let kind = phone.optional("kind", one_of(&PHONE_KINDS));
        let remark = phone.optional("remark", text(200));
        phone.close();
        Some(Phone { nr: nr?, kind, remark })
    })
}

/// The parts of a name under this key.
pub(super) fn name_parts(d: &mut Fields<'_>, key: &str) -> Option<PersonName> {
    d.object2(key, person_name)
}

/// A day or an instant.
pub(super) fn when(value: &Value<'_>) -> Checked<ObservationDate> {
    moment(value)
}

/// What the four records around a medication agreement have in common.
pub(super) fn supply(d: &mut Fields<'_>) -> Option<Supply> {
    let agreement = d.optional("agreement", id);
    let treatment_id = d.optional("treatment_id", text(64));
    let product = d.required_object("product", product_of);
    Some(Supply {
        agreement,
        treatment_id,
        contact: d.optional("contact", id),
        episodes: d.list("episodes", id),
        note: d.optional("note", words),
        entered_in_error: d.is_set("entered_in_error"),
        product: product?,
    })
}

/// One of the codes of a list, given back as the list has it.
pub(super) fn listed(list: &'static [&'static str]) -> impl Fn(&Value<'_>) -> Checked<&'static str> {
    move |value| {
        let text = string(value)?;
        list.iter().find(|code| **code == text).copied().ok_or(Code::NotInList)
    }
}

/// Yes or no, `None` when absent.
pub(super) fn yes_or_no(d: &mut Fields<'_>, key: &str) -> Option<bool> {
    d.optional(key, flag)
}
