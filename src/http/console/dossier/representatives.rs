//! Who acts for the patient: the practice's veto (R-AG-05), and the representatives that the desk registers (R-CO-05). What the desk
//! registers serves the way of the copy; online the login says who acts for whom (release-rules §7.2).

use axum::response::Response;
use jiff::civil::Date;

use super::{Loaded, back, decide, decisions::decision};
use crate::audit::{Action, Detail};
use crate::domain::decision::{Choice, Decisions, Registered};
use crate::domain::dossier::{RecordType, Relation, SourceId};
use crate::domain::ids::PatientRef;
use crate::domain::release::ItemKey;
use crate::domain::representation::{DeskRefusal, at_desk};
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff, Who};
use crate::http::console::{Button, answer, login, overview, words};
use crate::http::pages::blocks::{Block, Cell, Check, Input, Select};
use crate::http::pages::my::words::relation;
use crate::store::{self, Tx};

/// The longest name, in characters.
const LONGEST: usize = 200;

/// Relations as forms have them.
const RELATIONS: [(&str, Relation); 5] = [
    ("parent", Relation::Parent),
    ("guardian", Relation::Guardian),
    ("mentor", Relation::Mentor),
    ("curator", Relation::Curator),
    ("mandate", Relation::Mandate),
];

/// The forms of representation.
pub(super) fn form(staff: &Staff, who: &PatientRef, loaded: &Loaded, decided: &Decisions) -> Block {
    let mut parts = vec![veto(staff, who, loaded)];
    let rows: Vec<Vec<Cell>> = decided.registered().map(|(id, registered)| row(staff, id, registered)).collect();
    if !rows.is_empty() {
        let head = [
            staff.pick("Naam", "Name"),
            staff.pick("Relatie", "Relation"),
            staff.pick("Tot en met", "Until"),
            staff.pick("Beëindigen", "End"),
        ];
        let table = overview::table(staff.pick("Vastgelegd aan de balie", "Registered at the desk"), &head, rows);
        parts.push(staff.form(path(who), vec![table], Vec::new()));
    }
    parts.push(register(staff, who));
    Block::More(staff.pick("Vertegenwoordiging", "Representation").to_owned(), parts)
}

fn path(who: &PatientRef) -> String {
    format!("/p/{}/representation", who.patient)
}

fn veto(staff: &Staff, who: &PatientRef, loaded: &Loaded) -> Block {
    let button = match loaded.subject.entry.no_representation {
        true => Button::action("allow", staff.pick("Vertegenwoordiging weer toestaan", "Allow representation again")),
        false => Button::action("forbid", staff.pick("Vertegenwoordiging verbieden", "Forbid representation")),
    };
    let text = staff.pick(
        "Goed hulpverlenerschap kan zich ertegen verzetten dat iemand anders meekijkt.",
        "Good care may stand in the way of somebody else looking along.",
    );
    staff.form(path(who), vec![Block::Text(text.to_owned())], vec![button])
}

fn row(staff: &Staff, id: &SourceId, registered: &Registered) -> Vec<Cell> {
    let until = registered.to.map_or_else(|| "–".to_owned(), words::day);
    let label = format!("{} {}", staff.pick("Beëindig", "End"), registered.name);
    vec![
        Cell::Text(registered.name.clone()),
        Cell::Text(relation(staff.lang(), registered.relation).to_owned()),
        Cell::Text(until),
        Cell::Button(Button { name: "end", value: id.to_string(), label }),
    ]
}

fn register(staff: &Staff, who: &PatientRef) -> Block {
    let options = RELATIONS.map(|(value, one)| (value.to_owned(), relation(staff.lang(), one).to_owned()));
    let text = staff.pick(
        "Wie u hier vastlegt krijgt een afschrift mee aan de balie, en ziet niets online. Wat voor een kind geldt eindigt op de 12e en 16e \
         verjaardag.",
        "Who is registered here is handed a copy at the desk, and sees nothing online. What holds for a child ends on the 12th and 16th \
         birthday.",
    );
    let parts = vec![
        Block::Text(text.to_owned()),
        Block::Input(Input::text("name", staff.pick("Naam van de vertegenwoordiger", "Name of the representative"))),
        Block::Select(Select {
            name: "relation".to_owned(),
            label: staff.pick("Relatie", "Relation").to_owned(),
            value: "parent".to_owned(),
            options: options.into(),
            scope: 0,
        }),
        Block::Input(Input {
            kind: "date",
            ..Input::text("until", staff.pick("Tot en met (mag leeg blijven)", "Until (may stay empty)"))
        }),
        Block::Check(Check {
            name: "agreed",
            value: "yes".to_owned(),
            label: staff.pick("Het kind van 12 tot 16 is het ermee eens", "The child of 12 to 16 agrees").to_owned(),
            checked: false,
            scope: 0,
        }),
    ];
    let button = Button::action("register", staff.pick("Vertegenwoordiger vastleggen", "Register the representative"));
    staff.form(path(who), parts, vec![button])
}

/// The veto, or who acts for the patient at the desk.
pub(in crate::http::console) async fn change(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = changed(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn changed(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    match (fields.get("action"), fields.get("end")) {
        (Some("forbid"), _) => forbid(staff, &mut tx, who, true).await?,
        (Some("allow"), _) => forbid(staff, &mut tx, who, false).await?,
        (Some("register"), _) => add(staff, &mut tx, who, fields).await?,
        (None, Some(id)) => end(staff, &mut tx, who, id).await?,
        _ => return Err(ConsoleError::Missing),
    }
    tx.commit().await?;
    Ok(login::to(&back(who)))
}

/// Let nobody act for the patient online, or let them again (R-AG-05).
async fn forbid(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef, forbidden: bool) -> Result<(), ConsoleError> {
    if !store::patients::forbid_representation(tx, who, forbidden).await? {
        return Err(ConsoleError::Missing);
    }
    let kind = if forbidden { "representation_forbidden" } else { "representation_allowed" };
    staff.record(tx, kind, Action::Update, Some(who), Detail::default()).await
}

async fn add(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef, fields: &Fields) -> Result<(), ConsoleError> {
    let registered = read(staff, tx, who, fields).await?;
    let id = format!("desk-{}", staff.at().at.millis()).parse().map_err(|_| ConsoleError::Missing)?;
    let about = ItemKey::record(RecordType::Representative, &id);
    let choice = Choice::Representative(Some(registered));
    decide(staff, tx, who, "representative_registered", &[decision(staff, about, choice, None)]).await
}

/// What the form says, if the age of the patient allows it (release-rules §7.2).
async fn read(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef, fields: &Fields) -> Result<Registered, ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let name = fields.get("name").map(str::trim).filter(|name| !name.is_empty() && name.chars().count() <= LONGEST);
    let name = name.ok_or_else(|| {
        refuse("Vul een naam in van ten hoogste 200 tekens.", "Give a name of at most 200 characters.")
    })?;
    let relation = RELATIONS.iter().find(|(value, _)| fields.get("relation") == Some(value));
    let (_, relation, ..) = relation.ok_or(ConsoleError::Missing)?;
    let today = staff.at().today;
    let until = fields.get("until").filter(|text| !text.is_empty()).map(str::parse::<Date>).transpose();
    let until = until.ok().filter(|until| until.is_none_or(|until| until >= today));
    let until = until
        .ok_or_else(|| refuse("De einddatum is geen dag vanaf vandaag.", "The last day is not a day from today on."))?;
    let subject = staff.state.app.subject(tx, who).await?.ok_or(ConsoleError::Missing)?;
    let birth = subject.index.as_ref().ok_or(ConsoleError::Missing)?.facts.subject.birth;
    let agreed = fields.get("agreed") == Some("yes");
    let border = at_desk(*relation, birth, agreed, today).map_err(|refusal| refused(staff, refusal))?;
    Ok(Registered {
        name: name.to_owned(),
        relation: *relation,
        child_agreed_on: agreed.then_some(today),
        from: today,
        to: [until, border].into_iter().flatten().min(),
    })
}

fn refused(staff: &Staff, refusal: DeskRefusal) -> ConsoleError {
    let text =
        match refusal {
            DeskRefusal::ChildMustAgree => staff
                .pick("Een kind van 12 tot 16 moet het er zelf mee eens zijn.", "A child of 12 to 16 has to agree."),
            DeskRefusal::NotAChild => staff.pick(
                "Vanaf 16 jaar treedt een ouder of voogd alleen met een machtiging op.",
                "From 16 on a parent or guardian acts with a mandate only.",
            ),
            DeskRefusal::TooYoungForMandate => {
                staff.pick("Een machtiging kan vanaf 16 jaar.", "A mandate can be given from 16 on.")
            }
            DeskRefusal::NotAnAdult => staff
                .pick("Een mentor of curator treedt op voor een volwassene.", "A mentor or curator acts for an adult."),
        };
    ConsoleError::Refused(text.to_owned())
}

async fn end(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef, id: &str) -> Result<(), ConsoleError> {
    let decided = store::decisions::that_count(tx, staff.state.app.sealer(), who).await?;
    let (id, _) = decided.registered().find(|(own, _)| own.as_str() == id).ok_or(ConsoleError::Missing)?;
    let about = ItemKey::record(RecordType::Representative, id);
    let ended = decision(staff, about, Choice::Representative(None), None);
    decide(staff, tx, who, "representative_ended", &[ended]).await
}
