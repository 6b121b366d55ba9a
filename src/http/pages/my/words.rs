//! Words for what a page shows: sections, labels, functions, kinds of request and of record. Every word stands in both
//! languages side by side, so that none can be forgotten.

use crate::domain::dossier::{RecordType, Relation, Role};
use crate::http::pages::Lang;
use crate::mapping::summary::{Label, Section};
use crate::store::requests::{RequestKind, RequestState};

/// The heading of a section.
pub fn section(lang: Lang, section: Section) -> &'static str {
    let (nl, en) = match section {
        Section::Afspraken => ("Afspraken", "Appointments"),
        Section::AllergieIntolerantie => ("Allergieën en intoleranties", "Allergies and intolerances"),
        Section::Behandelaanwijzing => ("Behandelaanwijzingen en wensen", "Treatment directives and wishes"),
        Section::Betaler => ("Zorgverzekeraar", "Health insurer"),
        Section::Contacten => ("Contacten", "Contacts"),
        Section::Contactpersonen => ("Contactpersonen", "Contact persons"),
        Section::Contactverslagen => ("Contactverslagen", "Contact notes"),
        Section::Documenten => ("Documenten en brieven", "Documents and letters"),
        Section::FunctioneleStatus => ("Functioneren", "Functional status"),
        Section::Leefstijl => ("Leefstijl en woonsituatie", "Lifestyle and living situation"),
        Section::Medicatie => ("Medicijnen", "Medicines"),
        Section::MedischHulpmiddel => ("Medische hulpmiddelen", "Medical devices"),
        Section::Metingen => ("Metingen", "Measurements"),
        Section::Patient => ("Persoonlijke gegevens", "Personal data"),
        Section::Problemen => ("Problemen en ziekten", "Problems and diseases"),
        Section::Profylaxe => ("Profylaxe en voorzorg", "Prevention"),
        Section::Uitslagen => ("Uitslagen", "Results"),
        Section::Vaccinaties => ("Vaccinaties", "Vaccinations"),
        Section::Verrichtingen => ("Behandelingen en ingrepen", "Treatments and operations"),
        Section::Verwijzingen => ("Verwijzingen", "Referrals"),
        Section::Waarschuwingen => ("Waarschuwingen", "Alerts"),
    };
    lang.pick(nl, en)
}

/// What a detail is about.
pub fn label(lang: Lang, label: Label) -> &'static str {
    let (nl, en) = match label {
        Label::Address => ("Adres", "Address"),
        Label::Birth => ("Geboren", "Born"),
        Label::Conclusion => ("Conclusie", "Conclusion"),
        Label::Dosage => ("Gebruik", "Use"),
        Label::Kind => ("Soort", "Kind"),
        Label::Note => ("Toelichting", "Explanation"),
        Label::Period => ("Periode", "Period"),
        Label::Phone => ("Telefoon en e-mail", "Telephone and e-mail"),
        Label::Reason => ("Reden", "Reason"),
        Label::Reference => ("Grenswaarden", "Reference values"),
        Label::Status => ("Status", "Status"),
        Label::Text => ("Tekst", "Text"),
        Label::Value => ("Waarde", "Value"),
        Label::Who => ("Door", "By"),
    };
    lang.pick(nl, en)
}

/// The value of a detail: a yes or no, and what FHIR always says in English, in the language of the page; anything else as it
/// is.
pub fn value(lang: Lang, text: &str) -> &str {
    match text {
        "true" => lang.pick("ja", "yes"),
        "false" => lang.pick("nee", "no"),
        "Normal" => lang.pick("binnen de grenswaarden", "within the reference values"),
        "Active" | "active" => lang.pick("actief", "active"),
        "Inactive" | "inactive" => lang.pick("niet actief", "not active"),
        "Resolved" | "resolved" => lang.pick("voorbij", "over"),
        "not-done" => lang.pick("niet gedaan, gegeven of gebruikt", "not done, given or used"),
        "do-not-perform" => lang.pick("niet doen", "not to be done"),
        "refuted" => lang.pick("weerlegd", "refuted"),
        "permit" => lang.pick("toegestaan", "permitted"),
        "deny" => lang.pick("niet toegestaan", "not permitted"),
        other => other,
    }
}

/// How somebody is to the patient for whom they act.
pub fn relation(lang: Lang, relation: Relation) -> &'static str {
    match relation {
        Relation::Parent => lang.pick("ouder met gezag", "parent with authority"),
        Relation::Guardian => lang.pick("voogd", "guardian"),
        Relation::Mentor => lang.pick("mentor", "mentor"),
        Relation::Curator => lang.pick("curator", "curator"),
        Relation::Mandate => lang.pick("gemachtigde", "holder of a mandate"),
    }
}

/// What somebody does in the practice.
pub fn role(lang: Lang, role: Role) -> &'static str {
    let (nl, en) = match role {
        Role::Huisarts => ("huisarts", "GP"),
        Role::Waarnemer => ("waarnemend huisarts", "locum GP"),
        Role::Doktersassistent => ("doktersassistent", "doctor's assistant"),
        Role::Poh => ("praktijkondersteuner", "practice nurse"),
        Role::Pa => ("physician assistant", "physician assistant"),
        Role::Vs => ("verpleegkundig specialist", "nurse practitioner"),
        Role::Manager => ("praktijkmanager", "practice manager"),
        Role::Overig => ("medewerker", "employee"),
    };
    lang.pick(nl, en)
}

/// What is asked for.
pub fn request(lang: Lang, kind: RequestKind) -> &'static str {
    let (nl, en) = match kind {
        RequestKind::Inzage => {
            ("Inzage: ik wil mijn dossier online bekijken", "Access: I want to see my record online")
        }
        RequestKind::Afschrift => ("Afschrift: ik wil een kopie van mijn dossier", "Copy: I want a copy of my record"),
        RequestKind::Correctie => {
            ("Correctie: er klopt iets niet in mijn dossier", "Correction: something in my record is wrong")
        }
        RequestKind::Vernietiging => {
            ("Vernietiging: ik wil dat gegevens worden verwijderd", "Destruction: I want data to be removed")
        }
        RequestKind::OldForms => (
            "Oude formulieren: ik wil formulieren zien van voor de online inzage",
            "Old forms: I want to see forms from before online access",
        ),
        RequestKind::Exclusion => (
            "Uitsluiten: een medewerker mag niet meekijken, ook niet in de praktijk zelf",
            "Exclusion: an employee may not look, not at the practice itself either",
        ),
        RequestKind::Hide => {
            ("Niet delen: ik wil dat iets niet online staat", "Not sharing: I want something not to be online")
        }
    };
    lang.pick(nl, en)
}

/// How far a request is.
pub fn request_state(lang: Lang, state: RequestState) -> &'static str {
    let (nl, en) = match state {
        RequestState::Open => ("In behandeling", "Being handled"),
        RequestState::Done => ("Gedaan", "Done"),
        RequestState::Refused => ("Afgewezen", "Refused"),
    };
    lang.pick(nl, en)
}

/// The kind of a record, and nothing of what it says.
pub fn record(lang: Lang, t: RecordType) -> &'static str {
    use RecordType as R;
    let (nl, en) = match t {
        R::Episode => ("Episode (probleem of ziekte)", "Episode (problem or disease)"),
        R::Contact => ("Contact", "Contact"),
        R::Entry => ("Contactverslag", "Contact note"),
        R::Medication | R::MedicationUse | R::DispenseRequest | R::AdministrationAgreement | R::Dispense => {
            ("Medicijn", "Medicine")
        }
        R::Allergy => ("Allergie of intolerantie", "Allergy or intolerance"),
        R::Contraindication => ("Contra-indicatie", "Contra-indication"),
        R::Observation | R::Report | R::Specimen | R::Order => ("Uitslag of meting", "Result or measurement"),
        R::Treatment => ("Behandeling", "Treatment"),
        R::Prophylaxis => ("Profylaxe", "Prevention"),
        R::Vaccination => ("Vaccinatie", "Vaccination"),
        R::Alert => ("Waarschuwing", "Alert"),
        R::Document | R::Blob => ("Document", "Document"),
        R::Referral => ("Verwijzing", "Referral"),
        R::Appointment => ("Afspraak", "Appointment"),
        R::ContactPerson | R::Representative => ("Contactpersoon", "Contact person"),
        R::Payer => ("Verzekering", "Insurance"),
        R::Directive | R::AdvanceDirective => ("Behandelaanwijzing of wens", "Treatment directive or wish"),
        R::Lifestyle | R::LivingSituation => ("Leefstijl of woonsituatie", "Lifestyle or living situation"),
        R::FunctionalStatus => ("Functioneren", "Functional status"),
        R::Device => ("Medisch hulpmiddel", "Medical device"),
        R::Practice
        | R::Employee
        | R::Patient
        | R::Release
        | R::Merge
        | R::Organization
        | R::Professional
        | R::Resource
        | R::SharedResource => ("Gegeven", "Data"),
    };
    lang.pick(nl, en)
}
