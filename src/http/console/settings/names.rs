//! The settings in the words of a practice: what each is called, and what it takes. Documents know them by their keys.

use crate::http::pages::Lang;

/// Key, what it is called and what it takes, in Dutch and in English. An empty hint: the name says it.
type Words = (&'static str, [&'static str; 2], [&'static str; 2]);

const YES_NO: [&str; 2] = ["true (ja) of false (nee)", "true or false"];

const NAMES: [Words; 24] = [
    (
        "online_access_since",
        ["Invoering van online inzage", "Introduction of online access"],
        [
            "Een dag (jjjj-mm-dd). Regels van daarvoor worden niet getoond.",
            "A day (yyyy-mm-dd). Lines of before it are not shown.",
        ],
    ),
    (
        "dossier_request_mode",
        ["Dossiers openstellen", "Opening dossiers"],
        [
            "manual: een medewerker beslist; auto: het eerste bezoek stelt het dossier open.",
            "manual: an employee decides; auto: the first visit opens the dossier.",
        ],
    ),
    (
        "dossier_request_auto_notice",
        ["Bericht in het postvak bij automatisch openstellen", "Message in the work list when opened automatically"],
        YES_NO,
    ),
    (
        "under16_policy",
        ["Verzoek van een patiënt onder 16 jaar", "Request of a patient under 16"],
        ["refuse: weigeren; hold_open: laten staan.", "refuse, or hold_open: it stays waiting."],
    ),
    (
        "register_without_eid",
        ["Aanmelden van een e-mailadres zonder DigiD", "Signing up an e-mail address without DigiD"],
        YES_NO,
    ),
    ("invite_min_age", ["Uitnodigen vanaf deze leeftijd", "Invite from this age"], ["16 of ouder", "16 or older"]),
    ("min_loa", ["Laagste inlogniveau", "Lowest level of login"], ["substantieel of hoog", "substantieel or hoog"]),
    (
        "idle_minutes",
        ["Uitloggen na zoveel minuten niets doen", "Log out after so many idle minutes"],
        ["1 tot en met 15", "1 to 15"],
    ),
    (
        "trust_feed",
        ["Het HIS levert alleen wat getoond mag worden (FHIR)", "The HIS delivers only what may be shown (FHIR)"],
        YES_NO,
    ),
    (
        "restricted_documents",
        [
            "Ook documenten tonen met het label vertrouwelijk (R of V), als het HIS alleen levert wat getoond mag worden",
            "Show documents labelled as restricted (R or V) too, if the HIS delivers only what may be shown",
        ],
        YES_NO,
    ),
    (
        "closed_episode_policy",
        ["Afgesloten episodes", "Closed episodes"],
        [
            "attention_only: alleen met attentiewaarde; attention_or_released_ep: ook met getoonde regels.",
            "attention_only: with attention value only; attention_or_released_ep: with shown lines too.",
        ],
    ),
    (
        "ep_patient_contact_only",
        ["Alleen regels van contacten met de patiënt zelf", "Only lines of contacts with the patient"],
        YES_NO,
    ),
    ("ep_memo_contacts", ["Ook memo’s van contacten met de patiënt", "Memos of contacts with the patient too"], YES_NO),
    (
        "lab_release_mode",
        ["Uitslagen vrijgeven", "Releasing results"],
        [
            "explicit: per uitslag door een medewerker; auto_delay: vanzelf na een aantal dagen.",
            "explicit: one by one by an employee; auto_delay: by itself after some days.",
        ],
    ),
    (
        "lab_delay_days",
        ["Dagen wachten bij auto_delay", "Days to wait with auto_delay"],
        ["0 tot en met 30", "0 to 30"],
    ),
    (
        "lab_auto_abnormal",
        ["Afwijkende uitslagen bij auto_delay", "Abnormal results with auto_delay"],
        ["hold: wachten op een medewerker; same: als de andere.", "hold: wait for an employee; same: as the others."],
    ),
    (
        "lab_auto_conclusion",
        ["Conclusie bij auto_delay", "Conclusion with auto_delay"],
        [
            "Deze tekst leest de patiënt. Zonder tekst wachten uitslagen op een medewerker.",
            "The patient reads this text. Without it results wait for an employee.",
        ],
    ),
    (
        "lab_patient_wait",
        ["Patiënten mogen nieuwe uitslagen laten wachten", "Patients may have new results wait"],
        YES_NO,
    ),
    (
        "correspondence_since",
        ["Correspondentie vanaf", "Correspondence since"],
        ["Een dag (jjjj-mm-dd).", "A day (yyyy-mm-dd)."],
    ),
    (
        "correspondence_mode",
        ["Correspondentie publiceren", "Publishing correspondence"],
        ["manual: een medewerker publiceert; auto: vanzelf.", "manual: an employee publishes; auto: by itself."],
    ),
    (
        "correspondence_delay_days",
        ["Dagen wachten bij automatisch publiceren", "Days to wait when published by itself"],
        ["0 tot en met 365", "0 to 365"],
    ),
    (
        "appointment_mode",
        ["Afspraken", "Appointments"],
        ["all_future: alle; weekly_release: een week vooruit.", "all_future: all; weekly_release: a week ahead."],
    ),
    (
        "appointment_release",
        ["Moment waarop de volgende week vrijkomt", "When the next week comes free"],
        ["Zoals wed,17:00.", "Such as wed,17:00."],
    ),
    ("page.contact", ["Hoe patiënten de praktijk bereiken", "How patients reach the practice"], ["", ""]),
];

/// Sections and kinds, as the keys after `facility.` and `cascade.` have them.
const KINDS: [(&str, [&str; 2]); 23] = [
    ("allergies", ["Overgevoeligheid voor medicijnen", "Intolerances for medication"]),
    ("allergies_other", ["Andere allergieën en intoleranties", "Other allergies and intolerances"]),
    ("alerts", ["Waarschuwingen", "Alerts"]),
    ("appointments", ["Afspraken", "Appointments"]),
    ("contact_persons", ["Contactpersonen", "Contact persons"]),
    ("contacts", ["Contacten", "Contacts"]),
    ("contraindications", ["Contra-indicaties", "Contra-indications"]),
    ("correspondence", ["Correspondentie", "Correspondence"]),
    ("devices", ["Medische hulpmiddelen", "Medical devices"]),
    (
        "diagnostic_values",
        ["Diagnostische waarden (uitslagen en metingen)", "Diagnostic values (results and measurements)"],
    ),
    ("directives", ["Behandelaanwijzingen en wilsverklaringen", "Treatment and advance directives"]),
    ("documents", ["Documenten", "Documents"]),
    ("encounters", ["Contacten", "Contacts"]),
    ("ep_lines", ["E- en P-regels", "E and P lines"]),
    ("episodes", ["Episodes", "Episodes"]),
    ("medication", ["Medicatie", "Medication"]),
    ("observations", ["Uitslagen en metingen", "Results and measurements"]),
    ("payer", ["Zorgverzekeraar", "Payer"]),
    ("prophylaxis", ["Profylaxe", "Prophylaxis"]),
    ("referrals", ["Verwijzingen", "Referrals"]),
    ("social", ["Leefstijl en woonsituatie", "Lifestyle and living situation"]),
    ("treatments", ["Verrichtingen", "Procedures"]),
    ("vaccinations", ["Vaccinaties", "Vaccinations"]),
];

fn pick(lang: Lang, [nl, en]: [&'static str; 2]) -> &'static str {
    lang.pick(nl, en)
}

/// What a setting is called; `None` for one that the practice names itself.
pub(super) fn name(lang: Lang, key: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, ..)| *known == key).map(|(_, name, _)| pick(lang, *name))
}

/// What it takes; `None` when nothing needs to be said.
pub(super) fn takes(lang: Lang, key: &str) -> Option<&'static str> {
    let known = NAMES.iter().find(|(known, ..)| *known == key);
    known.map(|(.., takes)| pick(lang, *takes)).filter(|takes| !takes.is_empty())
}

/// A section or kind in words.
pub(super) fn kind(lang: Lang, key: &str) -> &'static str {
    let known = KINDS.iter().find(|(known, _)| *known == key);
    known.map_or("", |(_, words)| pick(lang, *words))
}

/// Any setting in words: its name, that of its section or kind, or its key.
pub(super) fn told(lang: Lang, key: &str) -> String {
    let of_kind = |rest: &str, nl: &str, en: &str| format!("{}: {}", lang.pick(nl, en), kind(lang, rest));
    if let Some(rest) = key.strip_prefix("facility.") {
        return of_kind(rest, "Onderdeel", "Section");
    }
    if let Some(rest) = key.strip_prefix("cascade.") {
        return of_kind(rest, "Bij een verborgen episode", "With a hidden episode");
    }
    name(lang, key).unwrap_or(key).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::release::{CASCADES, SECTIONS, SETTINGS};

    #[test]
    fn every_setting_has_words_in_both_languages() {
        for lang in Lang::ALL {
            // Fixed by the guideline: it stands on no form.
            for (key, ..) in SETTINGS.iter().filter(|(key, ..)| *key != "lab_window_months") {
                assert!(name(lang, key).is_some(), "{key}");
            }
            for key in SECTIONS.iter().chain(&CASCADES) {
                assert!(!kind(lang, key).is_empty(), "{key}");
            }
        }
        assert_eq!(told(Lang::Nl, "facility.ep_lines"), "Onderdeel: E- en P-regels");
        assert_eq!(told(Lang::Nl, "page.template.1"), "page.template.1");
    }
}
