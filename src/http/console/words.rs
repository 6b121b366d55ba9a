//! The words of the console for states, reasons and headings, in the terms of the rule sheet.

use crate::audit::Event;
use crate::domain::dossier::{Block, DossierState, RecordType, ResultState, Role};
use crate::domain::release::{Gate, Reason, Verdict};
use crate::domain::rights::Right;
use crate::domain::time::Timestamp;
use crate::http::pages::Lang;
use crate::http::pages::my::log;
use crate::mapping::summary::{Label, Section};
use crate::store::requests::RequestKind;

/// A day as people write it.
pub(super) fn day(day: jiff::civil::Date) -> String {
    day.strftime("%d-%m-%Y").to_string()
}

/// An instant as the clock of the practice shows it.
pub(super) fn moment(at: Timestamp) -> String {
    at.local().strftime("%d-%m-%Y %H:%M").to_string()
}

/// FHIR's date or instant, as people write it. Midnight stands for a day of which no time is known.
pub(super) fn fhir_date(text: &str) -> String {
    if let Ok(at) = Timestamp::parse_rfc3339(text) {
        return if at == Timestamp::start_of_day(at.local_date()) { day(at.local_date()) } else { moment(at) };
    }
    let mut parts: Vec<&str> = text.split('-').collect();
    parts.reverse();
    parts.join("-")
}

/// What an employee did; what patients and PGOs do has the words of the patient's own log.
pub(super) fn deed(lang: Lang, event: &Event) -> &'static str {
    let (nl, en) = match event.kind.as_str() {
        "dossier_viewed" => ("Heeft het dossier bekeken", "Looked at the dossier"),
        "access_log_viewed" => ("Heeft dit log bekeken", "Looked at this log"),
        "item_shown" => ("Heeft een gegeven getoond", "Showed an item"),
        "item_hidden" => ("Heeft een gegeven verborgen", "Hid an item"),
        "items_marked" => ("Heeft gegevens gemarkeerd", "Marked items"),
        "result_published" => ("Heeft een uitslag gepubliceerd", "Published a result"),
        "result_saved" => ("Heeft een uitslag bewaard", "Saved a result"),
        "result_withdrawn" => ("Heeft een uitslag ingetrokken", "Withdrew a result"),
        "patient_invited" => ("Heeft de patiënt uitgenodigd voor een uitslag", "Invited the patient for a result"),
        "document_published" => ("Heeft een document gepubliceerd", "Published a document"),
        "document_withdrawn" => ("Heeft een document ingetrokken", "Withdrew a document"),
        "document_conversion_failed" => ("Kon een document niet omzetten", "Could not convert a document"),
        "copy_published" => ("Heeft een afschrift gepubliceerd", "Published a copy"),
        "dossier_held" => ("Heeft het verzoek aangehouden", "Put the request on hold"),
        "request_answered" => ("Heeft een verzoek beantwoord", "Answered a request"),
        "request_refused" => ("Heeft een verzoek geweigerd", "Refused a request"),
        "patient_blocked" => ("Heeft de patiënt geblokkeerd", "Blocked the patient"),
        "patient_unblocked" => ("Heeft de blokkade opgeheven", "Lifted the block"),
        "patient_opted_out" => ("Legde vast: niets online", "Noted: nothing online"),
        "patient_opted_in" => ("Legde vast: weer online", "Noted: online again"),
        "wish_noted" | "exclusion_noted" => ("Heeft een wens vastgelegd", "Noted a wish"),
        "representation_forbidden" => ("Heeft vertegenwoordiging verboden", "Forbade representation"),
        "representation_allowed" => ("Heeft vertegenwoordiging toegestaan", "Allowed representation"),
        "invitation_queued" => ("Heeft de patiënt uitgenodigd", "Invited the patient"),
        "delivery_let_through" => ("Heeft een aangehouden levering doorgelaten", "Let a held delivery through"),
        "console_denied" => ("Kreeg geen toegang", "Was not given access"),
        _ => return log::deed(lang, event),
    };
    lang.pick(nl, en)
}

/// The state of a dossier.
pub(super) fn state(lang: Lang, state: DossierState) -> &'static str {
    match state {
        DossierState::None => lang.pick("niet aangevraagd", "not requested"),
        DossierState::Requested => lang.pick("aangevraagd", "requested"),
        DossierState::Open => lang.pick("opengesteld", "open"),
        DossierState::Refused => lang.pick("geweigerd", "refused"),
        DossierState::OnHold => lang.pick("aangehouden", "on hold"),
        DossierState::Closed => lang.pick("gesloten", "closed"),
    }
}

/// A block.
pub(super) fn block(lang: Lang, block: Block) -> &'static str {
    match block {
        Block::None => lang.pick("geen", "none"),
        Block::Practice => lang.pick("geblokkeerd door de praktijk", "blocked by the practice"),
        Block::PatientOptout => lang.pick("op verzoek van de patiënt", "at the patient's request"),
        Block::Deceased => lang.pick("overleden", "deceased"),
        Block::Transferred => lang.pick("overgedragen aan een andere praktijk", "transferred to another practice"),
        Block::NoBsn => lang.pick("geen BSN", "no citizen service number"),
        Block::IdentityUnverified => lang.pick("identiteit niet gecontroleerd", "identity not verified"),
        Block::IdentityConflict => lang.pick("twee patiënten met één BSN", "two patients with one number"),
    }
}

/// Why a gate is closed.
pub(super) fn gate(lang: Lang, gate: Gate) -> &'static str {
    match gate {
        Gate::PracticeOff => lang.pick(
            "Online inzage staat uit, of een instelling is onleesbaar.",
            "Online access is off, or a setting is unreadable.",
        ),
        Gate::Level => lang.pick("Het inlogniveau is te laag.", "The login level is too low."),
        Gate::NoRelation => lang.pick("Er is geen behandelrelatie.", "There is no treatment relation."),
        Gate::BlockPractice => {
            lang.pick("De praktijk heeft de patiënt geblokkeerd.", "The practice has blocked the patient.")
        }
        Gate::BlockOptout => lang.pick("De patiënt wil niets online.", "The patient wants nothing online."),
        Gate::BlockDeceased => lang.pick("De patiënt is overleden.", "The patient has died."),
        Gate::BlockTransferred => lang.pick("Het dossier is overgedragen.", "The dossier was transferred."),
        Gate::BlockNoBsn => lang.pick("Er is geen BSN.", "There is no citizen service number."),
        Gate::BlockUnverified => lang.pick("Het BSN is niet gecontroleerd.", "The number was not verified."),
        Gate::BlockConflict => lang.pick("Twee patiënten hebben dit BSN.", "Two patients have this number."),
        Gate::Age => lang.pick("De patiënt is jonger dan 16.", "The patient is younger than 16."),
        Gate::Representation => lang.pick("Vertegenwoordiging is niet toegestaan.", "Representation is not allowed."),
        Gate::Consent => lang.pick("Er is geen toestemming.", "There is no consent."),
        Gate::Token => lang.pick("De toegang is verlopen.", "Access has expired."),
        Gate::Dossier => lang.pick("Het dossier is niet opengesteld.", "The dossier is not open."),
    }
}

/// Why something was refused, broken off or failed. The trail has codes; whoever reads the log gets words.
pub(super) fn because(lang: Lang, code: &str) -> String {
    if let Some(closed) = Gate::find(code) {
        return gate(lang, closed).to_owned();
    }
    if let Some(missing) = Right::find(code) {
        return format!("{}: {}", lang.pick("Zonder het recht", "Without the right"), right(lang, missing));
    }
    let (nl, en) = match code {
        "excluded" => ("door de patiënt uitgesloten", "excluded by the patient"),
        "own_dossier" => ("het eigen dossier", "their own dossier"),
        "not_own_episode" => ("geen eigen episode", "no episode of their own"),
        "missing" => ("Deze pagina of patiënt is er niet.", "There is no such page or patient."),
        "forged" => ("Het formulier was niet van ons.", "The form was not ours."),
        "invalid" => ("Het formulier was niet goed ingevuld.", "The form was not filled in properly."),
        "no_representation" => ("Niemand mag deze patiënt vertegenwoordigen.", "Nobody may act for this patient."),
        "no_pdf" => ("Het bestand is niet om te zetten.", "The file cannot be converted."),
        "request_refused" => ("De praktijk heeft het verzoek geweigerd.", "The practice refused the request."),
        "cancelled" => ("De persoon is gestopt.", "The person stopped."),
        "login_failed" => ("Het inloggen is mislukt.", "The login failed."),
        "level_too_low" => ("Het inlogniveau is te laag.", "The login level is too low."),
        "unavailable" => ("Er zijn geen gegevens beschikbaar.", "No data is available."),
        "other_birth_date" => ("De geboortedatum klopt niet.", "The birth date does not match."),
        "declined" | "access_denied" => ("De persoon gaf geen toestemming.", "The person did not consent."),
        "for_another" => ("Ingelogd voor iemand anders.", "Logged in for somebody else."),
        "code_reused" | "refresh_reused" => ("Oude toegang, nog een keer gebruikt.", "An old access, used once more."),
        "consent_withdrawn" => ("De toestemming is ingetrokken.", "The consent was withdrawn."),
        "access_ended" => ("De toegang is beëindigd.", "Access was ended."),
        "invalid_grant" => ("De toegang geldt niet (meer).", "The access is not valid (any more)."),
        "G6_SCOPE" | "invalid_scope" => {
            ("Deze gegevens horen niet bij de toegang.", "The access is not for this data.")
        }
        "G1_CALLER" | "invalid_client" | "not_trusted" => {
            ("De PGO is nu niet toegelaten.", "The PGO is not admitted now.")
        }
        "NOT_FOUND" => ("Dit gegeven is er niet.", "There is no such item."),
        "REQUEST" | "invalid_request" | "unsupported_grant_type" | "unsupported_response_type" => {
            ("De PGO stelde de vraag niet goed.", "The PGO did not ask properly.")
        }
        "MOVED" => ("Het dossier veranderde op dat moment.", "The dossier changed at that moment."),
        "STORE" | "STOPPED" | "server_error" | "temporarily_unavailable" => {
            ("Er was een storing.", "There was a fault.")
        }
        _ => ("om een andere reden", "for another reason"),
    };
    lang.pick(nl, en).to_owned()
}

/// What becomes of an item, and why.
pub(super) fn verdict(lang: Lang, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Release => lang.pick("zichtbaar", "visible"),
        Verdict::Strip(_) => {
            lang.pick("zichtbaar, zonder verborgen episode of reden", "visible, without hidden episode or reason")
        }
        Verdict::Withhold(reason) => withheld(lang, reason),
    }
}

fn withheld(lang: Lang, reason: Reason) -> &'static str {
    match reason {
        Reason::Dossier => lang.pick("niet zichtbaar: dossier niet opengesteld", "not visible: dossier not open"),
        Reason::Facility => lang.pick("niet zichtbaar: onderdeel staat uit", "not visible: section is off"),
        Reason::Type => {
            lang.pick("niet zichtbaar: dit soort wordt nooit getoond", "not visible: this kind is never shown")
        }
        Reason::Hidden => lang.pick("verborgen door de praktijk", "hidden by the practice"),
        Reason::Patient => lang.pick("verborgen op verzoek van de patiënt", "hidden at the patient's request"),
        Reason::Cutoff => lang.pick("niet zichtbaar: te oud", "not visible: too old"),
        Reason::Window => lang.pick("niet zichtbaar: buiten 14 maanden", "not visible: outside 14 months"),
        Reason::Status => lang.pick("niet zichtbaar: niet (meer) actueel", "not visible: not current"),
        Reason::Episode => lang.pick("verborgen met de episode", "hidden with the episode"),
        Reason::EpisodeStrip => lang.pick("zichtbaar, zonder verborgen episode", "visible, without the hidden episode"),
        Reason::Moment => lang.pick("nog niet vrijgegeven", "not released yet"),
        Reason::Contact => {
            lang.pick("niet zichtbaar: contact niet met de patiënt zelf", "not visible: contact not with the patient")
        }
    }
}

/// The state of a result.
pub(super) fn result_state(lang: Lang, state: ResultState) -> &'static str {
    match state {
        ResultState::Received => lang.pick("binnengekomen", "received"),
        ResultState::Saved => lang.pick("opgeslagen", "saved"),
        ResultState::Invited => lang.pick("patiënt uitgenodigd", "patient invited"),
        ResultState::Published => lang.pick("gepubliceerd", "published"),
        ResultState::Withdrawn => lang.pick("ingetrokken", "withdrawn"),
    }
}

/// What a patient asks for.
pub(super) fn request(lang: Lang, kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Inzage => lang.pick("inzage", "access"),
        RequestKind::Afschrift => lang.pick("afschrift", "copy"),
        RequestKind::Correctie => lang.pick("correctie", "correction"),
        RequestKind::Vernietiging => lang.pick("vernietiging", "destruction"),
        RequestKind::OldForms => lang.pick("formulieren van voor de openstelling", "forms of before the opening"),
        RequestKind::Hide => lang.pick("gegevens niet tonen", "not to show data"),
        RequestKind::Exclusion => lang.pick("uitsluiting verwerken in het HIS", "enter the exclusion in the HIS"),
    }
}

/// The type of a record that the HIS delivers.
pub(super) fn record_type(lang: Lang, t: RecordType) -> &'static str {
    match t {
        RecordType::Practice => lang.pick("praktijk", "practice"),
        RecordType::Employee => lang.pick("medewerker", "employee"),
        RecordType::Patient => lang.pick("patiënt", "patient"),
        RecordType::Release => lang.pick("openstelling van het dossier", "release of the dossier"),
        RecordType::Representative => lang.pick("vertegenwoordiger", "representative"),
        RecordType::Merge => lang.pick("samenvoeging van patiënten", "merge of patients"),
        RecordType::Episode => lang.pick("episode", "episode"),
        RecordType::Contact => lang.pick("contact", "contact"),
        RecordType::Entry => lang.pick("deelcontact", "part of a contact"),
        RecordType::Medication => lang.pick("medicatie", "medication"),
        RecordType::Allergy => lang.pick("intolerantie", "intolerance"),
        RecordType::Contraindication => lang.pick("contra-indicatie", "contra-indication"),
        RecordType::Observation => lang.pick("bepaling", "determination"),
        RecordType::Report => lang.pick("laboratoriumrapport", "laboratory report"),
        RecordType::Treatment => lang.pick("verrichting", "procedure"),
        RecordType::Prophylaxis => lang.pick("profylaxe en voorzorg", "prophylaxis"),
        RecordType::Vaccination => lang.pick("vaccinatie", "vaccination"),
        RecordType::Alert => lang.pick("attentieregel", "alert"),
        RecordType::Document => lang.pick("document", "document"),
        RecordType::Blob => lang.pick("inhoud van een document", "content of a document"),
        RecordType::Referral => lang.pick("verwijzing", "referral"),
        RecordType::Appointment => lang.pick("afspraak", "appointment"),
        RecordType::Organization => lang.pick("andere zorginstelling", "other organisation"),
        RecordType::Professional => lang.pick("andere zorgverlener", "other professional"),
        RecordType::ContactPerson => lang.pick("contactpersoon", "contact person"),
        RecordType::Payer => lang.pick("betaler", "payer"),
        RecordType::MedicationUse => lang.pick("medicatiegebruik", "use of medication"),
        RecordType::DispenseRequest => lang.pick("verstrekkingsverzoek", "dispense request"),
        RecordType::AdministrationAgreement => lang.pick("toedieningsafspraak", "administration agreement"),
        RecordType::Dispense => lang.pick("medicatieverstrekking", "dispense"),
        RecordType::Specimen => lang.pick("onderzocht materiaal", "specimen"),
        RecordType::Order => lang.pick("aanvraag van onderzoek", "order of diagnostics"),
        RecordType::Directive => lang.pick("behandelaanwijzing", "treatment directive"),
        RecordType::AdvanceDirective => lang.pick("wilsverklaring", "advance directive"),
        RecordType::Lifestyle => lang.pick("leefstijl", "lifestyle"),
        RecordType::LivingSituation => lang.pick("woonsituatie", "living situation"),
        RecordType::FunctionalStatus => lang.pick("functionele of mentale status", "functional or mental status"),
        RecordType::Device => lang.pick("medisch hulpmiddel", "medical device"),
        RecordType::Resource => lang.pick("FHIR-gegeven van een patiënt", "FHIR resource of a patient"),
        RecordType::SharedResource => lang.pick("FHIR-gegeven van de praktijk", "FHIR resource of the practice"),
    }
}

/// A role.
pub(super) fn role(lang: Lang, role: Role) -> &'static str {
    match role {
        Role::Huisarts => lang.pick("huisarts", "general practitioner"),
        Role::Waarnemer => lang.pick("waarnemer", "stand-in"),
        Role::Doktersassistent => lang.pick("doktersassistent", "assistant"),
        Role::Poh => lang.pick("praktijkondersteuner", "practice nurse"),
        Role::Pa => lang.pick("physician assistant", "physician assistant"),
        Role::Vs => lang.pick("verpleegkundig specialist", "nurse specialist"),
        Role::Manager => lang.pick("praktijkmanager", "manager"),
        Role::Overig => lang.pick("overig", "other"),
    }
}

/// A right.
pub(super) fn right(lang: Lang, right: Right) -> &'static str {
    match right {
        Right::ViewDossier => lang.pick("dossier bekijken", "view dossier"),
        Right::ReleaseDossier => lang.pick("dossier vrijgeven", "release dossier"),
        Right::RefuseRequest => lang.pick("verzoek weigeren", "refuse request"),
        Right::HideEpisode => lang.pick("episode verbergen", "hide episode"),
        Right::HideLine => lang.pick("regel verbergen", "hide line"),
        Right::PublishResult => lang.pick("uitslag publiceren", "publish result"),
        Right::PublishDocument => lang.pick("document publiceren", "publish document"),
        Right::PublishCopy => lang.pick("afschrift publiceren", "publish copy"),
        Right::MarkThirdParty => lang.pick("derden en schade markeren", "mark third party and harm"),
        Right::BlockPatient => lang.pick("patiënt blokkeren", "block patient"),
        Right::ConsentDesk => lang.pick("wensen aan de balie", "wishes at the desk"),
        Right::RegisterRepresentative => lang.pick("vertegenwoordiging", "representation"),
        Right::InviteBatch => lang.pick("patiënten uitnodigen", "invite patients"),
        Right::ReportExtract => lang.pick("rapporten", "reports"),
        Right::ViewAccessLog => lang.pick("toegangslog bekijken", "view access log"),
        Right::PracticeSettings => lang.pick("instellingen", "settings"),
        Right::EmployeeRights => lang.pick("rechten van medewerkers", "rights of employees"),
    }
}

/// A heading of the patient's pages.
pub(super) fn section(lang: Lang, section: Section) -> &'static str {
    match section {
        Section::Afspraken => lang.pick("Afspraken", "Appointments"),
        Section::AllergieIntolerantie => lang.pick("Allergieën en intoleranties", "Allergies and intolerances"),
        Section::Behandelaanwijzing => lang.pick("Behandelaanwijzingen", "Treatment directives"),
        Section::Betaler => lang.pick("Betaler", "Payer"),
        Section::Contacten => lang.pick("Contacten", "Contacts"),
        Section::Contactpersonen => lang.pick("Contactpersonen", "Contact persons"),
        Section::Contactverslagen => lang.pick("Contactverslagen (E- en P-regels)", "Contact reports (E and P lines)"),
        Section::Documenten => lang.pick("Documenten", "Documents"),
        Section::FunctioneleStatus => lang.pick("Functionele of mentale status", "Functional or mental status"),
        Section::Leefstijl => lang.pick("Leefstijl en woonsituatie", "Lifestyle and living situation"),
        Section::Medicatie => lang.pick("Medicatie", "Medication"),
        Section::MedischHulpmiddel => lang.pick("Medische hulpmiddelen", "Medical devices"),
        Section::Metingen => lang.pick("Metingen", "Measurements"),
        Section::Patient => lang.pick("Persoonsgegevens", "Personal data"),
        Section::Problemen => lang.pick("Problemen (episodes)", "Problems (episodes)"),
        Section::Profylaxe => lang.pick("Profylaxe en voorzorg", "Prophylaxis"),
        Section::Uitslagen => lang.pick("Uitslagen", "Results"),
        Section::Vaccinaties => lang.pick("Vaccinaties", "Vaccinations"),
        Section::Verrichtingen => lang.pick("Verrichtingen", "Procedures"),
        Section::Verwijzingen => lang.pick("Verwijzingen", "Referrals"),
        Section::Waarschuwingen => lang.pick("Waarschuwingen", "Alerts"),
    }
}

/// What a detail is about.
pub(super) fn label(lang: Lang, label: Label) -> &'static str {
    match label {
        Label::Address => lang.pick("Adres", "Address"),
        Label::Birth => lang.pick("Geboren", "Born"),
        Label::Conclusion => lang.pick("Conclusie", "Conclusion"),
        Label::Dosage => lang.pick("Gebruik", "Use"),
        Label::Kind => lang.pick("Soort", "Kind"),
        Label::Note => lang.pick("Toelichting", "Note"),
        Label::Period => lang.pick("Periode", "Period"),
        Label::Phone => lang.pick("Telefoon en e-mail", "Telephone and e-mail"),
        Label::Reason => lang.pick("Reden", "Reason"),
        Label::Reference => lang.pick("Referentiewaarden", "Reference values"),
        Label::Status => lang.pick("Status", "Status"),
        Label::Text => lang.pick("Tekst", "Text"),
        Label::Value => lang.pick("Waarde", "Value"),
        Label::Who => lang.pick("Door", "By"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::authorization::grants::Refusal;
    use crate::store::authorization::tokens::Revocation;

    #[test]
    fn the_log_has_words_and_never_a_code_for_a_refusal() {
        let gates = Gate::ALL.map(Gate::code);
        let refusals = [
            Refusal::Cancelled,
            Refusal::LoginFailed,
            Refusal::LevelTooLow,
            Refusal::Unavailable,
            Refusal::OtherBirthDate,
            Refusal::Declined,
            Refusal::CodeReused,
        ];
        let revocations = [Revocation::CodeReused, Revocation::RefreshReused, Revocation::AccessEnded];
        let requests = ["G1_CALLER", "G6_SCOPE", "REQUEST", "NOT_FOUND", "STORE", "MOVED", "STOPPED", "invalid_grant"];
        let known = gates.into_iter().chain(refusals.map(Refusal::as_str)).chain(revocations.map(Revocation::as_str));
        for code in known.chain(requests).chain(["view_dossier"]) {
            for lang in Lang::ALL {
                let words = because(lang, code);
                assert!(!words.contains(['_']) && !words.contains(code), "{code}: {words}");
                assert_ne!(words, because(lang, "x"), "{code}");
            }
        }
        assert_eq!(because(Lang::Nl, "F9_EPISODE"), "om een andere reden");
    }
}
