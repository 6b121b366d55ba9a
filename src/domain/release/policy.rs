//! The practice's settings, as the rules read them (release-rules §2.1).
//!
//! Settings are stored as text by dotted key. [`Policy::from_settings`] turns them into values once per request; a
//! stored value that cannot be read fails the whole policy, and without a policy nothing is served.

use jiff::civil::{Date, Time, Weekday, date};

use super::facts::Cascade;
use crate::domain::assurance::Level;
use crate::domain::dossier::RequestMode;

/// Documents before this day are never in the guideline set (S4: the deadline moved to 31 December 2020).
const EARLIEST_CORRESPONDENCE: Date = date(2021, 1, 1);

/// Which closed episodes are listed (R-EP-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedEpisodes {
    /// Those with attention value.
    AttentionOnly,
    /// Also those with a journal line that is released now.
    AttentionOrReleasedLines,
}

/// How results become visible (release-rules §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabRelease {
    /// A person publishes each result.
    Explicit,
    /// Results without remarks are shown after a number of days.
    AutoDelay,
}

/// How documents become visible (R-DOC-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correspondence {
    /// A person publishes each document.
    Manual,
    /// Letters of the usual kinds are published at import.
    Auto,
}

/// Which appointments are shown (release-rules §4.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appointments {
    /// All that are planned.
    AllFuture,
    /// One week ahead, released at a weekly moment in local time.
    Weekly {
        /// The day of the week.
        day: Weekday,
        /// The local time of that day.
        time: Time,
    },
}

/// Sections that are switched on (`facility.*`).
///
/// `directives`, `social`, `devices` and `payer` are ours: no rule sheet has these sections, so they are off until
/// the practice decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[allow(missing_docs, reason = "named after the keys of the rule sheet")]
pub struct Facility {
    pub ep_lines: bool,
    pub diagnostic_values: bool,
    pub correspondence: bool,
    pub appointments: bool,
    pub medication: bool,
    pub allergies: bool,
    pub episodes: bool,
    pub contacts: bool,
    pub treatments: bool,
    pub prophylaxis: bool,
    pub vaccinations: bool,
    pub allergies_other: bool,
    pub alerts: bool,
    pub contraindications: bool,
    pub referrals: bool,
    pub contact_persons: bool,
    pub directives: bool,
    pub social: bool,
    pub devices: bool,
    pub payer: bool,
}

/// What happens to items linked to an explicitly hidden episode (`cascade.*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the keys of the rule sheet")]
pub struct Cascades {
    pub observations: Cascade,
    pub documents: Cascade,
    pub treatments: Cascade,
    pub prophylaxis: Cascade,
    pub referrals: Cascade,
    pub medication: Cascade,
    pub allergies: Cascade,
    pub encounters: Cascade,
}

/// All settings the engine reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Introduction of online access; without it nothing is served (G0).
    pub online_access_since: Option<Date>,
    /// Sections switched on.
    pub facility: Facility,
    /// Who handles dossier requests.
    pub request_mode: RequestMode,
    /// Which closed episodes are listed.
    pub closed_episodes: ClosedEpisodes,
    /// Only contacts with the patient self.
    pub patient_contact_only: bool,
    /// Serve memo contacts that were with the patient.
    pub memo_contacts: bool,
    /// How results become visible.
    pub lab_release: LabRelease,
    /// Days of delay of `AutoDelay`.
    pub lab_delay_days: i32,
    /// Abnormal results wait for a person.
    pub lab_hold_abnormal: bool,
    /// The conclusion that goes with a result released by the timer.
    pub lab_auto_conclusion: Option<String>,
    /// Patients may have new results wait until they ask for them (R-LAB-15).
    pub lab_patient_wait: bool,
    /// Length of the window for determinations, in calendar months.
    pub lab_window_months: i32,
    /// Documents dated before this day need a decision of their own.
    pub correspondence_since: Option<Date>,
    /// How documents become visible.
    pub correspondence: Correspondence,
    /// Days of delay of automatic publication.
    pub correspondence_delay_days: i32,
    /// Which appointments are shown.
    pub appointments: Appointments,
    /// What a hidden episode does to linked items.
    pub cascade: Cascades,
    /// Lowest level of login.
    pub min_level: Level,
    /// Minutes without action after which a session ends; at most 15.
    pub idle_minutes: i32,
    /// The practice's FHIR feed holds only what may be shown: what the HIS has filtered is not filtered again. Marks,
    /// sections switched off and the patient's own wishes hold all the same (OWN decision, off by default).
    pub trust_feed: bool,
    /// Documents that a trusted feed labels R or V are shown with that label (UNCONFIRMED whether the label is meant for the
    /// patient too; off by default).
    pub restricted_documents: bool,
    /// A request of somebody under 16 is left open for the practice, not refused (R-DR-04).
    pub under16_hold_open: bool,
    /// The work list tells of dossiers that opened by themselves (R-DR-03).
    pub auto_notice: bool,
    /// Who has no eID may sign up an e-mail address for notices (R-RG-03).
    pub register_without_eid: bool,
    /// The age from which patients are invited (release-rules §6.4).
    pub invite_min_age: i32,
}

/// Every setting beside `facility.*` and `cascade.*`: its key, what it takes, and how it is as shipped (empty: not set).
pub const SETTINGS: [(&str, &str, &str); 23] = [
    ("online_access_since", "a day: what is older than the introduction of online access is not shown", ""),
    ("dossier_request_mode", "manual, or auto: the first visit opens the dossier (also request_mode)", "manual"),
    ("dossier_request_auto_notice", "true or false", "true"),
    ("under16_policy", "refuse or hold_open", "refuse"),
    ("register_without_eid", "true: who has no eID may sign up an e-mail address, for notices only", "false"),
    ("invite_min_age", "an age from 16", "16"),
    ("min_loa", "substantieel or hoog", "substantieel"),
    ("idle_minutes", "1 to 15", "15"),
    ("trust_feed", "true: the HIS delivers by FHIR only what may be shown", "false"),
    ("restricted_documents", "true: what a trusted feed labels R or V is shown, with its label", "false"),
    ("closed_episode_policy", "attention_only or attention_or_released_ep", "attention_only"),
    ("ep_patient_contact_only", "true or false", "true"),
    ("ep_memo_contacts", "true or false", "false"),
    ("lab_release_mode", "explicit or auto_delay", "explicit"),
    ("lab_delay_days", "0 to 30", "7"),
    ("lab_auto_abnormal", "same or hold", "hold"),
    ("lab_auto_conclusion", "a text: goes with results that auto_delay releases", ""),
    ("lab_patient_wait", "true: patients may have new results wait until they ask for them", "false"),
    ("lab_window_months", "14", "14"),
    ("correspondence_since", "a day", ""),
    ("correspondence_mode", "manual or auto", "manual"),
    ("correspondence_delay_days", "0 to 365", "0"),
    ("appointment_mode", "all_future, or weekly_release with appointment_release=wed,17:00", "all_future"),
];

/// The sections of `facility.*`: switched on and off by the practice (G8).
pub const SECTIONS: [&str; 20] = [
    "allergies",
    "allergies_other",
    "alerts",
    "appointments",
    "contact_persons",
    "contacts",
    "contraindications",
    "correspondence",
    "devices",
    "diagnostic_values",
    "directives",
    "ep_lines",
    "episodes",
    "medication",
    "payer",
    "prophylaxis",
    "referrals",
    "social",
    "treatments",
    "vaccinations",
];

/// The kinds of `cascade.*`: what becomes of them with a hidden episode (F9).
pub const CASCADES: [&str; 8] =
    ["allergies", "documents", "encounters", "medication", "observations", "prophylaxis", "referrals", "treatments"];

/// All settings in words, for who sets them.
pub fn settings_in_words() -> String {
    let mut defaults = Policy::default();
    let sections = |on: bool, policy: &mut Policy| -> String {
        let is_on = |section: &&&str| policy.facility.switch(section).is_some_and(|switch| *switch == on);
        SECTIONS.iter().filter(is_on).copied().collect::<Vec<_>>().join(" ")
    };
    let mut text = String::from("Settings, what they take, and (as shipped):\n");
    for (key, takes, default) in SETTINGS {
        let default = if default.is_empty() { "not set" } else { default };
        text.push_str(&format!("  {key}: {takes} ({default})\n"));
    }
    text.push_str(&format!(
        "  facility.SECTION: true or false\n    on as shipped: {}\n    off as shipped: {}\n",
        sections(true, &mut defaults),
        sections(false, &mut defaults)
    ));
    text.push_str(&format!("  cascade.KIND: hide or strip; KIND is one of {}\n", CASCADES.join(" ")));
    text.push_str("  services.ID: false switches a data service off\n");
    text
}

/// A setting that does not exist or whose value does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No such key.
    #[error("there is no setting {0}; see `dvza practice set --help`")]
    UnknownKey(String),
    /// The value does not fit the key.
    #[error("setting {key} takes {expected}")]
    BadValue {
        /// The key.
        key: String,
        /// What fits, in words.
        expected: &'static str,
    },
}

impl Default for Policy {
    /// The defaults of the rule sheet: nothing on, everything strict.
    fn default() -> Self {
        Self {
            online_access_since: None,
            facility: Facility {
                ep_lines: false,
                diagnostic_values: false,
                correspondence: false,
                appointments: false,
                medication: true,
                allergies: true,
                episodes: true,
                contacts: true,
                treatments: true,
                prophylaxis: true,
                vaccinations: false,
                allergies_other: false,
                alerts: false,
                contraindications: false,
                referrals: false,
                contact_persons: false,
                directives: false,
                social: false,
                devices: false,
                payer: false,
            },
            request_mode: RequestMode::Manual,
            closed_episodes: ClosedEpisodes::AttentionOnly,
            patient_contact_only: true,
            memo_contacts: false,
            lab_release: LabRelease::Explicit,
            lab_delay_days: 7,
            lab_hold_abnormal: true,
            lab_auto_conclusion: None,
            lab_patient_wait: false,
            register_without_eid: false,
            lab_window_months: 14,
            correspondence_since: None,
            correspondence: Correspondence::Manual,
            correspondence_delay_days: 0,
            appointments: Appointments::AllFuture,
            cascade: Cascades {
                observations: Cascade::Hide,
                documents: Cascade::Hide,
                treatments: Cascade::Hide,
                prophylaxis: Cascade::Hide,
                referrals: Cascade::Hide,
                medication: Cascade::Strip,
                allergies: Cascade::Strip,
                encounters: Cascade::Strip,
            },
            min_level: Level::Substantieel,
            idle_minutes: 15,
            trust_feed: false,
            restricted_documents: false,
            under16_hold_open: false,
            auto_notice: true,
            invite_min_age: 16,
        }
    }
}

impl Policy {
    /// The policy these settings make; keys not named keep their default.
    ///
    /// # Errors
    /// The first setting that does not exist or does not fit.
    pub fn from_settings<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, SettingError> {
        let mut policy = Self::default();
        for (key, value) in settings {
            policy.set(key, value)?;
        }
        Ok(policy)
    }

    /// Is this section of `facility.*` on? `None`: there is no such section.
    pub fn section(&mut self, section: &str) -> Option<bool> {
        self.facility.switch(section).map(|on| *on)
    }

    /// Changes one setting.
    ///
    /// # Errors
    /// The key does not exist or the value does not fit it.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        if let Some(section) = key.strip_prefix("facility.") {
            *self.facility.switch(section).ok_or_else(|| unknown(key))? = boolean(key, value)?;
            return Ok(());
        }
        if let Some(kind) = key.strip_prefix("cascade.") {
            *self.cascade.of(kind).ok_or_else(|| unknown(key))? =
                one_of(key, value, "hide or strip", &[("hide", Cascade::Hide), ("strip", Cascade::Strip)])?;
            return Ok(());
        }
        match key {
            "online_access_since" => self.online_access_since = Some(day(key, value)?),
            "correspondence_since" => self.correspondence_since = Some(day(key, value)?),
            "dossier_request_mode" | "request_mode" => {
                let modes = [("manual", RequestMode::Manual), ("auto", RequestMode::Auto)];
                self.request_mode = one_of(key, value, "manual or auto", &modes)?;
            }
            "closed_episode_policy" => {
                let choices = [
                    ("attention_only", ClosedEpisodes::AttentionOnly),
                    ("attention_or_released_ep", ClosedEpisodes::AttentionOrReleasedLines),
                ];
                self.closed_episodes = one_of(key, value, "attention_only or attention_or_released_ep", &choices)?;
            }
            "ep_patient_contact_only" => self.patient_contact_only = boolean(key, value)?,
            "trust_feed" => self.trust_feed = boolean(key, value)?,
            "restricted_documents" => self.restricted_documents = boolean(key, value)?,
            "ep_memo_contacts" => self.memo_contacts = boolean(key, value)?,
            "lab_release_mode" => {
                let modes = [("explicit", LabRelease::Explicit), ("auto_delay", LabRelease::AutoDelay)];
                self.lab_release = one_of(key, value, "explicit or auto_delay", &modes)?;
            }
            "lab_delay_days" => self.lab_delay_days = number(key, value, 0, 30, "a number of days from 0 to 30")?,
            "lab_auto_abnormal" => {
                self.lab_hold_abnormal = one_of(key, value, "same or hold", &[("same", false), ("hold", true)])?;
            }
            "lab_auto_conclusion" => {
                self.lab_auto_conclusion = Some(value.trim().to_owned()).filter(|text| !text.is_empty());
            }
            "register_without_eid" => self.register_without_eid = boolean(key, value)?,
            "lab_patient_wait" => self.lab_patient_wait = boolean(key, value)?,
            "lab_window_months" => {
                self.lab_window_months = number(key, value, 14, 14, "14: the guideline fixes it")?;
            }
            "correspondence_mode" => {
                let modes = [("manual", Correspondence::Manual), ("auto", Correspondence::Auto)];
                self.correspondence = one_of(key, value, "manual or auto", &modes)?;
            }
            "correspondence_delay_days" => {
                self.correspondence_delay_days = number(key, value, 0, 365, "a number of days from 0 to 365")?;
            }
            "appointment_mode" => {
                let weekly = Appointments::Weekly { day: Weekday::Wednesday, time: Time::constant(17, 0, 0, 0) };
                let kept =
                    if matches!(self.appointments, Appointments::Weekly { .. }) { self.appointments } else { weekly };
                let modes = [("all_future", Appointments::AllFuture), ("weekly_release", kept)];
                self.appointments = one_of(key, value, "all_future or weekly_release", &modes)?;
            }
            "appointment_release" => self.set_weekly_moment(key, value)?,
            "min_loa" => {
                let levels = [("substantieel", Level::Substantieel), ("hoog", Level::Hoog)];
                self.min_level = one_of(key, value, "substantieel or hoog", &levels)?;
            }
            "idle_minutes" => self.idle_minutes = number(key, value, 1, 15, "a number of minutes from 1 to 15")?,
            "under16_policy" => {
                let choices = [("refuse", false), ("hold_open", true)];
                self.under16_hold_open = one_of(key, value, "refuse or hold_open", &choices)?;
            }
            "dossier_request_auto_notice" => self.auto_notice = boolean(key, value)?,
            "invite_min_age" => self.invite_min_age = number(key, value, 16, 120, "an age from 16")?,
            _ => return Err(unknown(key)),
        }
        Ok(())
    }

    /// From when documents are shown without a decision of their own.
    pub fn correspondence_cutoff(&self) -> Option<Date> {
        let introduction = self.online_access_since?;
        Some(self.correspondence_since.unwrap_or(introduction.max(EARLIEST_CORRESPONDENCE)))
    }

    /// `wed,17:00`: takes effect when `appointment_mode` is `weekly_release`, in whatever order both are set.
    fn set_weekly_moment(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        let expected = "a day and a local time, such as wed,17:00";
        let bad = || SettingError::BadValue { key: key.to_owned(), expected };
        let (day, time) = value.split_once(',').ok_or_else(bad)?;
        let day = weekday(day).ok_or_else(bad)?;
        let time: Time = time.trim().parse().map_err(|_| bad())?;
        if matches!(self.appointments, Appointments::Weekly { .. }) {
            self.appointments = Appointments::Weekly { day, time };
        }
        Ok(())
    }
}

impl Facility {
    fn switch(&mut self, section: &str) -> Option<&mut bool> {
        Some(match section {
            "ep_lines" => &mut self.ep_lines,
            "diagnostic_values" => &mut self.diagnostic_values,
            "correspondence" => &mut self.correspondence,
            "appointments" => &mut self.appointments,
            "medication" => &mut self.medication,
            "allergies" => &mut self.allergies,
            "episodes" => &mut self.episodes,
            "contacts" => &mut self.contacts,
            "treatments" => &mut self.treatments,
            "prophylaxis" => &mut self.prophylaxis,
            "vaccinations" => &mut self.vaccinations,
            "allergies_other" => &mut self.allergies_other,
            "alerts" => &mut self.alerts,
            "contraindications" => &mut self.contraindications,
            "referrals" => &mut self.referrals,
            "contact_persons" => &mut self.contact_persons,
            "directives" => &mut self.directives,
            "social" => &mut self.social,
            "devices" => &mut self.devices,
            "payer" => &mut self.payer,
            _ => return None,
        })
    }
}

impl Cascades {
    fn of(&mut self, kind: &str) -> Option<&mut Cascade> {
        Some(match kind {
            "observations" => &mut self.observations,
            "documents" => &mut self.documents,
            "treatments" => &mut self.treatments,
            "prophylaxis" => &mut self.prophylaxis,
            "referrals" => &mut self.referrals,
            "medication" => &mut self.medication,
            "allergies" => &mut self.allergies,
            "encounters" => &mut self.encounters,
            _ => return None,
        })
    }
}

fn unknown(key: &str) -> SettingError {
    SettingError::UnknownKey(key.to_owned())
}

fn one_of<T: Copy>(key: &str, value: &str, expected: &'static str, choices: &[(&str, T)]) -> Result<T, SettingError> {
    let found = choices.iter().find(|(name, _)| *name == value);
    found.map(|(_, choice)| *choice).ok_or_else(|| SettingError::BadValue { key: key.to_owned(), expected })
}

fn boolean(key: &str, value: &str) -> Result<bool, SettingError> {
    one_of(key, value, "true or false", &[("true", true), ("false", false)])
}

fn day(key: &str, value: &str) -> Result<Date, SettingError> {
    let expected = "a day, such as 2020-07-01";
    value.parse().map_err(|_| SettingError::BadValue { key: key.to_owned(), expected })
}

fn number(key: &str, value: &str, low: i32, high: i32, expected: &'static str) -> Result<i32, SettingError> {
    let number = value.parse().ok().filter(|n| (low..=high).contains(n));
    number.ok_or_else(|| SettingError::BadValue { key: key.to_owned(), expected })
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.trim() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_the_practice_is_off_and_strict() {
        let policy = Policy::from_settings([]).unwrap();
        assert_eq!(policy.online_access_since, None);
        assert!(!policy.facility.ep_lines && !policy.facility.diagnostic_values && policy.facility.episodes);
        assert_eq!(policy.cascade.observations, Cascade::Hide);
        assert_eq!(policy.cascade.medication, Cascade::Strip);
    }

    #[test]
    fn every_setting_that_is_listed_exists_and_its_default_is_the_default() {
        let mut policy = Policy::default();
        for (key, _, default) in SETTINGS.iter().filter(|(_, _, default)| !default.is_empty()) {
            policy.set(key, default).unwrap();
        }
        assert_eq!(policy, Policy::default());
        let all = SECTIONS.map(|section| format!("facility.{section}"));
        assert!(all.iter().all(|key| policy.set(key, "true").is_ok()));
        assert!(CASCADES.iter().all(|kind| policy.set(&format!("cascade.{kind}"), "hide").is_ok()));
        let words = settings_in_words();
        assert!(
            words.contains("off as shipped: allergies_other alerts") && words.contains("lab_delay_days: 0 to 30 (7)")
        );
    }

    #[test]
    fn a_setting_that_does_not_exist_or_fit_is_refused_by_name() {
        let cases = [
            ("facility.everything", "true"),
            ("facility.ep_lines", "yes"),
            ("lab_delay_days", "31"),
            ("lab_delay_days", "-1"),
            ("lab_window_months", "24"),
            ("idle_minutes", "16"),
            ("min_loa", "midden"),
            ("online_access_since", "2020-02-30"),
            ("appointment_release", "wed"),
            ("cascade.lines", "strip"),
            ("", ""),
        ];
        for (key, value) in cases {
            let error = Policy::default().set(key, value).unwrap_err();
            assert!(error.to_string().contains(key), "{key}");
        }
    }

    #[test]
    fn the_weekly_moment_has_the_form_of_the_sheet() {
        let policy =
            Policy::from_settings([("appointment_mode", "weekly_release"), ("appointment_release", "tue,09:30")]);
        let weekly = Appointments::Weekly { day: Weekday::Tuesday, time: Time::constant(9, 30, 0, 0) };
        assert_eq!(policy.unwrap().appointments, weekly);
    }

    #[test]
    fn documents_start_at_introduction_but_not_before_2021() {
        let cutoff = |settings: &[(&str, &str)]| {
            Policy::from_settings(settings.iter().copied()).unwrap().correspondence_cutoff()
        };
        assert_eq!(cutoff(&[]), None);
        assert_eq!(cutoff(&[("online_access_since", "2020-07-01")]), Some(date(2021, 1, 1)));
        assert_eq!(cutoff(&[("online_access_since", "2023-07-01")]), Some(date(2023, 7, 1)));
        let both = [("online_access_since", "2020-07-01"), ("correspondence_since", "2020-09-01")];
        assert_eq!(cutoff(&both), Some(date(2020, 9, 1)));
    }
}
