//! The practice record: who it is, and its settings as text for the release rules (release-rules §2.1).

use super::coded::reach;
use super::codes::is_digits;
use super::fields::{Checked, Fields};
use super::finding::Code;
use super::json::Value;
use super::network::is_organization_type;
use super::values::{agb_or_ura, date, flag, form, string, text, whole, words};
use crate::domain::dossier::Practice;

/// What a setting may say.
enum Kind {
    Day,
    YesNo,
    OneOf(&'static [&'static str]),
    Number(u32, u32),
    Words,
    /// A weekday and a time, such as `wed,17:00`.
    Weekly,
}

use Kind::{Day, Number, OneOf, Weekly, Words, YesNo};

const MANUAL_OR_AUTO: Kind = OneOf(&["manual", "auto"]);

/// Member of the record, key of the rule sheet, and what it may say.
const SETTINGS: [(&str, &str, Kind); 20] = [
    ("online_access_since", "online_access_since", Day),
    ("request_mode", "dossier_request_mode", MANUAL_OR_AUTO),
    ("dossier_request_auto_notice", "dossier_request_auto_notice", YesNo),
    ("under16_policy", "under16_policy", OneOf(&["refuse", "hold_open"])),
    ("closed_episode_policy", "closed_episode_policy", OneOf(&["attention_only", "attention_or_released_ep"])),
    ("ep_patient_contact_only", "ep_patient_contact_only", YesNo),
    ("ep_memo_contacts", "ep_memo_contacts", YesNo),
    ("lab_release_mode", "lab_release_mode", OneOf(&["explicit", "auto_delay"])),
    ("lab_delay_days", "lab_delay_days", Number(0, 30)),
    ("lab_auto_abnormal", "lab_auto_abnormal", OneOf(&["same", "hold"])),
    ("lab_auto_conclusion", "lab_auto_conclusion", Words),
    // Fixed by the guideline: another number is a mistake worth telling.
    ("lab_window_months", "lab_window_months", Number(14, 14)),
    ("correspondence_since", "correspondence_since", Day),
    ("correspondence_mode", "correspondence_mode", MANUAL_OR_AUTO),
    ("correspondence_delay_days", "correspondence_delay_days", Number(0, 365)),
    ("appointment_mode", "appointment_mode", OneOf(&["all_future", "weekly_release"])),
    ("appointment_release", "appointment_release", Weekly),
    ("min_loa", "min_loa", OneOf(&["substantieel", "hoog"])),
    ("idle_minutes", "idle_minutes", Number(1, 15)),
    ("invite_min_age", "invite_min_age", Number(0, 120)),
];

/// The switches of release-rules §15.12.
const FACILITIES: [&str; 16] = [
    "ep_lines",
    "diagnostic_values",
    "correspondence",
    "appointments",
    "medication",
    "allergies",
    "episodes",
    "contacts",
    "treatments",
    "prophylaxis",
    "vaccinations",
    "allergies_other",
    "alerts",
    "contraindications",
    "referrals",
    "contact_persons",
];

/// The switches that `dvza-his-2` adds.
const FACILITIES_2: [&str; 4] = ["directives", "social", "devices", "payer"];

const CASCADES: [&str; 8] =
    ["observations", "documents", "treatments", "prophylaxis", "referrals", "medication", "allergies", "encounters"];

pub(super) fn practice(d: &mut Fields<'_>) -> Option<Practice> {
    let name = d.required("name", text(120));
    let ura = d.required("ura", agb_or_ura);
    let agb = d.required("agb", agb_or_ura);
    let settings = settings(d);
    let org_type = d.optional2("org_type", form(is_organization_type, Code::WrongForm));
    let reach = reach(d);
    Some(Practice { name: name?, ura: ura?, agb: agb?, settings, org_type, reach })
}

fn settings(d: &mut Fields<'_>) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    for (member, key, kind) in &SETTINGS {
        let value = d.optional(member, |value| kind.check(value));
        settings.extend(value.map(|value| ((*key).to_owned(), value)));
    }
    settings.extend(group(d, "facility", &FACILITIES, &FACILITIES_2, &YesNo));
    settings.extend(group(d, "cascade", &CASCADES, &[], &OneOf(&["hide", "strip"])));
    settings
}

/// The settings in a nested object, by dotted key.
fn group(d: &mut Fields<'_>, name: &str, members: &[&str], members_2: &[&str], kind: &Kind) -> Vec<(String, String)> {
    let read = |group: &mut Fields<'_>| {
        let setting = |member: &str, value: String| (format!("{name}.{member}"), value);
        let mut settings: Vec<(String, String)> = Vec::new();
        for member in members {
            settings.extend(group.optional(member, |value| kind.check(value)).map(|value| setting(member, value)));
        }
        for member in members_2 {
            settings.extend(group.optional2(member, |value| kind.check(value)).map(|value| setting(member, value)));
        }
        Some(settings)
    };
    d.object(name, read).unwrap_or_default()
}

impl Kind {
    fn check(&self, value: &Value<'_>) -> Checked<String> {
        match self {
            Day => date(value).map(|day| day.to_string()),
            YesNo => flag(value).map(|flag| flag.to_string()),
            OneOf(list) => match string(value)? {
                word if list.contains(&word) => Ok(word.to_owned()),
                _ => Err(Code::NotInList),
            },
            Number(low, high) => whole(*low..=*high)(value).map(|number| number.to_string()),
            Words => words(value),
            Weekly => match string(value)? {
                moment if is_weekly(moment) => Ok(moment.to_owned()),
                _ => Err(Code::WrongForm),
            },
        }
    }
}

/// `wed,17:00`: a weekday of three letters and a time of the day.
fn is_weekly(moment: &str) -> bool {
    let Some((day, time)) = moment.split_once(',') else { return false };
    let Some((hour, minute)) = time.split_once(':') else { return false };
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&day)
        && is_digits(hour, 2, 2)
        && is_digits(minute, 2, 2)
        && hour <= "23"
        && minute <= "59"
}
