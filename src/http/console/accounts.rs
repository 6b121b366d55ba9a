//! E-mail addresses of patients: linking who signed up without an eID, and noting an address at the desk (R-RG-02, R-RG-03). An
//! address is for notices; it opens nothing.

use axum::response::Response;
use jiff::civil::Date;

use super::error::ConsoleError;
use super::staff::{Fields, Staff, Who};
use super::{Button, answer, dossier, guard, login, overview, words};
use crate::app::AddressAsked;
use crate::audit::{Action, Detail};
use crate::domain::dossier::SourceId;
use crate::domain::email::EmailAddress;
use crate::domain::ids::PatientRef;
use crate::domain::time::PartialDate;
use crate::http::pages::blocks::{Block, Cell, Input};
use crate::store::accounts::{Account, AccountId, Told};
use crate::store::{self, Tx};

/// The most accounts that the list holds.
const MOST: u32 = 200;

/// The accounts that wait to be linked.
pub(super) async fn show(staff: Staff) -> Response {
    let result = list(&staff).await;
    answer(&staff, result)
}

async fn list(staff: &Staff) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    let waiting = store::accounts::unlinked(&mut tx, staff.state.app.sealer(), &staff.scope(), MOST).await?;
    staff.record(&mut tx, "accounts_viewed", Action::Read, None, Detail::default()).await?;
    tx.commit().await?;
    let text = staff.pick(
        "Hier staan patiënten die zich zonder DigiD hebben aangemeld. Controleer telefonisch het BSN en het e-mailadres, en koppel dan. Zo'n adres geeft geen \
         toegang tot een dossier: het is alleen voor berichten.",
        "Who signed up without DigiD waits here. Check the BSN and the e-mail address by telephone, then link. Such an address gives no \
         access to a record: it is for notices only.",
    );
    let mut blocks = vec![Block::Text(text.to_owned())];
    if waiting.is_empty() {
        blocks.push(Block::Text(staff.pick("Er wacht niemand.", "Nobody waits.").to_owned()));
    }
    blocks.extend(waiting.iter().map(|account| form(staff, account)));
    Ok(staff.page("/accounts", staff.pick("E-mailadressen om te koppelen", "E-mail addresses to link"), blocks))
}

fn form(staff: &Staff, account: &Account) -> Block {
    let told = &account.told;
    let facts = [
        (staff.pick("E-mailadres", "E-mail address"), Some(told.address.clone())),
        (staff.pick("Geboren", "Born"), told.birth.map(words::day)),
        (staff.pick("Telefoon", "Telephone"), told.phone.clone()),
        (staff.pick("Aangemeld", "Signed up"), Some(words::moment(account.created_at))),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let number =
        Input::text("number", staff.pick("Nummer van de patiënt in het HIS", "Number of the patient in the HIS"));
    let parts =
        vec![Block::Hidden("id", crate::seal::hex(&account.id)), Block::Facts(facts.collect()), Block::Input(number)];
    let buttons = vec![
        Button::action("link", staff.pick("Koppelen", "Link")),
        Button::action("remove", staff.pick("Verwijderen", "Remove")),
    ];
    let name = told.name.clone().unwrap_or_else(|| "–".to_owned());
    Block::More(name, vec![staff.form("/accounts", parts, buttons)])
}

/// Links an account, or throws it away.
pub(super) async fn settle(staff: Staff, fields: Fields) -> Response {
    let result = settled(&staff, &fields).await;
    answer(&staff, result)
}

async fn settled(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let id = fields.get("id").and_then(dossier::requests::read_id).ok_or(ConsoleError::Missing)?;
    let links = fields.get("action") == Some("link");
    let who = if links { Some(typed(staff, fields).await?) } else { None };
    let mut tx = staff.write().await?;
    match fields.get("action") {
        Some("link") => link(staff, &mut tx, id, &who.ok_or(ConsoleError::Missing)?).await?,
        Some("remove") => {
            if !store::accounts::remove(&mut tx, &staff.scope(), id).await? {
                return Err(ConsoleError::Missing);
            }
            staff.record(&mut tx, "account_removed", Action::Delete, None, Detail::default()).await?;
        }
        _ => return Err(ConsoleError::Missing),
    }
    tx.commit().await?;
    Ok(login::to("/accounts"))
}

/// The patient of the number that was typed, of whom this employee may know as from any other page.
async fn typed(staff: &Staff, fields: &Fields) -> Result<PatientRef, ConsoleError> {
    let unknown = || {
        let text = staff.pick("Er is geen patiënt met dit nummer.", "There is no patient with this number.");
        ConsoleError::Refused(text.to_owned())
    };
    let number: SourceId = fields.get("number").and_then(|number| number.parse().ok()).ok_or_else(unknown)?;
    let hasher = staff.state.app.sealer().practice_hasher(staff.practice.id);
    let who = PatientRef { practice: staff.practice.id, patient: hasher.patient_id(&number) };
    match guard::foreign(staff, &who).await {
        Ok(None) => Ok(who),
        Ok(Some(reason)) => Err(guard::deny(staff, "/accounts", reason, Some(&who)).await),
        Err(ConsoleError::Missing) => Err(unknown()),
        Err(error) => Err(error),
    }
}

/// The patient of this number must have the birth date that was told: a slip of the pen links nobody to somebody else.
async fn link(staff: &Staff, tx: &mut Tx<'_>, id: AccountId, who: &PatientRef) -> Result<(), ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let app = &staff.state.app;
    let waiting = store::accounts::unlinked(tx, app.sealer(), &staff.scope(), MOST).await?;
    let account = waiting.into_iter().find(|account| account.id == id).ok_or(ConsoleError::Missing)?;
    let card = store::cards::find(tx, app.sealer(), who).await?.ok_or(ConsoleError::Missing)?;
    if account.told.birth.is_none_or(|born: Date| PartialDate::from(born) != card.birth) {
        return Err(refuse(
            "De geboortedatum van de aanmelding is een andere dan die van deze patiënt.",
            "The birth date of the sign-up is another than that of this patient.",
        ));
    }
    if store::accounts::of_patient(tx, app.sealer(), who).await?.is_some() {
        return Err(refuse("Deze patiënt heeft al een e-mailadres.", "This patient has an e-mail address already."));
    }
    if !store::accounts::link(tx, id, who).await? {
        return Err(ConsoleError::Missing);
    }
    app.tell_linked(tx, who, staff.at().at).await?;
    staff.record(tx, "account_linked", Action::Update, Some(who), Detail::default()).await
}

/// The form on the patient's page: the desk notes an address, the patient confirms it by the link in a letter.
pub(super) fn of_patient(staff: &Staff, who: &PatientRef, account: Option<&Account>) -> Block {
    let mut parts = Vec::new();
    if let Some(account) = account {
        let state = match account.confirmed_at {
            Some(at) => format!("{} {}", staff.pick("bevestigd op", "confirmed on"), words::moment(at)),
            None => staff.pick("nog niet bevestigd", "not confirmed yet").to_owned(),
        };
        parts.push(overview::table(
            staff.pick("E-mailadres voor berichten", "E-mail address for notices"),
            &[staff.pick("Adres", "Address"), staff.pick("Stand", "State")],
            vec![vec![Cell::Text(account.told.address.clone()), Cell::Text(state)]],
        ));
    }
    let hint = staff.pick(
        "De patiënt krijgt een e-mail met een link om het adres te bevestigen.",
        "The patient gets a letter with a link to confirm the address.",
    );
    let label = staff.pick("E-mailadres", "E-mail address");
    let mut buttons = vec![Button::action("set", staff.pick("Vastleggen", "Note"))];
    if account.is_some() {
        buttons.push(Button::action("remove", staff.pick("Weghalen", "Remove")));
    }
    parts.push(staff.form(
        format!("/p/{}/email", who.patient),
        vec![Block::Input(Input::text("email", label).of("email").hinting(hint))],
        buttons,
    ));
    Block::More(staff.pick("E-mailadres", "E-mail address").to_owned(), parts)
}

/// Notes or removes the address of a patient.
pub(super) async fn note(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = noted(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn noted(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let mut tx = staff.write().await?;
    if fields.get("action") == Some("remove") {
        store::accounts::remove_all(&mut tx, who).await?;
        staff.record(&mut tx, "account_removed", Action::Delete, Some(who), Detail::default()).await?;
        tx.commit().await?;
        return Ok(login::to(&dossier::back(who)));
    }
    let address: Option<EmailAddress> = fields.get("email").and_then(|text| text.parse().ok());
    let address = address.ok_or_else(|| refuse("Dit is geen e-mailadres.", "This is no e-mail address."))?;
    let whose = (who.practice, Some(who.patient));
    match staff.state.app.ask_address(&mut tx, whose, &address, Told::default(), staff.at().at).await? {
        AddressAsked::Taken => Err(refuse(
            "Dit adres is van iemand anders: iedere persoon heeft een eigen adres nodig.",
            "This address is somebody else's: each person needs an own address.",
        )),
        AddressAsked::Enough => Err(refuse(
            "Er is net een brief gestuurd: wacht een kwartier.",
            "A letter was sent a moment ago: wait a quarter of an hour.",
        )),
        AddressAsked::Sent | AddressAsked::Yours => {
            staff.record(&mut tx, "account_noted", Action::Update, Some(who), Detail::default()).await?;
            tx.commit().await?;
            Ok(login::to(&dossier::back(who)))
        }
    }
}
