//! Everything of one patient together.

use std::collections::BTreeSet;

use super::*;
use crate::domain::decision::Decisions;

/// The complete set of one patient, ready for rendering. Records are in the order of their ids.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each field is named after the record type it holds")]
pub struct PatientRecords {
    pub patient: Record<Patient>,
    pub release: Option<Record<ReleaseRecord>>,
    pub representatives: Vec<Record<Representative>>,
    pub episodes: Vec<Record<Episode>>,
    pub contacts: Vec<Record<Contact>>,
    pub entries: Vec<Record<Entry>>,
    pub medications: Vec<Record<Medication>>,
    pub allergies: Vec<Record<Allergy>>,
    pub contraindications: Vec<Record<ContraIndication>>,
    pub observations: Vec<Record<Observation>>,
    pub reports: Vec<Record<Report>>,
    pub treatments: Vec<Record<Treatment>>,
    pub prophylaxes: Vec<Record<Prophylaxis>>,
    pub vaccinations: Vec<Record<Vaccination>>,
    pub alerts: Vec<Record<Alert>>,
    pub documents: Vec<Record<Document>>,
    pub referrals: Vec<Record<Referral>>,
    pub appointments: Vec<Record<Appointment>>,
    pub contact_persons: Vec<Record<ContactPerson>>,
    pub payers: Vec<Record<Payer>>,
    pub medication_uses: Vec<Record<MedicationUse>>,
    pub dispense_requests: Vec<Record<DispenseRequest>>,
    pub administration_agreements: Vec<Record<AdministrationAgreement>>,
    pub dispenses: Vec<Record<Dispense>>,
    pub specimens: Vec<Record<Specimen>>,
    pub orders: Vec<Record<Order>>,
    pub directives: Vec<Record<Directive>>,
    pub advance_directives: Vec<Record<AdvanceDirective>>,
    pub lifestyles: Vec<Record<Lifestyle>>,
    pub living_situations: Vec<Record<LivingSituation>>,
    pub functional_statuses: Vec<Record<FunctionalStatus>>,
    pub devices: Vec<Record<Device>>,
    pub resources: Vec<Record<FedResource>>,
    /// SHA-256 (lower-case hex) of the documents whose bytes are complete and verified.
    pub complete_blobs: BTreeSet<String>,
    /// What the practice decided here, beside its HIS.
    pub decisions: Decisions,
}

impl PatientRecords {
    /// A patient of whom nothing else is known yet.
    pub fn of(patient: Record<Patient>) -> Self {
        Self {
            patient,
            release: None,
            representatives: Vec::new(),
            episodes: Vec::new(),
            contacts: Vec::new(),
            entries: Vec::new(),
            medications: Vec::new(),
            allergies: Vec::new(),
            contraindications: Vec::new(),
            observations: Vec::new(),
            reports: Vec::new(),
            treatments: Vec::new(),
            prophylaxes: Vec::new(),
            vaccinations: Vec::new(),
            alerts: Vec::new(),
            documents: Vec::new(),
            referrals: Vec::new(),
            appointments: Vec::new(),
            contact_persons: Vec::new(),
            payers: Vec::new(),
            medication_uses: Vec::new(),
            dispense_requests: Vec::new(),
            administration_agreements: Vec::new(),
            dispenses: Vec::new(),
            specimens: Vec::new(),
            orders: Vec::new(),
            directives: Vec::new(),
            advance_directives: Vec::new(),
            lifestyles: Vec::new(),
            living_situations: Vec::new(),
            functional_statuses: Vec::new(),
            devices: Vec::new(),
            resources: Vec::new(),
            complete_blobs: BTreeSet::new(),
            decisions: Decisions::default(),
        }
    }
}

impl PatientRecords {
    /// The episodes that this employee had a contact about, or wrote a line about.
    pub fn episodes_of(&self, employee: &SourceId) -> BTreeSet<&SourceId> {
        let contacts = self.contacts.iter().filter(|contact| contact.d.carer.as_ref() == Some(employee));
        let contacts: BTreeSet<&SourceId> = contacts.map(|contact| &contact.id).collect();
        let wrote = |line: &Line| line.author.as_ref().is_some_and(|who| *who == Who::Employee(employee.clone()));
        let entries = self.entries.iter().map(|entry| &entry.d);
        let own = entries.filter(|entry| contacts.contains(&entry.contact) || entry.lines.iter().any(wrote));
        own.flat_map(|entry| &entry.episodes).collect()
    }

    /// Puts a record where it belongs; of several release records the newest counts, and what belongs to the practice, the
    /// patient record itself and bytes belong nowhere here.
    pub fn put(&mut self, record: Record<Body>) {
        let Record { id, v, at, mark, d } = record;
        macro_rules! push {
            ($list:ident, $d:expr) => {
                self.$list.push(Record { id, v, at, mark, d: $d })
            };
        }
        match d {
            Body::Release(d) => {
                let newer = self.release.as_ref().is_none_or(|known| known.at < at);
                if newer {
                    self.release = Some(Record { id, v, at, mark, d: *d });
                }
            }
            Body::Representative(d) => push!(representatives, *d),
            Body::Episode(d) => push!(episodes, *d),
            Body::Contact(d) => push!(contacts, *d),
            Body::Entry(d) => push!(entries, d),
            Body::Medication(d) => push!(medications, *d),
            Body::Allergy(d) => push!(allergies, *d),
            Body::Contraindication(d) => push!(contraindications, *d),
            Body::Observation(d) => push!(observations, *d),
            Body::Report(d) => push!(reports, *d),
            Body::Treatment(d) => push!(treatments, *d),
            Body::Prophylaxis(d) => push!(prophylaxes, *d),
            Body::Vaccination(d) => push!(vaccinations, *d),
            Body::Alert(d) => push!(alerts, *d),
            Body::Document(d) => push!(documents, *d),
            Body::Referral(d) => push!(referrals, *d),
            Body::Appointment(d) => push!(appointments, *d),
            Body::ContactPerson(d) => push!(contact_persons, *d),
            Body::Payer(d) => push!(payers, *d),
            Body::MedicationUse(d) => push!(medication_uses, *d),
            Body::DispenseRequest(d) => push!(dispense_requests, *d),
            Body::AdministrationAgreement(d) => push!(administration_agreements, *d),
            Body::Dispense(d) => push!(dispenses, *d),
            Body::Specimen(d) => push!(specimens, *d),
            Body::Order(d) => push!(orders, *d),
            Body::Directive(d) => push!(directives, *d),
            Body::AdvanceDirective(d) => push!(advance_directives, *d),
            Body::Lifestyle(d) => push!(lifestyles, *d),
            Body::LivingSituation(d) => push!(living_situations, *d),
            Body::FunctionalStatus(d) => push!(functional_statuses, *d),
            Body::Device(d) => push!(devices, *d),
            Body::Resource(d) => push!(resources, *d),
            Body::Practice(_)
            | Body::Employee(_)
            | Body::Organization(_)
            | Body::Professional(_)
            | Body::SharedResource(_)
            | Body::Patient(_)
            | Body::Merge(_)
            | Body::Blob(_) => {}
        }
    }
}
