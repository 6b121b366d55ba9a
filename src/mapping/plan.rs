//! What is rendered of a patient, whatever the release: the items that release decides about, and what each is made of.
//!
//! Items are made once and in one order, so that a verdict means the same in every release.

use super::items;
use super::parts::output::Origin;
use super::parts::pressure;
use super::parts::threads::{self, Threads};
use crate::domain::dossier::{
    self, AdministrationAgreement, AdvanceDirective, Alert, Allergy, Appointment, Contact, ContactPerson,
    ContraIndication, Device, Directive, Dispense, DispenseRequest, Document, Employee, Entry, Episode,
    FunctionalStatus, Lifestyle, LivingSituation, Medication, MedicationUse, Observation, Order, Organization,
    PatientRecords, Payer, Practice, PracticeRecords, Professional, Prophylaxis, Record, RecordType, Referral, Report,
    Representative, Specimen, Treatment, Vaccination,
};
use crate::domain::release::Item;

/// Items in the order of the record types, item 0 the patient; and the blocks, each with the place of its item.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub items: Vec<Item>,
    pub blocks: Vec<(usize, Block<'a>)>,
}

/// Something of a dossier that becomes resources.
pub(super) enum Block<'a> {
    Patient(&'a Record<dossier::Patient>),
    /// The laboratories that the patient's results name; they have no record but the practice's.
    Laboratories(&'a Record<Practice>),
    Episode(&'a Record<Episode>),
    Contact(&'a Record<Contact>),
    /// A deelcontact, with the places of its lines' items.
    Entry(&'a Record<Entry>, Vec<usize>),
    Medication(&'a Record<Medication>),
    Allergy(&'a Record<Allergy>),
    Observation(&'a Record<Observation>),
    /// Systolic and diastolic.
    Pressure(&'a Record<Observation>, &'a Record<Observation>),
    Specimen(&'a Record<Specimen>),
    Order(&'a Record<Order>),
    Report(&'a Record<Report>),
    /// A document, and may its bytes be served?
    Document(&'a Record<Document>, bool),
    MedicationUse(&'a Record<MedicationUse>),
    DispenseRequest(&'a Record<DispenseRequest>),
    AdministrationAgreement(&'a Record<AdministrationAgreement>),
    Dispense(&'a Record<Dispense>),
    ContraIndication(&'a Record<ContraIndication>),
    Treatment(&'a Record<Treatment>),
    Prophylaxis(&'a Record<Prophylaxis>),
    Vaccination(&'a Record<Vaccination>),
    Alert(&'a Record<Alert>),
    Referral(&'a Record<Referral>),
    Appointment(&'a Record<Appointment>),
    Representative(&'a Record<Representative>),
    ContactPerson(&'a Record<ContactPerson>),
    Payer(&'a Record<Payer>),
    Directive(&'a Record<Directive>),
    AdvanceDirective(&'a Record<AdvanceDirective>),
    Lifestyle(&'a Record<Lifestyle>),
    LivingSituation(&'a Record<LivingSituation>),
    FunctionalStatus(&'a Record<FunctionalStatus>),
    Device(&'a Record<Device>),
}

impl Block<'_> {
    /// The record it is made of.
    pub fn origin(&self, item: usize) -> Origin<'_> {
        match self {
            Self::Patient(record) => Origin::of(RecordType::Patient, record, item),
            Self::Laboratories(record) => Origin::of(RecordType::Practice, record, item),
            Self::Episode(record) => Origin::of(RecordType::Episode, record, item),
            Self::Contact(record) => Origin::of(RecordType::Contact, record, item),
            Self::Entry(record, _) => Origin::of(RecordType::Entry, record, item),
            Self::Medication(record) => Origin::of(RecordType::Medication, record, item),
            Self::Allergy(record) => Origin::of(RecordType::Allergy, record, item),
            Self::Observation(record) => Origin::of(RecordType::Observation, record, item),
            Self::Pressure(record, _) => Origin::of(RecordType::Observation, record, item),
            Self::Specimen(record) => Origin::of(RecordType::Specimen, record, item),
            Self::Order(record) => Origin::of(RecordType::Order, record, item),
            Self::Report(record) => Origin::of(RecordType::Report, record, item),
            Self::Document(record, _) => Origin::of(RecordType::Document, record, item),
            Self::MedicationUse(record) => Origin::of(RecordType::MedicationUse, record, item),
            Self::DispenseRequest(record) => Origin::of(RecordType::DispenseRequest, record, item),
            Self::AdministrationAgreement(record) => Origin::of(RecordType::AdministrationAgreement, record, item),
            Self::Dispense(record) => Origin::of(RecordType::Dispense, record, item),
            Self::ContraIndication(record) => Origin::of(RecordType::Contraindication, record, item),
            Self::Treatment(record) => Origin::of(RecordType::Treatment, record, item),
            Self::Prophylaxis(record) => Origin::of(RecordType::Prophylaxis, record, item),
            Self::Vaccination(record) => Origin::of(RecordType::Vaccination, record, item),
            Self::Alert(record) => Origin::of(RecordType::Alert, record, item),
            Self::Referral(record) => Origin::of(RecordType::Referral, record, item),
            Self::Appointment(record) => Origin::of(RecordType::Appointment, record, item),
            Self::Representative(record) => Origin::of(RecordType::Representative, record, item),
            Self::ContactPerson(record) => Origin::of(RecordType::ContactPerson, record, item),
            Self::Payer(record) => Origin::of(RecordType::Payer, record, item),
            Self::Directive(record) => Origin::of(RecordType::Directive, record, item),
            Self::AdvanceDirective(record) => Origin::of(RecordType::AdvanceDirective, record, item),
            Self::Lifestyle(record) => Origin::of(RecordType::Lifestyle, record, item),
            Self::LivingSituation(record) => Origin::of(RecordType::LivingSituation, record, item),
            Self::FunctionalStatus(record) => Origin::of(RecordType::FunctionalStatus, record, item),
            Self::Device(record) => Origin::of(RecordType::Device, record, item),
        }
    }
}

/// Something of a practice that becomes resources. They belong to no patient and follow what refers to them: their item is 0.
pub(super) enum PracticeBlock<'a> {
    Practice(&'a Record<Practice>),
    Employee(&'a Record<Employee>),
    Organization(&'a Record<Organization>),
    Professional(&'a Record<Professional>),
}

impl<'a> PracticeBlock<'a> {
    /// The practice itself, its employees, and whoever outside it the records name.
    pub fn all(practice: &'a PracticeRecords) -> impl Iterator<Item = Self> {
        let employees = practice.employees.values().map(Self::Employee);
        let organizations = practice.organizations.values().map(Self::Organization);
        let professionals = practice.professionals.values().map(Self::Professional);
        let practice = std::iter::once(Self::Practice(&practice.practice));
        practice.chain(employees).chain(organizations).chain(professionals)
    }

    /// The record it is made of.
    pub fn origin(&self) -> Origin<'_> {
        match self {
            Self::Practice(record) => Origin::of(RecordType::Practice, record, 0),
            Self::Employee(record) => Origin::of(RecordType::Employee, record, 0),
            Self::Organization(record) => Origin::of(RecordType::Organization, record, 0),
            Self::Professional(record) => Origin::of(RecordType::Professional, record, 0),
        }
    }
}

impl<'a> Plan<'a> {
    pub fn of(records: &'a PatientRecords, practice: &'a PracticeRecords, threads: &Threads<'a>) -> Self {
        let mut plan = Self::default();
        plan.add(items::person(records), Block::Patient(&records.patient));
        if threads::laboratories(records).next().is_some() {
            plan.add(items::laboratories(&practice.practice.id), Block::Laboratories(&practice.practice));
        }
        plan.add_care(records, threads);
        plan.add_each(&records.medications, |record| items::medication(records, record), Block::Medication);
        plan.add_each(&records.allergies, items::allergy, Block::Allergy);
        plan.add_results(records, threads);
        for record in &records.documents {
            let servable = items::is_servable(&record.d, records);
            plan.add(items::document(record, servable), Block::Document(record, servable));
        }
        plan.add_supplies(records);
        plan.add_procedures(records);
        plan.add_each(&records.representatives, items::representative, Block::Representative);
        plan.add_each(&records.contact_persons, items::contact_person, Block::ContactPerson);
        plan.add_each(&records.payers, items::payer, Block::Payer);
        plan.add_social(records);
        plan
    }

    fn add(&mut self, item: Item, block: Block<'a>) {
        self.blocks.push((self.items.len(), block));
        self.items.push(item);
    }

    fn add_each<T>(
        &mut self,
        records: &'a [Record<T>],
        item: impl Fn(&Record<T>) -> Item,
        block: fn(&'a Record<T>) -> Block<'a>,
    ) {
        for record in records {
            self.add(item(record), block(record));
        }
    }

    fn add_care(&mut self, records: &'a PatientRecords, threads: &Threads<'a>) {
        self.add_each(&records.episodes, items::episode, Block::Episode);
        self.add_each(&records.contacts, |record| items::contact(threads, record), Block::Contact);
        for record in &records.entries {
            let entry = self.items.len();
            self.items.push(items::entry(record));
            let lines = entry + 1..entry + 1 + record.d.lines.len();
            self.items.extend(record.d.lines.iter().map(|line| items::line(record, line)));
            self.blocks.push((entry, Block::Entry(record, lines.collect())));
        }
    }

    fn add_results(&mut self, records: &'a PatientRecords, threads: &Threads<'a>) {
        self.add_each(&records.observations, |record| items::observation(threads, record), Block::Observation);
        for (systolic, diastolic) in pressure::pairs(&records.observations) {
            self.add(items::panel(systolic, diastolic), Block::Pressure(systolic, diastolic));
        }
        self.add_each(&records.specimens, items::specimen, Block::Specimen);
        self.add_each(&records.orders, |record| items::order(threads, record), Block::Order);
        self.add_each(&records.reports, |record| items::report(threads, record), Block::Report);
    }

    fn add_supplies(&mut self, records: &'a PatientRecords) {
        self.add_each(&records.medication_uses, items::medication_use, Block::MedicationUse);
        self.add_each(&records.dispense_requests, items::dispense_request, Block::DispenseRequest);
        let agreements = &records.administration_agreements;
        self.add_each(agreements, items::administration_agreement, Block::AdministrationAgreement);
        self.add_each(&records.dispenses, items::dispense, Block::Dispense);
    }

    fn add_procedures(&mut self, records: &'a PatientRecords) {
        self.add_each(&records.contraindications, items::contra_indication, Block::ContraIndication);
        self.add_each(&records.treatments, items::treatment, Block::Treatment);
        self.add_each(&records.prophylaxes, items::prophylaxis, Block::Prophylaxis);
        self.add_each(&records.vaccinations, items::vaccination, Block::Vaccination);
        self.add_each(&records.alerts, items::alert, Block::Alert);
        self.add_each(&records.referrals, items::referral, Block::Referral);
        self.add_each(&records.appointments, items::appointment, Block::Appointment);
    }

    fn add_social(&mut self, records: &'a PatientRecords) {
        self.add_each(&records.directives, items::directive, Block::Directive);
        self.add_each(&records.advance_directives, items::advance_directive, Block::AdvanceDirective);
        self.add_each(&records.lifestyles, |record| items::social(RecordType::Lifestyle, record), Block::Lifestyle);
        self.add_each(
            &records.living_situations,
            |record| items::social(RecordType::LivingSituation, record),
            Block::LivingSituation,
        );
        self.add_each(
            &records.functional_statuses,
            |record| items::social(RecordType::FunctionalStatus, record),
            Block::FunctionalStatus,
        );
        self.add_each(&records.devices, items::device, Block::Device);
    }
}
