//! Inviting patients by e-mail: a dry run that counts, and the run itself (release-rules §6.4). A letter holds nothing medical and no
//! link that logs in.

use std::collections::{BTreeMap, HashMap};

use axum::response::Response;

use super::error::ConsoleError;
use super::staff::{Fields, Staff};
use super::{Button, answer, overview};
use crate::audit::{self, Action, Detail};
use crate::domain::dossier::DossierState;
use crate::domain::ids::{PatientId, PatientRef};
use crate::domain::time::{Timestamp, is_at_least, months_before};
use crate::http::context::random;
use crate::http::pages::blocks::{Block, Cell, Check, Select};
use crate::store::outbox::{self, Letter};
use crate::store::roll::Enrolled;
use crate::store::{self, Tx};

/// Nobody is invited twice within so many months, unless somebody insists.
const MONTHS: i32 = 12;
/// Settings with the practice's own letters.
const LETTERS: &str = "page.invite.";

/// Why somebody is not invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Excluded {
    NotRegistered,
    Age,
    NoAddress,
    SharedAddress,
    Blocked,
    Open,
    InvitedBefore,
}

/// Who is invited, and how many are not, by reason.
struct Selection {
    invited: Vec<(PatientId, String)>,
    excluded: BTreeMap<Excluded, usize>,
}

pub(super) async fn show(staff: Staff) -> Response {
    let result = page(&staff, None).await;
    answer(&staff, result)
}

async fn page(staff: &Staff, report: Option<Vec<Block>>) -> Result<Response, ConsoleError> {
    let mut tx = staff.read().await?;
    let letters = letters(staff, &mut tx).await?;
    tx.close().await?;
    let select = Select {
        name: "letter".to_owned(),
        label: staff.pick("Brief", "Letter").to_owned(),
        value: "0".to_owned(),
        options: letters.iter().enumerate().map(|(place, text)| (place.to_string(), text.clone())).collect(),
        scope: 0,
    };
    let again = Check {
        name: "again",
        value: "yes".to_owned(),
        label: staff
            .pick("Ook wie in de laatste 12 maanden is uitgenodigd", "Also who was invited in the last 12 months")
            .to_owned(),
        checked: false,
        scope: 0,
    };
    let text = staff.pick(
        "Uitgenodigd worden ingeschreven patiënten met een eigen e-mailadres, vanaf de leeftijd bij Instellingen, die niet geblokkeerd zijn en \
         van wie het dossier nog niet open is. De brief bevat niets medisch en geen link om in te loggen.",
        "Invited are registered patients with an e-mail address of their own, from the age in Settings, who are not blocked and whose dossier \
         is not open yet. The letter holds nothing medical and no link to log in.",
    );
    let buttons = vec![
        Button::action("count", staff.pick("Proef: alleen tellen", "Dry run: count only")),
        Button::action("send", staff.pick("Uitnodigingen versturen", "Send the invitations")),
    ];
    let mut blocks = report.unwrap_or_default();
    blocks.push(Block::Text(text.to_owned()));
    blocks.push(staff.form("/invite", vec![Block::Select(select), Block::Check(again)], buttons));
    Ok(staff.page("/invite", staff.pick("Patiënten uitnodigen", "Invite patients"), blocks))
}

/// The letters to choose from: ours, and those of the practice.
async fn letters(staff: &Staff, tx: &mut Tx<'_>) -> Result<Vec<String>, ConsoleError> {
    let settings = store::settings::load_effective(tx, &staff.scope()).await?;
    let own = settings.iter().filter(|(key, _)| key.starts_with(LETTERS)).map(|(_, text)| text.clone());
    let ours = "Beste patiënt, u kunt uw gegevens van onze praktijk online inzien met een PGO: een app of website die u zelf kiest. Kijk op onze \
                website hoe dat werkt. Vragen? Bel de praktijk.";
    Ok(std::iter::once(ours.to_owned()).chain(own).collect())
}

/// Counts or sends.
pub(super) async fn run(staff: Staff, fields: Fields) -> Response {
    let result = settle(&staff, &fields).await;
    answer(&staff, result)
}

async fn settle(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let sends = match fields.get("action") {
        Some("send") => true,
        Some("count") => false,
        _ => return Err(ConsoleError::Missing),
    };
    let mut tx = staff.write().await?;
    let letters = letters(staff, &mut tx).await?;
    let letter =
        fields.get("letter").and_then(|place| place.parse::<usize>().ok()).and_then(|place| letters.get(place));
    let text = letter.ok_or(ConsoleError::Missing)?.clone();
    let selection = select(staff, &mut tx, fields.get("again") == Some("yes")).await?;
    if sends {
        send(staff, &mut tx, &selection, &text).await?;
    }
    let mut detail = Detail::default();
    detail.counts.insert("invited".to_owned(), selection.invited.len() as u64);
    let kind = if sends { "invitations_sent" } else { "invitations_counted" };
    staff.record(&mut tx, kind, Action::Execute, None, detail).await?;
    tx.commit().await?;
    page(staff, Some(report(staff, &selection, sends))).await
}

/// The selection of the sheet, as it is on the day of the run.
async fn select(staff: &Staff, tx: &mut Tx<'_>, again: bool) -> Result<Selection, ConsoleError> {
    let (app, scope) = (&staff.state.app, staff.scope());
    let minimum = app.policy(tx, scope.practice).await?.ok_or(ConsoleError::Missing)?.invite_min_age;
    let roll = app.roll(tx, &scope).await?;
    let mut addresses: HashMap<&str, usize> = HashMap::new();
    for email in roll.iter().filter_map(|(_, enrolled)| enrolled.card.email.as_deref()) {
        *addresses.entry(email).or_default() += 1;
    }
    let today = staff.at().today;
    let year_ago = Timestamp::start_of_day(months_before(today, MONTHS));
    let why = |enrolled: &Enrolled| -> Option<Excluded> {
        let card = &enrolled.card;
        if !card.registered {
            return Some(Excluded::NotRegistered);
        }
        if !is_at_least(i16::try_from(minimum).unwrap_or(i16::MAX), card.birth, today) {
            return Some(Excluded::Age);
        }
        let Some(email) = card.email.as_deref().filter(|email| email.contains('@')) else {
            return Some(Excluded::NoAddress);
        };
        if addresses.get(email).is_some_and(|count| *count > 1) {
            return Some(Excluded::SharedAddress);
        }
        if card.blocked || enrolled.is_blocked {
            return Some(Excluded::Blocked);
        }
        if enrolled.state == DossierState::Open {
            return Some(Excluded::Open);
        }
        let recently = enrolled.invited_at.is_some_and(|at| at >= year_ago);
        (recently && !again).then_some(Excluded::InvitedBefore)
    };
    let mut selection = Selection { invited: Vec::new(), excluded: BTreeMap::new() };
    for (patient, enrolled) in roll.iter() {
        match why(enrolled) {
            Some(reason) => *selection.excluded.entry(reason).or_default() += 1,
            None => selection.invited.push((patient, enrolled.card.email.clone().unwrap_or_default())),
        }
    }
    // So that the letters of two runs of the same day go out in the same order.
    selection.invited.sort_unstable();
    Ok(selection)
}

async fn send(staff: &Staff, tx: &mut Tx<'_>, selection: &Selection, text: &str) -> Result<(), ConsoleError> {
    let subject = format!("Online inzage bij {}", staff.practice.display_name);
    let mut events = Vec::with_capacity(selection.invited.len());
    for (patient, email) in &selection.invited {
        let who = PatientRef { practice: staff.practice.id, patient: *patient };
        let letter = Letter { to: email.clone(), subject: subject.clone(), text: text.to_owned() };
        outbox::put(
            tx,
            staff.state.app.sealer(),
            &who,
            (random()?, outbox::INVITATION),
            &letter,
            (staff.at().at, staff.at().at),
        )
        .await?;
        events.push(staff.event("invitation_queued", Action::Create).about(&who));
    }
    audit::append_in(tx, staff.state.app.sealer(), &events).await?;
    Ok(())
}

fn report(staff: &Staff, selection: &Selection, sent: bool) -> Vec<Block> {
    let count = selection.invited.len();
    let text = match sent {
        true => staff.pick("patiënten krijgen de brief.", "patients get the letter."),
        false => staff.pick(
            "patiënten zouden de brief krijgen. Er is niets verstuurd.",
            "patients would get the letter. Nothing was sent.",
        ),
    };
    let rows = selection.excluded.iter().map(|(reason, count)| {
        let words = match reason {
            Excluded::NotRegistered => staff.pick("niet ingeschreven", "not registered"),
            Excluded::Age => staff.pick("te jong", "too young"),
            Excluded::NoAddress => staff.pick("geen e-mailadres", "no e-mail address"),
            Excluded::SharedAddress => {
                staff.pick("e-mailadres van meerdere patiënten", "e-mail address of several patients")
            }
            Excluded::Blocked => staff.pick("geblokkeerd of niet gecontroleerd", "blocked or not verified"),
            Excluded::Open => staff.pick("dossier al open", "dossier open already"),
            Excluded::InvitedBefore => {
                staff.pick("al uitgenodigd in de laatste 12 maanden", "invited in the last 12 months")
            }
        };
        vec![Cell::Text(words.to_owned()), Cell::Text(count.to_string())]
    });
    let head = [staff.pick("Reden", "Reason"), staff.pick("Aantal", "Number")];
    vec![
        Block::Notice(format!("{count} {text}")),
        overview::table(staff.pick("Niet uitgenodigd", "Not invited"), &head, rows.collect()),
    ]
}
