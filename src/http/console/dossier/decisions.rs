//! Episodes and lines shown or hidden, and marks for third parties, privacy and harm (release-rules §4.1, §4.2, §4.6).

use axum::response::Response;

use super::items::{Told, key_of, told, value_of};
use super::{Loaded, Notes, back, take};
use crate::app::InFull;
use crate::domain::decision::{Aspect, Choice, Decision};
use crate::domain::dossier::{DossierState, RecordType};
use crate::domain::ids::PatientRef;
use crate::domain::release::{ItemKey, Reason, Topic, Verdict};
use crate::domain::rights::Right;
use crate::http::console::error::ConsoleError;
use crate::http::console::marks::is_due;
use crate::http::console::staff::{Fields, Staff, Who};
use crate::http::console::{Button, answer, overview, words};
use crate::http::pages::blocks::{Block, Button as CellButton, Cell, Check, Input, Select};

/// The longest time that a mark for harm may hold (R-X-03), in months.
const HARM_MONTHS: i32 = 3;
/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Is it an item that a person shows or hides by itself?
fn is_ticked(item: &Told<'_>) -> bool {
    matches!(item.item.topic, Topic::Episode { .. } | Topic::Line { .. } | Topic::Treatment { .. })
}

/// May a person decide about it: it is shown, or hidden by such a decision?
fn is_open(verdict: Option<Verdict>) -> Option<bool> {
    match verdict? {
        Verdict::Release | Verdict::Strip(_) => Some(true),
        Verdict::Withhold(Reason::Hidden | Reason::Moment) => Some(false),
        Verdict::Withhold(_) => None,
    }
}

/// Before the opening: tick boxes in the form that releases. After it: a button for each.
pub(super) fn ticks(staff: &Staff, who: &PatientRef, (loaded, full): (&Loaded, &InFull), notes: &Notes) -> Vec<Block> {
    let waits = matches!(loaded.subject.state(), DossierState::Requested | DossierState::OnHold);
    if waits {
        return release_form(staff, who, full, notes).into_iter().collect();
    }
    let mut blocks = Vec::new();
    let all = told(full);
    let groups = [
        (Right::HideEpisode, "episode", staff.pick("Episodes en verrichtingen", "Episodes and procedures"), false),
        (Right::HideLine, "line", staff.pick("E- en P-regels", "E and P lines"), true),
    ];
    for (right, path, caption, lines) in groups {
        if !staff.may(right) {
            continue;
        }
        let rows: Vec<Vec<Cell>> = all
            .iter()
            .filter(|told| is_ticked(told) && matches!(told.item.topic, Topic::Line { .. }) == lines)
            .filter_map(|told| row(staff, told, full, notes))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let head = [
            staff.pick("Gegevens", "Data"),
            staff.pick("Datum", "Date"),
            staff.pick("Nu", "Now"),
            staff.pick("Wijzigen", "Change"),
        ];
        let parts = vec![why(staff), overview::table(caption, &head, rows)];
        let form = staff.form(format!("/p/{}/{path}", who.patient), parts, vec![]);
        let text = staff.pick(
            "Wat een PGO al heeft opgehaald kan niet worden teruggehaald.",
            "What a PGO has collected cannot be recalled.",
        );
        blocks.push(Block::More(caption.to_owned(), vec![Block::Text(text.to_owned()), form]));
    }
    blocks
}

/// The field for why something is shown or hidden (R-X-05).
fn why(staff: &Staff) -> Block {
    let hint = staff
        .pick("Alleen de praktijk leest dit, in het toegangslog.", "Read by the practice only, in the access log.");
    Block::Input(Input::text("reason", staff.pick("Reden (mag leeg blijven)", "Reason (may be empty)")).hinting(hint))
}

/// What was given as the reason; `None` when nothing was.
pub(super) fn reason<'f>(staff: &Staff, fields: &'f Fields) -> Result<Option<&'f str>, ConsoleError> {
    let reason = fields.get("reason");
    if reason.is_some_and(|text| text.chars().count() > LONGEST) {
        let text = staff.pick("De reden is langer dan 500 tekens.", "The reason is longer than 500 characters.");
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    Ok(reason)
}

fn row(staff: &Staff, told: &Told<'_>, full: &InFull, notes: &Notes) -> Option<Vec<Cell>> {
    let verdict = full.verdict(told.place);
    let shown = is_open(verdict)?;
    let (name, label) = match shown {
        true => ("hide", staff.pick("Verbergen", "Hide")),
        false => ("show", staff.pick("Tonen", "Show")),
    };
    let text = told.text();
    let title = told.title();
    let mut lines = if text.is_empty() { vec![title.clone()] } else { vec![title.clone(), text] };
    lines.extend(warning(staff, told, notes));
    let mut now = vec![verdict.map(|verdict| words::verdict(staff.lang(), verdict)).unwrap_or_default().to_owned()];
    now.extend(notes.retrieved.of_item(staff, full, &told.item.key));
    let label = format!("{label}: {title}");
    Some(vec![
        Cell::Lines(lines),
        Cell::Text(told.date()),
        Cell::Lines(now),
        Cell::Button(CellButton { name, value: value_of(&told.item.key), label }),
    ])
}

/// A line with a word of the practice's list: something to think twice about, and never hidden for it (R-SP-11, E06).
fn warning(staff: &Staff, told: &Told<'_>, notes: &Notes) -> Option<String> {
    if !matches!(told.item.topic, Topic::Line { .. }) {
        return None;
    }
    let text = told.text();
    let word = notes.words.find(&text)?;
    Some(format!("{} “{word}”", staff.pick("Let op, woord van uw lijst:", "Note, a word of your list:")))
}

fn release_form(staff: &Staff, who: &PatientRef, full: &InFull, notes: &Notes) -> Option<Block> {
    if !staff.may(Right::ReleaseDossier) {
        return None;
    }
    let all = told(full);
    let group = |lines: bool| {
        let mut parts = Vec::new();
        for told in all.iter().filter(|told| is_ticked(told)) {
            let is_line = matches!(told.item.topic, Topic::Line { .. });
            let Some(shown) = is_open(full.verdict(told.place)).filter(|_| is_line == lines) else { continue };
            let value = value_of(&told.item.key);
            let label = [told.title(), told.text(), told.date(), warning(staff, told, notes).unwrap_or_default()];
            let label: Vec<String> = label.into_iter().filter(|text| !text.is_empty()).collect();
            parts.push(Block::Hidden("offered", format!("{} {value}", u8::from(shown))));
            parts.push(Block::Check(Check {
                name: "show", value, label: label.join(" – "), checked: shown, scope: 0
            }));
        }
        parts
    };
    let parts = vec![
        Block::Text(
            staff
                .pick(
                    "Vink uit wat de patiënt niet mag zien. Van een episode die u uitvinkt ziet de patiënt ook de regels niet. Wat u uitvinkt \
                     blijft verborgen tot u het wijzigt.",
                    "Untick what the patient may not see. Of an episode that you untick the patient does not see the lines either. What you \
                     untick stays hidden until you change it.",
                )
                .to_owned(),
        ),
        Block::Group(staff.pick("Episodes en verrichtingen", "Episodes and procedures").to_owned(), group(false)),
        Block::Group(staff.pick("E- en P-regels", "E and P lines").to_owned(), group(true)),
        why(staff),
    ];
    let buttons = vec![
        Button::action("release", staff.pick("Vrijgeven", "Release")),
        Button::action("hold", staff.pick("Aanhouden", "Hold")),
    ];
    Some(staff.form(format!("/p/{}/release", who.patient), parts, buttons))
}

/// What the ticks of the release form change: only what is ticked otherwise than it was offered (R-DR-06).
pub(super) fn of_ticks(staff: &Staff, fields: &Fields) -> Result<Vec<Decision>, ConsoleError> {
    let ticked: Vec<&str> = fields.all("show").collect();
    let reason = reason(staff, fields)?;
    let mut decisions = Vec::new();
    for offered in fields.all("offered") {
        let (was, value) = offered.split_once(' ').ok_or(ConsoleError::Missing)?;
        let about = tickable(value)?;
        let shown = ticked.contains(&value);
        if shown != (was == "1") {
            decisions.push(decision(staff, about, Choice::Visible(shown), reason));
        }
    }
    Ok(decisions)
}

fn tickable(value: &str) -> Result<ItemKey, ConsoleError> {
    let key = key_of(value).ok_or(ConsoleError::Missing)?;
    let is_right = match key.t {
        RecordType::Episode | RecordType::Treatment | RecordType::Resource => key.line.is_none(),
        RecordType::Entry => key.line.is_some(),
        _ => false,
    };
    if is_right { Ok(key) } else { Err(ConsoleError::Missing) }
}

/// A decision of this employee, now.
pub(in crate::http::console) fn decision(
    staff: &Staff,
    about: ItemKey,
    choice: Choice,
    reason: Option<&str>,
) -> Decision {
    Decision { about, choice, at: staff.at().at, by: staff.id.to_string(), reason: reason.map(str::to_owned) }
}

/// An episode or treatment is shown or hidden.
pub(in crate::http::console) async fn episode(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = visible(&staff, &who.0, &fields, false).await;
    answer(&staff, result)
}

/// A line is shown or hidden.
pub(in crate::http::console) async fn line(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = visible(&staff, &who.0, &fields, true).await;
    answer(&staff, result)
}

async fn visible(staff: &Staff, who: &PatientRef, fields: &Fields, lines: bool) -> Result<Response, ConsoleError> {
    let (value, shown) = match (fields.get("hide"), fields.get("show")) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        _ => return Err(ConsoleError::Missing),
    };
    let about = tickable(value)?;
    // A line of a feed is a resource of its own, and so is an episode: which of both is told by the dossier.
    let topic = topic_of(staff, who, &about).await?;
    if matches!(topic, Topic::Line { .. }) != lines {
        return Err(ConsoleError::Missing);
    }
    let kind = if shown { "item_shown" } else { "item_hidden" };
    let decided = decision(staff, about, Choice::Visible(shown), reason(staff, fields)?);
    take(staff, who, kind, vec![decided], &back(who)).await
}

/// What an item of this patient is; an item that is not there cannot be decided about.
async fn topic_of(staff: &Staff, who: &PatientRef, key: &ItemKey) -> Result<Topic, ConsoleError> {
    let mut tx = staff.read().await?;
    let subject = staff.state.app.subject(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
    tx.close().await?;
    let index = subject.index.ok_or(ConsoleError::Missing)?;
    let found = index.facts.items().iter().find(|item| item.key == *key);
    found.map(|item| item.topic.clone()).ok_or(ConsoleError::Missing)
}

/// All data of the dossier, to mark them.
pub(super) fn marks(staff: &Staff, who: &PatientRef, full: &InFull, notes: &Notes) -> Option<Block> {
    if !staff.may(Right::MarkThirdParty) {
        return None;
    }
    let lang = staff.lang();
    let rows: Vec<Vec<Cell>> = told(full)
        .iter()
        .filter(|told| told.summary.is_some() && !matches!(told.item.topic, Topic::Person | Topic::Provider))
        .map(|told| {
            let check = Check {
                name: "item",
                value: value_of(&told.item.key),
                label: staff.pick("Kies", "Choose").to_owned() + ": " + &told.title(),
                checked: false,
                scope: 0,
            };
            let verdict = full.verdict(told.place).map(|verdict| words::verdict(lang, verdict)).unwrap_or_default();
            vec![Cell::Check(check), Cell::Lines(told.lines(lang)), Cell::Lines(marked(staff, told, verdict, notes))]
        })
        .collect();
    let head = [staff.pick("Kies", "Choose"), staff.pick("Gegevens", "Data"), staff.pick("Nu", "Now")];
    let kinds = [
        ("third_party", "Van of over een derde", "From or about a third party"),
        ("privacy", "Schaadt de privacy van een ander", "Damages somebody else's privacy"),
        ("harm", "Kan nu schaden: uitstel", "May harm now: delay"),
        ("none", "Markering weghalen", "Take the mark away"),
    ];
    let options = kinds.map(|(value, nl, en)| (value.to_owned(), staff.pick(nl, en).to_owned())).into();
    let parts = vec![
        overview::table(staff.pick("Alle gegevens", "All data"), &head, rows),
        Block::Select(Select {
            name: "kind".to_owned(),
            label: staff.pick("Markering", "Mark").to_owned(),
            value: "third_party".to_owned(),
            options,
            scope: 0,
        }),
        Block::Input(Input::text("until", staff.pick("Uitstel tot", "Delay until")).of("date").hinting(
            staff.pick("Alleen bij schade; ten hoogste drie maanden.", "For harm only; three months at most."),
        )),
        Block::Area(Input::text("reason", staff.pick("Reden (verplicht)", "Reason (mandatory)"))),
    ];
    let buttons = vec![Button::action("mark", staff.pick("Markeren", "Mark"))];
    let form = staff.form(format!("/p/{}/mark", who.patient), parts, buttons);
    let name = staff.pick("Alle gegevens: derden, privacy en schade", "All data: third parties, privacy and harm");
    Some(Block::More(name.to_owned(), vec![form]))
}

fn marked(staff: &Staff, told: &Told<'_>, verdict: &str, notes: &Notes) -> Vec<String> {
    let marks = told.item.marks;
    let mut lines = vec![verdict.to_owned()];
    if marks.third_party {
        lines.push(staff.pick("gemarkeerd: derde", "marked: third party").to_owned());
        lines.extend(set_here(staff, told, notes));
    }
    if marks.hidden_by_practice {
        lines.push(staff.pick("gemarkeerd: verborgen", "marked: hidden").to_owned());
    }
    if marks.restricted {
        lines.push(staff.pick("label van de bron: vertrouwelijk", "label of the source: restricted").to_owned());
    }
    if let Some(until) = marks.harm_until {
        lines.push(format!("{} {}", staff.pick("uitgesteld tot", "delayed until"), words::day(until)));
    }
    lines
}

/// Since when a mark for a third party holds that was set here, why, and whether to look at it again (R-X-01).
fn set_here(staff: &Staff, told: &Told<'_>, notes: &Notes) -> Option<String> {
    let mark = notes.decisions.find(&told.item.key, Aspect::ThirdParty)?;
    let (on, reason) = (words::day(mark.at.local_date()), mark.reason.as_deref().unwrap_or_default());
    let due = is_due(mark.at, staff.at().at);
    let again = if due { staff.pick(" – opnieuw bekijken", " – look at it again") } else { "" };
    Some(format!("{} {on}: {reason}{again}", staff.pick("op", "on")))
}

/// Marks are set or taken away.
pub(in crate::http::console) async fn mark(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = set_marks(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn set_marks(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    let refuse = |nl: &str, en: &str| Err(ConsoleError::Refused(staff.pick(nl, en).to_owned()));
    let Some(reason) = reason(staff, fields)? else {
        return refuse("Een reden is verplicht.", "A reason is mandatory.");
    };
    let keys: Option<Vec<ItemKey>> = fields.all("item").map(key_of).collect();
    let keys = keys.filter(|keys| !keys.is_empty());
    let Some(keys) = keys else { return refuse("Kies gegevens om te markeren.", "Choose data to mark.") };
    let choices: Vec<Choice> = match fields.get("kind") {
        Some("third_party") => vec![Choice::ThirdParty(true)],
        Some("privacy") => vec![Choice::Hidden(true)],
        Some("none") => vec![Choice::ThirdParty(false), Choice::Hidden(false), Choice::HarmUntil(None)],
        Some("harm") => match harm_until(staff, fields) {
            Some(until) => vec![Choice::HarmUntil(Some(until))],
            None => {
                return refuse(
                    "Geef een datum na vandaag, ten hoogste over drie maanden.",
                    "Give a day after today, three months from now at most.",
                );
            }
        },
        _ => return Err(ConsoleError::Missing),
    };
    for key in &keys {
        topic_of(staff, who, key).await?;
    }
    let of = |key: &ItemKey| {
        let decide = |choice: &Choice| decision(staff, key.clone(), choice.clone(), Some(reason));
        choices.iter().map(decide).collect::<Vec<_>>()
    };
    let decisions = keys.iter().flat_map(of).collect();
    take(staff, who, "items_marked", decisions, &back(who)).await
}

fn harm_until(staff: &Staff, fields: &Fields) -> Option<jiff::civil::Date> {
    let until: jiff::civil::Date = fields.get("until")?.parse().ok()?;
    let today = staff.at().today;
    let last = today.checked_add(jiff::Span::new().months(HARM_MONTHS)).ok()?;
    (until > today && until <= last).then_some(until)
}
