//! Employees, patients, how open their dossiers are, who represents them, and who turned out to be one person.

use super::coded::{coded, listed, name_parts, phones, reach};
use super::codes;
use super::fields::{Checked, Fields};
use super::finding::Code;
use super::json::Value;
use super::values::{
    agb_or_ura, bsn, date, date_with_zeros, digits, flag, form, id, instant, one_of, string, text, whole, words,
};
use crate::domain::dossier::{
    Address, AddressKind, Block, Deceased, DossierState, Employee, Insurer, Merge, NameUse, Patient, PatientStatus,
    PersonName, RecordRef, RecordType, Relation, ReleaseRecord, Representative, RequestMode, Role, Sex,
};
use crate::domain::time::PartialDate;

const ROLES: [(&str, Role); 8] = [
    ("huisarts", Role::Huisarts),
    ("waarnemer", Role::Waarnemer),
    ("doktersassistent", Role::Doktersassistent),
    ("poh", Role::Poh),
    ("pa", Role::Pa),
    ("vs", Role::Vs),
    ("manager", Role::Manager),
    ("overig", Role::Overig),
];

const NAME_USES: [(&str, NameUse); 4] =
    [("NL1", NameUse::NL1), ("NL2", NameUse::NL2), ("NL3", NameUse::NL3), ("NL4", NameUse::NL4)];

pub(super) const SEXES: [(&str, Sex); 4] =
    [("male", Sex::Male), ("female", Sex::Female), ("undetermined", Sex::Undetermined), ("unknown", Sex::Unknown)];

const PATIENT_STATUSES: [(&str, PatientStatus); 4] = [
    ("registered", PatientStatus::Registered),
    ("deregistered", PatientStatus::Deregistered),
    ("transferred", PatientStatus::Transferred),
    ("passant", PatientStatus::Passant),
];

const DOSSIER_STATES: [(&str, DossierState); 6] = [
    ("none", DossierState::None),
    ("requested", DossierState::Requested),
    ("open", DossierState::Open),
    ("refused", DossierState::Refused),
    ("on_hold", DossierState::OnHold),
    ("closed", DossierState::Closed),
];

const REQUEST_MODES: [(&str, RequestMode); 2] = [("manual", RequestMode::Manual), ("auto", RequestMode::Auto)];

/// The blocks a HIS may set; the others follow from what dvza sees itself.
const BLOCKS: [(&str, Block); 4] = [
    ("none", Block::None),
    ("practice", Block::Practice),
    ("patient_optout", Block::PatientOptout),
    ("transferred", Block::Transferred),
];

const RELATIONS: [(&str, Relation); 5] = [
    ("parent", Relation::Parent),
    ("guardian", Relation::Guardian),
    ("mentor", Relation::Mentor),
    ("curator", Relation::Curator),
    ("mandate", Relation::Mandate),
];

const ADDRESS_KINDS: [(&str, AddressKind); 5] = [
    ("home", AddressKind::Home),
    ("postal", AddressKind::Postal),
    ("temporary", AddressKind::Temporary),
    ("work", AddressKind::Work),
    ("holiday", AddressKind::Holiday),
];

/// The zib's list of marital states.
const MARITAL_STATES: [&str; 6] = ["D", "M", "S", "U", "T", "W"];

/// No patient of today was born before this year.
const FIRST_BIRTH_YEAR: i16 = 1900;

pub(super) fn employee(d: &mut Fields<'_>) -> Option<Employee> {
    let name = d.required("name", words);
    let role = d.required("role", one_of(&ROLES));
    let uzi_role = d.optional("uzi_role", form(codes::is_uzi_role, Code::WrongForm));
    let agb = d.optional("agb", agb_or_ura);
    let uzi = d.optional("uzi", digits(9..=9));
    let big = d.optional("big", digits(11..=11));
    let active = d.required("active", flag);
    Some(Employee {
        uzi_role,
        agb,
        uzi,
        big,
        name_parts: name_parts(d, "name_parts"),
        sex: d.optional2("sex", one_of(&SEXES)),
        specialty: d.object2("specialty", coded),
        reach: reach(d),
        name: name?,
        role: role?,
        active: active?,
    })
}

pub(super) fn patient(d: &mut Fields<'_>) -> Option<Patient> {
    let bsn = d.optional("bsn", bsn);
    let bsn_verified = d.required("bsn_verified", flag);
    let name = d.required_object("name", person_name);
    let sex = d.required("sex", one_of(&SEXES));
    let birth = d.required("birth", birth_date);
    d.check_not_future(birth.map(PartialDate::earliest), "birth");
    let deceased = d.optional("deceased", deceased).flatten();
    d.check_order(birth.map(PartialDate::earliest), day_of(deceased), "deceased");
    let multiple_birth = d.optional("multiple_birth", flag);
    let addr = d.object("addr", address);
    let phone = d.list("phone", words);
    let email = d.optional("email", form(codes::is_email, Code::WrongForm));
    let insurer = d.object("insurer", insurer);
    let gp = d.optional("gp", id);
    let registered_from = d.required("registered_from", date);
    let registered_to = d.optional("registered_to", date);
    d.check_order(registered_from, registered_to, "registered_to");
    let status = d.required("status", one_of(&PATIENT_STATUSES));
    let addresses = d.objects2("addresses", 0..=20, |_, mut each| {
        let address = address(&mut each);
        each.close();
        address
    });
    let phones = phones(d, "phones");
    let marital_status = d.optional2("marital_status", listed(&MARITAL_STATES));
    Some(Patient {
        bsn,
        bsn_verified: bsn_verified?,
        name: name?,
        sex: sex?,
        birth: birth?,
        deceased,
        multiple_birth,
        addr,
        phone,
        email,
        insurer,
        gp,
        registered_from: registered_from?,
        registered_to,
        status: status?,
        addresses,
        phones,
        marital_status,
    })
}

pub(super) fn person_name(name: &mut Fields<'_>) -> Option<PersonName> {
    let initials = name.optional("initials", text(20));
    let first = name.optional("first", words);
    let call = name.optional("call", words);
    let prefix = name.optional("prefix", text(20));
    let last = name.required("last", text(100));
    let partner_prefix = name.optional("partner_prefix", words);
    let partner_last = name.optional("partner_last", words);
    let use_ = name.optional("use", one_of(&NAME_USES));
    let title = name.optional2("title", text(40));
    let suffix = name.optional2("suffix", text(40));
    Some(PersonName { initials, first, call, prefix, last: last?, partner_prefix, partner_last, use_, title, suffix })
}

pub(super) fn address(addr: &mut Fields<'_>) -> Option<Address> {
    Some(Address {
        street: addr.optional("street", words),
        nr: addr.optional("nr", whole(1..=u32::MAX)),
        nr_letter: addr.optional("nr_letter", form(is_one_letter, Code::WrongForm)),
        nr_add: addr.optional("nr_add", text(10)),
        indication: addr.optional("indication", words),
        postcode: addr.optional("postcode", words),
        city: addr.optional("city", words),
        country: addr.optional("country", form(is_country, Code::WrongForm)),
        secret: addr.is_set("secret"),
        kind: addr.optional2("kind", one_of(&ADDRESS_KINDS)),
        municipality: addr.optional2("municipality", words),
        note: addr.optional2("note", words),
    })
}

fn insurer(insurer: &mut Fields<'_>) -> Option<Insurer> {
    let uzovi = insurer.optional("uzovi", digits(4..=4));
    let policy = insurer.optional("policy", words);
    Some(Insurer { uzovi, policy })
}

fn birth_date(value: &Value<'_>) -> Checked<PartialDate> {
    let birth = date_with_zeros(value)?;
    if birth.year < FIRST_BIRTH_YEAR { Err(Code::ImpossibleDate) } else { Ok(birth) }
}

/// Yes, no, or the day of death.
fn deceased(value: &Value<'_>) -> Checked<Option<Deceased>> {
    match value {
        Value::Bool(true) => Ok(Some(Deceased::Yes)),
        Value::Bool(false) => Ok(None),
        _ => date(value).map(|day| Some(Deceased::On(day))),
    }
}

fn day_of(deceased: Option<Deceased>) -> Option<jiff::civil::Date> {
    match deceased {
        Some(Deceased::On(day)) => Some(day),
        _ => None,
    }
}

fn is_one_letter(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

pub(super) fn release(d: &mut Fields<'_>) -> Option<ReleaseRecord> {
    let state = d.required("state", one_of(&DOSSIER_STATES));
    let opened_at = d.optional("opened_at", instant);
    if state == Some(DossierState::Open) && !d.has("opened_at") {
        d.report_at(Code::Missing, "opened_at");
    }
    let requested_at = d.optional("requested_at", instant);
    let mode = d.optional("mode", one_of(&REQUEST_MODES));
    let by = d.optional("by", id);
    let back_catalogue = record_refs(d, "back_catalogue");
    let patient_hidden = record_refs(d, "patient_hidden");
    let block = d.optional("block", one_of(&BLOCKS)).unwrap_or_default();
    Some(ReleaseRecord { state: state?, opened_at, requested_at, mode, by, back_catalogue, patient_hidden, block })
}

/// Records by type and id. Whether they exist is not asked: they may name what is gone.
fn record_refs(d: &mut Fields<'_>, key: &str) -> Vec<RecordRef> {
    d.objects(key, 0..=usize::MAX, |_, mut item| {
        let reads_two = item.reading().reads_two();
        let is_known = |t: &RecordType| t.is_of_his_1() || reads_two;
        let t = item.required("t", |value| RecordType::find(string(value)?).filter(is_known).ok_or(Code::NotInList));
        if t.is_some_and(|t| !t.is_of_his_1()) {
            item.reading().note_two();
        }
        let id = item.required("id", id);
        item.close();
        Some(RecordRef { t: t?, id: id? })
    })
}

pub(super) fn representative(d: &mut Fields<'_>) -> Option<Representative> {
    let name = d.required("name", words);
    let relation = d.required("relation", one_of(&RELATIONS));
    let bsn = d.optional("bsn", bsn);
    let authority = d.optional("authority", flag);
    let consent_child = d.optional("consent_child", flag);
    let consent_child_on = d.optional("consent_child_on", date);
    let valid_from = d.required("valid_from", date);
    let valid_to = d.optional("valid_to", date);
    d.check_order(valid_from, valid_to, "valid_to");
    Some(Representative {
        name: name?,
        relation: relation?,
        bsn,
        authority,
        consent_child,
        consent_child_on,
        valid_from: valid_from?,
        valid_to,
        name_parts: name_parts(d, "name_parts"),
        reach: reach(d),
    })
}

pub(super) fn merge(d: &mut Fields<'_>) -> Option<Merge> {
    let from = d.required("from", id);
    let to = d.required("to", id);
    // Merging a patient with itself would end the patient.
    if from.is_some() && from == to {
        d.report_at(Code::WrongForm, "to");
    }
    Some(Merge { from: from?, to: to? })
}
