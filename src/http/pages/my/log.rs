//! The access log in words: what happened, to which kinds of data, and how it ended (release-rules §10).

use std::collections::{BTreeMap, BTreeSet};

use super::words;
use crate::audit::{Action, Event, Outcome};
use crate::domain::dossier::Role;
use crate::fhir::ResourceType;
use crate::http::pages::Lang;
use crate::mapping::summary::Section;

/// What happened. A kind without words of its own is told by what was done in general: nothing is left out.
pub fn deed(lang: Lang, event: &Event) -> &'static str {
    let (nl, en) = match event.kind.as_str() {
        "receive_resource_request" => ("Heeft gegevens opgehaald", "Collected data"),
        "my_data_shown" => ("Heeft de eigen gegevens bekeken", "Looked at their own data"),
        "my_document_shown" => ("Heeft een eigen document geopend", "Opened a document of their own"),
        "my_data_downloaded" => ("Heeft de eigen gegevens gedownload", "Downloaded their own data"),
        "my_log_shown" => ("Heeft dit overzicht bekeken", "Looked at this list"),
        "my_log_downloaded" => ("Heeft dit overzicht gedownload", "Downloaded this list"),
        "my_requests_shown" => ("Heeft de eigen verzoeken bekeken", "Looked at their own requests"),
        "my_exclusions_shown" => ("Heeft bekeken wie niet mag meekijken", "Looked at who may not look"),
        "my_email_shown" => ("Heeft het eigen e-mailadres bekeken", "Looked at their own e-mail address"),
        "request_made" => ("Heeft de praktijk iets gevraagd", "Asked the practice something"),
        "employee_excluded" => ("Heeft een medewerker uitgesloten", "Excluded an employee"),
        "employee_allowed" => ("Heeft een medewerker weer toegelaten", "Let an employee look again"),
        "dossier_requested" => ("Heeft om inzage gevraagd", "Asked for access"),
        "dossier_opened" => ("Heeft het dossier geopend", "Opened the record"),
        "dossier_closed" => ("Heeft het dossier gesloten", "Closed the record"),
        "dossier_refused" => ("Heeft inzage geweigerd", "Refused access"),
        "copy_handed_over" => ("Heeft een afschrift meegegeven", "Handed over a copy"),
        "identity_checked" => ("Heeft de identiteit gecontroleerd", "Checked the identity"),
        "representative_registered" => ("Heeft een vertegenwoordiger vastgelegd", "Registered a representative"),
        "representative_ended" => ("Heeft een vertegenwoordiging beëindigd", "Ended a representation"),
        "email_set" | "account_noted" => ("Heeft een e-mailadres vastgelegd", "Noted an e-mail address"),
        "email_removed" | "account_removed" => ("Heeft het e-mailadres weggehaald", "Removed the e-mail address"),
        "account_linked" => ("Heeft een e-mailadres gekoppeld", "Linked an e-mail address"),
        "results_wish_changed" => ("Heeft gekozen wanneer uitslagen te zien zijn", "Chose when results are shown"),
        "console_denied" => ("Probeerde uw gegevens te bekijken", "Tried to look at your data"),
        "my_step_refused" => ("Vroeg om iets wat er niet is", "Asked for something that is not there"),
        "console_refused" => ("Deed iets wat niet is uitgevoerd", "Did something that was not carried out"),
        "availability_test" => ("Wilde gegevens laten ophalen", "Wanted data to be collected"),
        "consent_given" => ("Heeft toestemming gegeven", "Gave consent"),
        "consent_refused" => ("Heeft geen toestemming gegeven", "Did not give consent"),
        "consent_withdrawn" => ("Heeft een toestemming ingetrokken", "Withdrew a consent"),
        "show_consent_page" => ("Zag de vraag om toestemming", "Saw the question for consent"),
        "show_consent_overview" => ("Heeft de toestemmingen bekeken", "Looked at the consents"),
        "receive_authentication_response" => ("Heeft ingelogd", "Logged in"),
        "send_authorization_response" => ("Ging terug naar de PGO", "Went back to the PGO"),
        "send_token_response" => ("Kreeg toegang", "Was given access"),
        "send_token_error_response" => ("Kreeg geen toegang", "Was not given access"),
        "authorization_code_reused" | "refresh_token_reused" => {
            ("Gebruikte een oude toegang nog een keer", "Used an old access once more")
        }
        _ => match event.action {
            Action::Create => ("Heeft iets toegevoegd", "Added something"),
            Action::Read => ("Heeft gegevens bekeken", "Looked at data"),
            Action::Update => ("Heeft iets veranderd", "Changed something"),
            Action::Delete => ("Heeft iets verwijderd", "Removed something"),
            Action::Execute => ("Heeft een stap gezet", "Took a step"),
        },
    };
    lang.pick(nl, en)
}

/// How it ended.
pub fn outcome(lang: Lang, outcome: Outcome) -> &'static str {
    let (nl, en) = match outcome {
        Outcome::Done => ("Gelukt", "Done"),
        Outcome::Refused => ("Niet toegestaan", "Not allowed"),
        Outcome::Aborted => ("Op tijd tegengehouden", "Stopped in time"),
        Outcome::Failed => ("Mislukt door een storing", "Failed because of a problem"),
    };
    lang.pick(nl, en)
}

/// The kinds of data that events are about, each once, with how much of it was shown; empty when they are about none.
pub fn objects(lang: Lang, events: &[Event]) -> String {
    let mut seen: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for objects in events.iter().flat_map(|event| &event.detail.objects).filter(|objects| !objects.ids.is_empty()) {
        if let Some(word) = object(lang, &objects.kind) {
            seen.entry(word).or_default().extend(objects.ids.iter().map(String::as_str));
        }
    }
    let words: Vec<String> = seen.into_iter().map(|(word, ids)| format!("{word} ({})", ids.len())).collect();
    words.join(", ")
}

/// The word for a type of object; `None` for what stands behind others, such as products and places.
fn object(lang: Lang, kind: &str) -> Option<&'static str> {
    use ResourceType as R;
    let section = match R::find(kind)? {
        R::Patient => Section::Patient,
        R::EpisodeOfCare | R::Condition => Section::Problemen,
        R::Encounter => Section::Contacten,
        R::Composition => Section::Contactverslagen,
        R::Observation | R::DiagnosticReport => {
            return Some(lang.pick("Uitslagen en metingen", "Results and measurements"));
        }
        R::MedicationRequest | R::MedicationStatement | R::MedicationDispense | R::MedicationAdministration => {
            Section::Medicatie
        }
        R::AllergyIntolerance => Section::AllergieIntolerantie,
        R::Immunization => Section::Vaccinaties,
        R::Procedure => Section::Verrichtingen,
        R::ServiceRequest | R::ProcedureRequest => Section::Verwijzingen,
        R::Flag => Section::Waarschuwingen,
        R::DocumentReference => Section::Documenten,
        R::Binary => return Some(lang.pick("Bestanden van documenten", "Files of documents")),
        R::Appointment => Section::Afspraken,
        R::RelatedPerson => Section::Contactpersonen,
        R::Consent => Section::Behandelaanwijzing,
        R::Coverage => Section::Betaler,
        R::DeviceUseStatement => Section::MedischHulpmiddel,
        _ => return None,
    };
    Some(words::section(lang, section))
}

/// How the downloaded log is called.
pub const fn name(lang: Lang) -> &'static str {
    lang.pick("attachment; filename=\"logging.pdf\"", "attachment; filename=\"access-log.pdf\"")
}

/// The word for a function as the trail has it; a general one when it is not known.
pub fn role(lang: Lang, role: &str) -> &'static str {
    let known: Option<Role> = serde_json::from_value(serde_json::Value::from(role)).ok();
    words::role(lang, known.unwrap_or(Role::Overig))
}
