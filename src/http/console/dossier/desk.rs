//! What the desk notes on a patient's word: blocks, wishes, exclusions, representation (release-rules §7, §9). Never a consent for a
//! PGO: only the patient gives that (R-CO-04).

use std::collections::BTreeMap;

use axum::response::Response;

use super::decisions::{self, decision};
use super::items::{key_of, told, value_of};
use super::{Loaded, back, decide, representatives};
use crate::audit::{Action, Detail};
use crate::domain::decision::{CheckedNumber, Choice, Decisions, may_become};
use crate::domain::dossier::{DossierState, Employee, RecordType, SourceId};
use crate::domain::ids::PatientRef;
use crate::domain::release::{ItemKey, Topic};
use crate::domain::representation::admits_oneself;
use crate::domain::rights::Right;
use crate::domain::time::Timestamp;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff, Who};
use crate::http::console::{Button, accounts, answer, login, words};
use crate::http::pages::blocks::{Block, Input, Select};
use crate::store::accounts::Account;
use crate::store::patients::OwnState;
use crate::store::{self, Tx};

/// The most items that a choice offers.
const MOST: usize = 300;

/// With a passport, identity card, licence or residence permit.
const ID_DOCUMENT: &str = "id_document";

/// How a patient at the desk may be identified (R-CO-04): words of ours, since they go into the audit trail.
const IDENTIFIED: [(&str, &str, &str); 3] = [
    (ID_DOCUMENT, "identiteitsbewijs", "identity document"),
    ("known", "bekend bij de praktijk", "known to the practice"),
    ("call_back", "teruggebeld op het bekende nummer", "called back at the known number"),
];

/// What the forms of the desk look at.
pub(super) struct Desk {
    employees: BTreeMap<SourceId, Employee>,
    excluded: BTreeMap<SourceId, (Timestamp, String)>,
    account: Option<Account>,
}

pub(super) async fn load(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Desk, ConsoleError> {
    let employees = staff.state.app.employees(tx, &staff.scope()).await?;
    let excluded = store::staff::excluded(tx, who).await?;
    let account = store::accounts::of_patient(tx, staff.state.app.sealer(), who).await?;
    Ok(Desk { employees, excluded, account })
}

/// The forms of the desk, as far as this employee may use them.
pub(super) fn forms(
    staff: &Staff,
    who: &PatientRef,
    (loaded, decided): (&Loaded, &Decisions),
    desk: &Desk,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    if staff.may(Right::BlockPatient) {
        blocks.push(block_form(staff, who, loaded));
    }
    if staff.may(Right::ConsentDesk) {
        blocks.push(wishes(staff, who, loaded, desk));
        blocks.push(accounts::of_patient(staff, who, desk.account.as_ref()));
    }
    if staff.may(Right::RegisterRepresentative) {
        blocks.push(representatives::form(staff, who, loaded, decided));
    }
    blocks
}

fn block_form(staff: &Staff, who: &PatientRef, loaded: &Loaded) -> Block {
    let text = staff.pick(
        "Een geblokkeerde patiënt krijgt online niets te zien, met hetzelfde antwoord als iemand die hier niet bekend is. Gebruik dit bij \
         dwang of gevaar, en vertel het de patiënt onder vier ogen.",
        "A blocked patient sees nothing online, with the same answer as somebody who is not known here. Use this in case of coercion or \
         danger, and tell the patient in private.",
    );
    let button = match loaded.subject.entry.blocked_here {
        true => Button::action("unblock", staff.pick("Blokkade opheffen", "Lift the block")),
        false => Button::action("block", staff.pick("Blokkeren", "Block")),
    };
    let reason = Block::Area(Input::text("reason", staff.pick("Reden (verplicht)", "Reason (mandatory)")));
    let parts = vec![Block::Text(text.to_owned()), reason];
    let form = staff.form(format!("/p/{}/block", who.patient), parts, vec![button]);
    Block::More(staff.pick("Blokkeren", "Block").to_owned(), vec![form])
}

fn wishes(staff: &Staff, who: &PatientRef, loaded: &Loaded, desk: &Desk) -> Block {
    let lang = staff.lang();
    let mut actions = vec![
        ("request", "De patiënt vraagt om inzage", "The patient asks for access"),
        ("hide", "Dit gegeven niet tonen", "Do not show this item"),
        ("unhide", "Dit gegeven weer tonen", "Show this item again"),
        ("exclude", "Deze medewerker uitsluiten", "Exclude this employee"),
        ("include", "Deze medewerker weer toelaten", "Let this employee look again"),
    ];
    actions.push(match loaded.subject.entry.opted_out_here {
        true => ("optin", "De patiënt wil weer online inzage", "The patient wants online access again"),
        false => ("optout", "De patiënt wil niets online", "The patient wants nothing online"),
    });
    if loaded.subject.index.as_ref().is_some_and(|index| !index.facts.subject.bsn_verified) {
        actions.push(("identity", "De identiteit is gecontroleerd", "The identity was checked"));
    }
    let actions =
        actions.into_iter().map(|(value, nl, en)| (value.to_owned(), staff.pick(nl, en).to_owned())).collect();
    let none = || (String::new(), "–".to_owned());
    let items = loaded.full.iter().flat_map(told).filter(|told| told.summary.is_some());
    let items = items.filter(|told| !matches!(told.item.topic, Topic::Person | Topic::Provider | Topic::Line { .. }));
    let items = items.take(MOST).map(|told| (value_of(&told.item.key), format!("{} {}", told.title(), told.date())));
    let employees = desk.employees.iter().filter(|(_, employee)| employee.active).map(|(id, employee)| {
        let mark = if desk.excluded.contains_key(id) { staff.pick(" – uitgesloten", " – excluded") } else { "" };
        (id.to_string(), format!("{} ({}){mark}", employee.name, words::role(lang, employee.role)))
    });
    let select = |name: &str, label: &str, options: Vec<(String, String)>| {
        let value = options.first().map(|(value, _)| value.clone()).unwrap_or_default();
        Block::Select(Select { name: name.to_owned(), label: label.to_owned(), value, options, scope: 0 })
    };
    let parts = vec![
        select("wish", staff.pick("Wens", "Wish"), actions),
        select("item", staff.pick("Gegeven", "Item"), std::iter::once(none()).chain(items).collect()),
        select("employee", staff.pick("Medewerker", "Employee"), std::iter::once(none()).chain(employees).collect()),
        select(
            "identified",
            staff.pick("Hoe is de patiënt herkend?", "How was the patient identified?"),
            IDENTIFIED.map(|(value, nl, en)| (value.to_owned(), staff.pick(nl, en).to_owned())).into(),
        ),
    ];
    let buttons = vec![Button::action("note", staff.pick("Vastleggen", "Note"))];
    let form = staff.form(format!("/p/{}/desk", who.patient), parts, buttons);
    Block::More(staff.pick("Wensen van de patiënt (balie)", "Wishes of the patient (desk)").to_owned(), vec![form])
}

/// Block, or lift the block.
pub(in crate::http::console) async fn block(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = set_block(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn set_block(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let blocks = match fields.get("action") {
        Some("block") => true,
        Some("unblock") => false,
        _ => return Err(ConsoleError::Missing),
    };
    let Some(reason) = decisions::reason(staff, fields)? else {
        return Err(ConsoleError::Refused(staff.pick("Een reden is verplicht.", "A reason is mandatory.").to_owned()));
    };
    let mut tx = staff.write().await?;
    let entry = store::patients::find(&mut tx, staff.state.app.sealer(), who).await?.ok_or(ConsoleError::Missing)?;
    if !store::patients::set_own_block(&mut tx, who, blocks).await? {
        return Err(ConsoleError::Missing);
    }
    let about = ItemKey::record(RecordType::Patient, &entry.source_id);
    let kept = decision(staff, about, Choice::Blocked(blocks), Some(reason));
    store::decisions::append(&mut tx, staff.state.app.sealer(), who, &[kept]).await?;
    let kind = if blocks { "patient_blocked" } else { "patient_unblocked" };
    limited(staff, &mut tx, who, (blocks, kind), Detail::default()).await?;
    tx.commit().await?;
    Ok(login::to(&back(who)))
}

/// The patient wants nothing online, or wants that again. A block of the practice stands beside it and is not lifted by it.
async fn opt_out(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    opts_out: bool,
    detail: Detail,
) -> Result<(), ConsoleError> {
    if !store::patients::set_optout(tx, who, opts_out).await? {
        return Err(ConsoleError::Missing);
    }
    let kind = if opts_out { "patient_opted_out" } else { "patient_opted_in" };
    limited(staff, tx, who, (opts_out, kind), detail).await
}

/// What closes the dossier ends every token at once; lifting it brings none back.
async fn limited(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    (closes, kind): (bool, &'static str),
    detail: Detail,
) -> Result<(), ConsoleError> {
    if closes {
        store::authorization::tokens::revoke_of_patient(tx, who, staff.at().at).await?;
    }
    staff.record(tx, kind, Action::Update, Some(who), detail).await
}

/// A wish of the patient is noted.
pub(in crate::http::console) async fn desk(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = note(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn note(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let identified = fields.get("identified").filter(|how| IDENTIFIED.iter().any(|(value, ..)| value == how));
    let Some(identified) = identified else {
        let text = staff.pick("Leg vast hoe de patiënt is herkend.", "Note how the patient was identified.");
        return Err(ConsoleError::Refused(text.to_owned()));
    };
    let mut tx = staff.write().await?;
    let mut detail = Detail::default();
    detail.facts.insert("identified".to_owned(), identified.to_owned());
    match fields.get("wish") {
        Some(wish @ ("optout" | "optin")) => opt_out(staff, &mut tx, who, wish == "optout", detail).await?,
        Some(wish @ ("hide" | "unhide")) => {
            let key = fields.get("item").and_then(key_of).ok_or(ConsoleError::Missing)?;
            let choice = Choice::PatientHidden(wish == "hide");
            let decision = decision(staff, key, choice, Some(identified));
            decide(staff, &mut tx, who, "wish_noted", &[decision]).await?;
        }
        Some(wish @ ("exclude" | "include")) => {
            let employee = fields.get("employee").and_then(|id| id.parse().ok()).ok_or(ConsoleError::Missing)?;
            let by = (staff.id.as_str(), staff.at().at);
            if store::staff::exclude(&mut tx, who, &employee, wish == "exclude", by).await? {
                let known = staff.state.app.employees(&mut tx, &staff.scope()).await?;
                let name = known.get(&employee).map_or_else(|| employee.to_string(), |known| known.name.clone());
                staff.state.app.task_exclusion(&mut tx, who, (&name, wish == "exclude"), staff.at().at).await?;
                detail.facts.insert("employee".to_owned(), employee.to_string());
                let kind = if wish == "exclude" { "employee_excluded" } else { "employee_allowed" };
                staff.record(&mut tx, kind, Action::Update, Some(who), detail).await?;
            }
        }
        Some("identity") => check_identity(staff, &mut tx, who, identified).await?,
        Some("request") => request(staff, &mut tx, who, detail).await?,
        _ => return Err(ConsoleError::Missing),
    }
    tx.commit().await?;
    Ok(login::to(&back(who)))
}

/// The number of the HIS belongs to who stands at the desk: only an identity document shows that (release-rules §7.3).
async fn check_identity(
    staff: &Staff,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    identified: &str,
) -> Result<(), ConsoleError> {
    if identified != ID_DOCUMENT {
        let text = staff.pick(
            "De identiteit wordt gecontroleerd met een identiteitsbewijs.",
            "The identity is checked with an identity document.",
        );
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    let records = staff.state.importer.records(tx, who).await?.ok_or(ConsoleError::Missing)?;
    let Some(bsn) = &records.patient.d.bsn else {
        let text = staff.pick(
            "Het HIS kent geen burgerservicenummer van deze patiënt.",
            "The HIS knows no citizen service number of this patient.",
        );
        return Err(ConsoleError::Refused(text.to_owned()));
    };
    let about = ItemKey::record(RecordType::Patient, &records.patient.id);
    let checked = decision(staff, about, Choice::Identity(CheckedNumber::of(bsn)), Some(identified));
    decide(staff, tx, who, "identity_checked", &[checked]).await
}

async fn request(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef, detail: Detail) -> Result<(), ConsoleError> {
    let subject = staff.state.app.subject(tx, who).await?.ok_or(ConsoleError::Missing)?;
    let young = subject.index.as_ref().is_none_or(|index| !admits_oneself(index.facts.subject.birth, staff.at().today));
    let holds = subject.policy.as_ref().is_some_and(|policy| policy.under16_hold_open);
    if young && !holds {
        let text = staff.pick(
            "De patiënt is jonger dan 16: een verzoek wordt geweigerd.",
            "The patient is younger than 16: a request is refused.",
        );
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    let asks_anew = subject.asked_as_a_child() && !young;
    if !may_become(subject.state(), DossierState::Requested) && !asks_anew {
        let text = staff.pick(
            "Er is al een verzoek, of het dossier is open.",
            "There is a request already, or the dossier is open.",
        );
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    let own = OwnState { state: DossierState::Requested, opened_at: None, at: staff.at().at };
    store::patients::set_own_state(tx, who, &own).await?;
    staff.record(tx, "dossier_requested", Action::Create, Some(who), detail).await
}
