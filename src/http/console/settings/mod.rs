//! The settings of the practice, grouped by working agreement (werkafspraak), with their history (release-rules §2.1, S4 #24).

pub(super) mod imports;
mod names;
pub(super) mod onboarding;
pub(super) mod reports;
pub(super) mod rights;

use std::collections::BTreeMap;

use axum::response::Response;

use super::error::ConsoleError;
use super::staff::{Fields, Staff};
use super::{Button, answer, login, overview, words};
use crate::app::is_release_rule;
use crate::audit::{Action, Detail};
use crate::domain::dossier::{Employee, SourceId};
use crate::domain::release::{CASCADES, Policy, SECTIONS, SETTINGS};
use crate::domain::wordlist::WordList;
use crate::http::pages::blocks::{Block, Cell, Check, Input};
use crate::store::settings::{Setting, SettingChange, SettingSource};
use crate::store::{self};

/// The most changes shown.
const HISTORY: usize = 50;
/// The longest value, in characters.
const LONGEST: usize = 2000;

/// The day of introduction.
const SINCE: &str = "online_access_since";
/// The tick that confirms an earlier one.
const CONFIRM: &str = "confirm_earlier";

/// The working agreements of a practice, and the settings that each is about.
const AGREEMENTS: [(&str, &str, &str, &[&str]); 7] = [
    (
        "start",
        "Invoering en aanvragen",
        "Introduction and requests",
        &[
            SINCE,
            "dossier_request_mode",
            "dossier_request_auto_notice",
            "under16_policy",
            "invite_min_age",
            "register_without_eid",
        ],
    ),
    ("login", "Inloggen", "Login", &["min_loa", "idle_minutes"]),
    (
        "lines",
        "Episodes en E- en P-regels",
        "Episodes and E and P lines",
        &["closed_episode_policy", "ep_patient_contact_only", "ep_memo_contacts", WordList::SETTING],
    ),
    (
        "results",
        "Uitslagen",
        "Results",
        &["lab_release_mode", "lab_delay_days", "lab_auto_abnormal", "lab_auto_conclusion", "lab_patient_wait"],
    ),
    (
        "letters",
        "Correspondentie en afspraken",
        "Correspondence and appointments",
        &[
            "correspondence_since",
            "correspondence_mode",
            "correspondence_delay_days",
            "appointment_mode",
            "appointment_release",
        ],
    ),
    (
        "texts",
        "Teksten en pagina’s",
        "Texts and pages",
        &[
            "page.contact",
            "page.template.1",
            "page.template.2",
            "page.template.3",
            "page.invite.1",
            "page.invite.2",
            "page.invite.3",
            "page.link.1",
            "page.link.2",
            "page.link.3",
            "page.film",
            "page.log_function_only",
        ],
    ),
    (
        "open",
        "Bewijs voor OPEN",
        "Evidence for OPEN",
        &[
            "page.open.1",
            "page.open.1.day",
            "page.open.1.note",
            "page.open.2",
            "page.open.2.day",
            "page.open.2.note",
            "page.open.3",
            "page.open.3.day",
            "page.open.3.note",
            "page.open.4",
            "page.open.4.day",
            "page.open.4.note",
        ],
    ),
];

/// The day an agreement was discussed by the team: `console.agreed.NAME`.
fn agreed(name: &str) -> String {
    format!("console.agreed.{name}")
}

pub(super) async fn show(staff: Staff) -> Response {
    let result = page(&staff, None).await;
    answer(&staff, result)
}

async fn page(staff: &Staff, fault: Option<(&str, String)>) -> Result<Response, ConsoleError> {
    let mut tx = staff.read().await?;
    let settings = store::settings::load_effective(&mut tx, &staff.scope()).await?;
    let history = store::settings::history(&mut tx, &staff.scope()).await?;
    let employees = staff.state.app.employees(&mut tx, &staff.scope()).await?;
    tx.close().await?;
    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    if fault.is_some() {
        let text = staff
            .pick("Niets is opgeslagen: verbeter wat hieronder staat.", "Nothing was saved: mend what stands below.");
        blocks.push(Block::Fault(text.to_owned()));
    }
    for (name, nl, en, keys) in AGREEMENTS {
        let mut parts = vec![Block::Hidden("group", name.to_owned())];
        parts.extend(keys.iter().map(|key| field(staff, &settings, key, fault.as_ref())));
        let day = Input::text(agreed(name), staff.pick("Besproken op", "Discussed on"));
        let value = settings.get(&agreed(name)).cloned().unwrap_or_default();
        parts.push(Block::Input(day.of("date").holding(value)));
        if keys.contains(&SINCE) {
            parts.push(confirmation(staff));
        }
        blocks.push(group(staff, staff.pick(nl, en), parts));
    }
    blocks.push(sections(staff, &settings));
    blocks.push(changes(staff, &history, &employees));
    Ok(staff.page("/settings", staff.pick("Instellingen", "Settings"), blocks))
}

/// An earlier introduction shows older lines: that is confirmed (E40).
fn confirmation(staff: &Staff) -> Block {
    let label = staff.pick(
        "Ik bevestig dat oudere E- en P-regels zichtbaar worden (alleen nodig bij een eerdere datum van invoering)",
        "I confirm that older E and P lines become visible (needed for an earlier date of introduction only)",
    );
    Block::Check(Check { name: CONFIRM, value: "yes".to_owned(), label: label.to_owned(), checked: false, scope: 0 })
}

/// What is wrong when the introduction moves to an earlier day that nobody confirmed (E40): one that was typed, or that of the HIS when
/// the practice's own is taken away.
async fn unconfirmed(
    staff: &Staff,
    fields: &Fields,
    wanted: &[(String, String)],
) -> Result<Option<String>, ConsoleError> {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let Some((_, value)) = wanted.iter().find(|(key, _)| key == SINCE) else { return Ok(None) };
    let mut tx = staff.read().await?;
    let all = store::settings::list(&mut tx, &staff.scope()).await?;
    let settings = store::settings::load_effective(&mut tx, &staff.scope()).await?;
    tx.close().await?;
    // Without a day of its own the practice goes by the one that its HIS delivered.
    let delivered = || all.iter().find(|setting| setting.key == SINCE && setting.source == SettingSource::Feed);
    let to = if value.is_empty() { delivered().and_then(|setting| day(&setting.value)) } else { day(value) };
    let from = settings.get(SINCE).and_then(|value| day(value));
    let (Some(from), Some(to)) = (from, to) else { return Ok(None) };
    if to >= from || fields.get(CONFIRM) == Some("yes") {
        return Ok(None);
    }
    if !value.is_empty() {
        let words = staff.pick(
            "Een eerdere datum maakt oudere regels zichtbaar: bevestig dat hieronder.",
            "An earlier date makes older lines visible: confirm that below.",
        );
        return Ok(Some(words.to_owned()));
    }
    let text = staff.pick(
        "Zonder eigen datum geldt de eerdere datum uit het HIS, en die maakt oudere regels zichtbaar: bevestig dat hieronder.",
        "Without a date of your own the earlier one of the HIS holds, and makes older lines visible: confirm that below.",
    );
    Ok(Some(format!("{text} ({})", words::day(to))))
}

fn group(staff: &Staff, title: &str, parts: Vec<Block>) -> Block {
    let buttons = vec![Button::action("save", staff.pick("Opslaan", "Save"))];
    Block::More(title.to_owned(), vec![staff.form("/settings", parts, buttons)])
}

fn field(staff: &Staff, settings: &BTreeMap<String, String>, key: &str, fault: Option<&(&str, String)>) -> Block {
    let known = SETTINGS.iter().find(|(known, ..)| *known == key);
    let value = settings.get(key).cloned().or_else(|| known.map(|(.., default)| (*default).to_owned()));
    let mut input = Input::text(key, label(staff, key)).holding(value.unwrap_or_default());
    if key.ends_with(".day") {
        input.kind = "date";
    }
    input.hint = names::takes(staff.lang(), key).map(str::to_owned).or_else(|| hint(staff, key));
    input.fault = fault.filter(|(name, _)| *name == key).map(|(_, words)| words.clone());
    Block::Input(input)
}

/// The words of a field.
fn label(staff: &Staff, key: &str) -> String {
    let Some((number, end)) =
        key.strip_prefix(reports::open::CONDITIONS).map(|rest| rest.split_once('.').unwrap_or((rest, "")))
    else {
        return names::told(staff.lang(), key);
    };
    let words = match end {
        "day" => staff.pick(", voldaan sinds", ", met since"),
        "note" => staff.pick(", waaruit dat blijkt", ", what shows it"),
        _ => "",
    };
    format!("{} {number}{words}", staff.pick("Voorwaarde", "Condition"))
}

fn hint(staff: &Staff, key: &str) -> Option<String> {
    let words = match key.split('.').nth(1)? {
        "invite" => staff.pick(
            "Een brief voor uitnodigingen, zonder medische inhoud.",
            "A letter for invitations, without medical content.",
        ),
        "words" => staff.pick(
            "Woorden met komma’s ertussen: bij regels waarin er een staat, waarschuwt het vrijgeven.",
            "Words with commas between them: releasing warns at lines that hold one.",
        ),
        "template" => staff.pick("Een standaardconclusie (maskerbrief).", "A standard conclusion."),
        "link" => staff.pick("Tekst|https://adres", "Text|https://address"),
        "film" => staff.pick("https://adres van een film", "https://address of a film"),
        "log_function_only" => {
            staff.pick("true: patiënten zien de functie, niet de naam", "true: patients see the function, not the name")
        }
        "open" if key.ends_with(".day") => {
            staff.pick("Sinds wanneer de praktijk eraan voldoet.", "Since when the practice meets it.")
        }
        "open" if key.ends_with(".note") => {
            staff.pick("Waaruit dat blijkt, zonder patiëntgegevens.", "What shows it, without data of patients.")
        }
        "open" => staff.pick(
            "Een voorwaarde van het tarief, zoals de zorgverzekeraar haar noemt.",
            "A condition of the tariff, as the insurer words it.",
        ),
        "contact" => staff.pick("Hoe patiënten de praktijk bereiken.", "How patients reach the practice."),
        _ => return None,
    };
    Some(words.to_owned())
}

/// The value of a setting that nobody made; empty for none.
fn shipped(key: &str) -> String {
    if let Some(section) = key.strip_prefix("facility.") {
        return Policy::default().section(section).unwrap_or_default().to_string();
    }
    if let Some(kind) = key.strip_prefix("cascade.") {
        return if ["medication", "allergies", "encounters"].contains(&kind) { "strip" } else { "hide" }.to_owned();
    }
    SETTINGS.iter().find(|(known, ..)| *known == key).map_or("", |(.., default)| *default).to_owned()
}

fn sections(staff: &Staff, settings: &BTreeMap<String, String>) -> Block {
    let mut parts = vec![Block::Hidden("group", "sections".to_owned())];
    let mut checks = Vec::new();
    for section in SECTIONS {
        let key = format!("facility.{section}");
        let on = settings.get(&key).cloned().unwrap_or_else(|| shipped(&key)) == "true";
        checks.push(Block::Check(Check {
            name: "section",
            value: section.to_owned(),
            label: names::kind(staff.lang(), section).to_owned(),
            checked: on,
            scope: 0,
        }));
    }
    parts.push(Block::Group(staff.pick("Aan", "On").to_owned(), checks));
    let cascades = CASCADES.iter().map(|kind| {
        let key = format!("cascade.{kind}");
        let value = settings.get(&key).cloned().unwrap_or_else(|| shipped(&key));
        let hint = staff
            .pick("hide: ook verbergen; strip: tonen zonder de episode", "hide: hidden too; strip: shown without it");
        Block::Input(Input::text(key, names::kind(staff.lang(), kind)).holding(value).hinting(hint))
    });
    let name = staff.pick("Bij een verborgen episode", "With a hidden episode");
    parts.push(Block::Group(name.to_owned(), cascades.collect()));
    group(staff, staff.pick("Onderdelen die patiënten zien", "Sections that patients see"), parts)
}

fn changes(staff: &Staff, history: &[SettingChange], employees: &BTreeMap<SourceId, Employee>) -> Block {
    let gone = || staff.pick("niets", "nothing").to_owned();
    let who = |by: &str| {
        let known = by.parse().ok().and_then(|id: SourceId| employees.get(&id));
        known.map_or_else(|| by.to_owned(), |employee| employee.name.clone())
    };
    let rows = history.iter().enumerate().rev().take(HISTORY).map(|(place, change)| {
        let before = history[..place].iter().rev().find(|before| before.key == change.key);
        vec![
            Cell::Text(words::moment(change.at)),
            Cell::Text(who(&change.by)),
            Cell::Text(names::told(staff.lang(), &change.key)),
            Cell::Text(before.and_then(|before| before.value.clone()).unwrap_or_else(gone)),
            Cell::Text(change.value.clone().unwrap_or_else(gone)),
        ]
    });
    let head = [
        staff.pick("Wanneer", "When"),
        staff.pick("Wie", "Who"),
        staff.pick("Instelling", "Setting"),
        staff.pick("Was", "Was"),
        staff.pick("Werd", "Became"),
    ];
    let caption = staff.pick("Wijzigingen", "Changes");
    Block::More(caption.to_owned(), vec![overview::table(caption, &head, rows.collect())])
}

pub(super) async fn change(staff: Staff, fields: Fields) -> Response {
    let result = save(&staff, &fields).await;
    answer(&staff, result)
}

async fn save(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let wanted = wanted(fields)?;
    for (key, value) in &wanted {
        if let Some(words) = fault(staff, key, value) {
            return page(staff, Some((key, words))).await;
        }
    }
    if let Some(words) = unconfirmed(staff, fields, &wanted).await? {
        return page(staff, Some((SINCE, words))).await;
    }
    let mut tx = staff.write().await?;
    let before = store::settings::load_effective(&mut tx, &staff.scope()).await?;
    let mut detail = Detail::default();
    for (key, value) in wanted {
        // What stands in the form unasked is how it is shipped: that is no change.
        let was = before.get(&key).cloned().unwrap_or_else(|| shipped(&key));
        if was == value {
            continue;
        }
        let (at, by) = (staff.at().at, staff.id.to_string());
        if value.is_empty() {
            store::settings::clear(&mut tx, &staff.scope(), &key, SettingSource::Own, at, &by).await?;
        } else {
            let setting = Setting { key: key.clone(), source: SettingSource::Own, value: value.clone(), at, by };
            store::settings::set(&mut tx, &staff.scope(), &setting).await?;
        }
        if is_release_rule(&key) {
            detail.facts.insert(key, value);
        } else {
            detail.facts.insert(key, "changed".to_owned());
        }
    }
    if !detail.facts.is_empty() {
        staff.record(&mut tx, "setting_changed", Action::Update, None, detail).await?;
    }
    tx.commit().await?;
    Ok(login::to("/settings?done=1"))
}

/// The settings of the group that was sent, with their values; empty: as shipped.
fn wanted(fields: &Fields) -> Result<Vec<(String, String)>, ConsoleError> {
    let group = fields.get("group").ok_or(ConsoleError::Missing)?;
    if group == "sections" {
        let on: Vec<&str> = fields.all("section").collect();
        let sections = SECTIONS.iter().map(|section| (format!("facility.{section}"), on.contains(section).to_string()));
        let cascades = CASCADES.iter().map(|kind| {
            let key = format!("cascade.{kind}");
            let value = fields.get(&key).unwrap_or_default().to_owned();
            (key, value)
        });
        return Ok(sections.chain(cascades).collect());
    }
    let (.., keys) = AGREEMENTS.iter().find(|(name, ..)| *name == group).ok_or(ConsoleError::Missing)?;
    let mut wanted: Vec<(String, String)> =
        keys.iter().map(|key| ((*key).to_owned(), fields.get(key).unwrap_or_default().to_owned())).collect();
    let day = agreed(group);
    let value = fields.get(&day).unwrap_or_default().to_owned();
    wanted.push((day, value));
    Ok(wanted)
}

/// What is wrong with a value, in words.
fn fault(staff: &Staff, key: &str, value: &str) -> Option<String> {
    if value.is_empty() {
        return None;
    }
    if value.chars().count() > LONGEST || value.contains(|c: char| c.is_control() && c != '\n' && c != '\r') {
        let text = staff.pick(
            "Ten hoogste 2000 tekens, zonder besturingstekens.",
            "At most 2000 characters, no control characters.",
        );
        return Some(text.to_owned());
    }
    if is_release_rule(key) {
        let takes = names::takes(staff.lang(), key).unwrap_or_default();
        let words = staff.pick("Deze waarde past niet.", "This value does not fit.");
        return Policy::default().set(key, value).err().map(|_| format!("{words} {takes}"));
    }
    if key.starts_with("console.agreed.") || (key.starts_with(reports::open::CONDITIONS) && key.ends_with(".day")) {
        return value.parse::<jiff::civil::Date>().err().map(|_| staff.pick("jjjj-mm-dd", "yyyy-mm-dd").to_owned());
    }
    let address = match key.split('.').nth(1) {
        Some("link") => value.split_once('|').map(|(_, address)| address),
        Some("film") => Some(value),
        Some("log_function_only") => {
            return (!["true", "false"].contains(&value))
                .then(|| staff.pick("true of false", "true or false").to_owned());
        }
        _ => return None,
    };
    let is_https =
        address.and_then(|address| url::Url::parse(address.trim()).ok()).is_some_and(|url| url.scheme() == "https");
    (!is_https).then(|| "https://…".to_owned())
}
