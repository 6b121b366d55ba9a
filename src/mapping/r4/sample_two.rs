//! What `dvza-his-2` adds to the invented dossier: every further building block, in its rich form.

use std::collections::BTreeMap;

use jiff::civil::date;

use super::sample::{at, number, observation, record, referral, source, sources, treatment, vaccination};
use crate::domain::dossier::*;
use crate::domain::time::PartialDate;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn coded(system: CodeSystem, code: &str, display: &str) -> Coded {
    Coded { code: Some((system, code.into())), display: display.into() }
}

fn words(display: &str) -> Coded {
    Coded { code: None, display: display.into() }
}

fn sct(code: &str, display: &str) -> Coded {
    coded(CodeSystem::Sct, code, display)
}

fn doctor() -> Option<Who> {
    Some(Who::Employee(source("e1")))
}

fn site(code: &str, display: &str) -> Option<BodySite> {
    Some(BodySite { site: sct(code, display), side: Some(Side::Left) })
}

fn reach() -> Reach {
    Reach {
        addr: Some(Address {
            street: some("Kade"),
            nr: Some(1),
            city: some("Proefdorp"),
            postcode: some("9998 ZZ"),
            kind: Some(AddressKind::Work),
            municipality: some("Proefdorp"),
            note: some("achterom"),
            ..Address::default()
        }),
        phones: vec![
            Phone { nr: "0190531771".into(), kind: Some(PhoneKind::Work), remark: some("ochtend") },
            Phone { nr: "0190531772".into(), kind: Some(PhoneKind::Fax), remark: None },
        ],
        email: some("post@voorbeeld.example"),
    }
}

fn name(last: &str) -> PersonName {
    PersonName {
        initials: some("B."),
        first: some("Bo"),
        last: last.into(),
        title: some("dr."),
        ..PersonName::default()
    }
}

/// Laboratory, insurer and pharmacy.
pub(super) fn organizations() -> BTreeMap<SourceId, Record<Organization>> {
    let outside = |id: &str, name: &str, agb: Option<&str>, uzovi: Option<&str>, kind: Option<&str>| {
        let organization = Organization {
            name: name.into(),
            ura: None,
            agb: agb.map(str::to_owned),
            uzovi: uzovi.map(str::to_owned),
            kind: kind.map(str::to_owned),
            specialty: None,
            reach: reach(),
        };
        (source(id), record(id, organization))
    };
    [
        outside("g1", "Lab Noordpolder", Some("50007771"), None, Some("L1")),
        outside("g2", "Zorgpolis", None, Some("0101"), None),
        outside("g3", "Apotheek De Vijzel", Some("02007771"), None, Some("J8")),
    ]
    .into()
}

/// A specialist.
pub(super) fn professionals() -> BTreeMap<SourceId, Record<Professional>> {
    let specialist = Professional {
        name: name("Dam"),
        sex: Some(Sex::Female),
        agb: some("03007771"),
        uzi: None,
        big: some("19999999903"),
        specialty: Some(coded(CodeSystem::UziRole, "01.010", "cardioloog")),
        organization: Some(source("g1")),
        reach: Reach::default(),
    };
    [(source("z1"), record("z1", specialist))].into()
}

/// Adds a record of every type and member that only the second version has.
pub(super) fn add(records: &mut PatientRecords) {
    add_people(records);
    add_supplies(records);
    add_results(records);
    add_procedures(records);
    add_social(records);
}

fn add_people(records: &mut PatientRecords) {
    let person = ContactPerson {
        name: name("Veen"),
        role: some("01"),
        relation: some("HUSB"),
        reach: reach(),
        start: Some(date(2020, 1, 1)),
        end: None,
    };
    records.contact_persons = vec![record("cp1", person)];
    let payer = |kind: PayerKind, insurer: Option<&str>, name: Option<&str>, person: Option<&str>| Payer {
        kind,
        insurer: insurer.map(source),
        insurer_name: name.map(str::to_owned),
        uzovi: name.and(some("0102")),
        policy: some("P-1"),
        person: person.map(source),
        start: Some(date(2020, 1, 1)),
        end: None,
    };
    records.payers = vec![
        record("py1", payer(PayerKind::Insurance(Some("B")), Some("g2"), None, None)),
        record("py2", payer(PayerKind::Insurance(None), None, Some("Andere polis"), None)),
        record("py3", payer(PayerKind::ContactPerson, None, None, Some("cp1"))),
        record("py4", payer(PayerKind::Patient, None, None, None)),
    ];
}

fn product() -> Product {
    Product { prk: some("12345678"), hpk: some("768901"), name: some("Ander merk"), ..Product::default() }
}

fn supply() -> Supply {
    Supply {
        agreement: Some(source("m1")),
        product: product(),
        contact: Some(source("c1")),
        episodes: sources(&["ep1"]),
        note: some("Weekdoos"),
        ..Supply::default()
    }
}

fn usage() -> Usage {
    let twice = Dosing {
        frequency: Some(2),
        frequency_max: Some(3),
        period_unit: Some(TimeUnit::Day),
        times: vec!["08:00".into(), "20:00".into()],
        dose: some("1"),
        dose_max: some("2"),
        max_per_day: some("6"),
        as_needed: true,
        ..Dosing::default()
    };
    let once =
        Dosing { dose: some("0.5"), dose_unit: some("233"), dose_unit_text: some("milliliter"), ..twice.clone() };
    Usage {
        dosage_text: some("2 maal per dag 1 tablet"),
        nhg25: vec!["1010".into()],
        route: Some(Route { code: some("9"), display: "oraal".into() }),
        dosing: vec![twice, Dosing { dose_max: None, frequency_max: None, ..once }],
    }
}

fn add_supplies(records: &mut PatientRecords) {
    let used = MedicationUse {
        supply: supply(),
        start: Some(date(2026, 5, 18)),
        end: None,
        in_use: true,
        as_agreed: Some(true),
        recorded: Some(ObservationDate::Day(date(2026, 5, 18))),
        informant: Some(Who::Patient),
        author: doctor(),
        prescriber: doctor(),
        usage: usage(),
        reason: some("voor de suiker"),
        stopped_at: None,
        stop_reason: None,
    };
    let own = MedicationUse {
        supply: Supply { agreement: None, contact: None, episodes: Vec::new(), ..supply() },
        in_use: false,
        informant: Some(Who::ContactPerson(source("cp1"))),
        author: Some(Who::Patient),
        usage: Usage { dosage_text: some("1D1T"), ..Usage::default() },
        stopped_at: Some(at("2026-06-01T10:00:00+02:00")),
        stop_reason: some("hielp niet"),
        ..used.clone()
    };
    records.medication_uses = vec![record("mu1", used), record("mu2", own)];
    let amount = |unit: &str, ucum: bool| Some(Amount { value: "90".into(), unit: some(unit), ucum });
    let request = DispenseRequest {
        supply: supply(),
        date: date(2026, 5, 18),
        valid_from: Some(date(2026, 5, 18)),
        valid_to: Some(date(2026, 8, 18)),
        amount: amount("stuk", false),
        repeats: Some(3),
        author: doctor(),
        supplier: Some(source("g3")),
        location: some("Afhaalkluis"),
    };
    records.dispense_requests = vec![record("dr1", request)];
    let agreement = AdministrationAgreement {
        supply: supply(),
        agreed: Some(ObservationDate::At(at("2026-05-19T09:00:00+02:00"))),
        start: date(2026, 5, 19),
        end: Some(date(2026, 12, 31)),
        stopped_at: Some(at("2026-06-20T14:15:00+02:00")),
        supplier: Some(source("g3")),
        usage: usage(),
    };
    records.administration_agreements = vec![record("aa1", agreement)];
    let dispense = Dispense {
        supply: supply(),
        request: Some(source("dr1")),
        handed_over: ObservationDate::At(at("2026-05-19T11:00:00+02:00")),
        amount: amount("mL", true),
        days: Some(90),
        supplier: Some(source("g3")),
    };
    records.dispenses = vec![record("di1", dispense)];
    if let Some(third) = records.medications.get_mut(2) {
        third.d.prescribed_by = Some(Who::Professional(source("z1")));
        third.d.treatment_id = some("mbh-3");
        third.d.dosing = usage().dosing;
        third.d.agreed = Some(ObservationDate::Day(date(2026, 5, 18)));
        third.d.contact = Some(source("c1"));
        third.d.days = Some(90);
        third.d.note = some("Niet met alcohol");
    }
}

fn add_results(records: &mut PatientRecords) {
    let measured = |loinc: &str, name: &str, value: &str, unit: &str| Observation {
        loinc: some(loinc),
        contact: Some(source("c1")),
        episodes: sources(&["ep1"]),
        ..observation(name, number(value, unit, true))
    };
    let panel = Observation {
        loinc: some("24323-8"),
        kind: Some(ResultKind::Laboratory),
        members: sources(&["o07", "o18"]),
        performer: Some(Who::Organization(source("g1"))),
        ..observation("Nierfunctie", ObservationValue::None)
    };
    let resistant = Observation {
        nhg45: some("1334"),
        kind: Some(ResultKind::Laboratory),
        identifier: some("L-18"),
        unit_text: some("mg/l"),
        flag: Some(Flag::R),
        interpretation: some("resistent tegen penicilline"),
        body_site: site("54066008", "keel"),
        method: Some(sct("702675006", "probe")),
        specimen: Some(source("s1")),
        order: Some(source("w1")),
        ..observation("Gevoeligheid", number("8", "mg/L", true))
    };
    records.observations.extend([
        record("o12", measured("8462-4", "Diastolische bloeddruk", "88", "mm[Hg]")),
        record("o13", measured("8867-4", "Hartfrequentie", "72", "/min")),
        record("o14", measured("59408-5", "Zuurstofsaturatie", "97", "%")),
        record("o15", measured("9843-4", "Schedelomtrek", "56.5", "cm")),
        record("o16", Observation { nhg45: some("1872"), ..measured("8280-0", "Middelomtrek", "98", "cm") }),
        record("o17", panel),
        record("o18", resistant),
    ]);
    let specimen = |material: Coded, method: Coded| Specimen {
        number: some("M-1"),
        material,
        collected: Some(ObservationDate::At(at("2026-06-04T08:10:00+02:00"))),
        received: Some(ObservationDate::At(at("2026-06-04T12:00:00+02:00"))),
        method: Some(method),
        body_site: site("54066008", "keel"),
        volume: Some(Amount { value: "5".into(), unit: some("mL"), ucum: true }),
        note: some("Nuchter"),
    };
    records.specimens = vec![
        record("s1", specimen(sct("119342007", "speeksel"), sct("28520004", "venapunctie"))),
        record("s2", specimen(words("uitstrijkje"), words("wattenstok"))),
    ];
    let order = Order {
        number: some("W-1"),
        date: Some(date(2026, 6, 3)),
        requester: doctor(),
        performer: Some(source("g1")),
        code: Some(coded(CodeSystem::Nhg45, "1334", "Keelkweek gevraagd")),
        reason: some("Keelpijn"),
        question: some("Streptokok?"),
        note: some("Spoed"),
        completed: true,
        episodes: sources(&["ep1"]),
    };
    let procedure = Order { code: Some(sct("16310003", "echografie")), completed: false, ..order.clone() };
    records.orders = vec![record("w1", order), record("w2", procedure)];
    if let Some(report) = records.reports.first_mut() {
        report.d.order = Some(source("w1"));
    }
}

fn add_procedures(records: &mut PatientRecords) {
    let operated = Treatment {
        procedure: Some(coded(CodeSystem::Nhg49, "99", "PCI")),
        date: Some(PartialDate { year: 2011, month: Some(1), day: None }),
        end: Some(date(2011, 2, 1)),
        body_site: site("80891009", "hart"),
        performer: Some(Who::Professional(source("z1"))),
        note: some("Zonder bijzonderheden"),
        ..treatment("Dotterbehandeling")
    };
    records.treatments.push(record("t2", operated));
    let coded_vaccine = Vaccination {
        atc: some("J07BB02"),
        batch: some("A1"),
        product: Product { hpk: some("123"), ..Product::default() },
        sct: some("1119349007"),
        identifier: some("vac-2"),
        form: Some(Route { code: some("211"), display: "injectievloeistof".into() }),
        dose_ml: some("0.5"),
        body_site: site("368208006", "linkerbovenarm"),
        route: Some(Route { code: some("2"), display: "intramusculair".into() }),
        performer: doctor(),
        location: some("Praktijk"),
        motive: Some(VaccinationMotive::Programme),
        indication: Some(sct("404904002", "Kwetsbare oudere")),
        disease: Some(sct("6142004", "Influenza")),
        note: some("Goed verdragen"),
        ..vaccination("Influenzavaccin")
    };
    let unknown_batch = Vaccination { batch: None, batch_unknown: true, ..coded_vaccine.clone() };
    records.vaccinations.extend([record("v2", coded_vaccine), record("v3", unknown_batch)]);
    let day = date(2026, 1, 1);
    let carrier = Alert {
        text: "Draagt MRSA bij zich".into(),
        start: day,
        end: None,
        name: Some(sct("432415000", "drager van MRSA")),
        author: doctor(),
    };
    records.alerts.push(record("al2", carrier));
    let contra = ContraIndication {
        code: some("12"),
        display: "Astma".into(),
        start: day,
        end: None,
        author: doctor(),
        end_reason: some("over"),
        note: some("Mild"),
    };
    records.contraindications.push(record("ci2", contra));
    let cardiology = Referral {
        icpc: some("K75"),
        number: some("ZD-1"),
        text: some("Graag uw oordeel"),
        by: doctor(),
        performer: Some(Who::Professional(source("z1"))),
        service: Some(sct("183519002", "verwijzing naar cardiologie")),
        end: Some(date(2027, 1, 1)),
        episodes: sources(&["ep1"]),
        ..referral("Cardioloog")
    };
    records.referrals.push(record("rf2", cardiology));
    if let Some(allergy) = records.allergies.first_mut() {
        allergy.d.criticality = Some(Criticality::Fatal);
        allergy.d.recorded = Some(date(2010, 1, 1));
        allergy.d.recorder = doctor();
        allergy.d.verification = Some(Verification::Confirmed);
        allergy.d.last_reaction = Some(PartialDate { year: 2015, month: None, day: None });
        allergy.d.reactions = vec![AllergyReaction {
            symptom: sct("271807003", "exantheem"),
            substance: Some(Agent { system: AgentSystem::GHpk, code: some("123"), display: "Amoxicilline".into() }),
            severity: Some(Severity::Mild),
            at: Some(PartialDate { year: 2009, month: Some(5), day: None }),
            description: some("Rode vlekken"),
        }];
    }
}

fn add_social(records: &mut PatientRecords) {
    let directive = |treatment: Coded, decision: Decision| Directive {
        treatment,
        decision,
        specification: some("alleen overdag"),
        date: Some(date(2025, 1, 1)),
        end: Some(date(2030, 1, 1)),
        end_reason: some("verlopen"),
        advance_directive: Some(source("ad1")),
        agreed_with: vec![Who::Patient, Who::ContactPerson(source("cp1")), Who::Employee(source("e1"))],
        note: some("Besproken"),
    };
    records.directives = vec![
        record("td1", directive(sct("89666000", "reanimatie"), Decision::Deny)),
        record("td2", directive(words("dialyse"), Decision::Other)),
    ];
    let advance = |kind: Option<&'static str>| AdvanceDirective {
        kind,
        kind_text: kind.is_none().then(|| "eigen verklaring".into()),
        date: Some(date(2025, 1, 1)),
        end: None,
        representative: Some(source("cp1")),
        episodes: sources(&["ep1"]),
        note: some("Kopie in het dossier"),
    };
    records.advance_directives = vec![record("ad1", advance(Some("NR"))), record("ad2", advance(None))];
    let lifestyle = |kind: LifestyleKind, status: UseStatus, substance: Option<Coded>| Lifestyle {
        kind,
        status,
        start: Some(PartialDate { year: 1990, month: None, day: None }),
        end: None,
        substance,
        amount: some("20"),
        amount_text: some("2 maal per maand"),
        pack_years: Some(30),
        route: Some(coded(CodeSystem::GRoute, "62", "inhalatie")),
        recorded: Some(date(2026, 1, 1)),
        author: doctor(),
        note: some("Wil stoppen"),
    };
    records.lifestyles = vec![
        record("ls1", lifestyle(LifestyleKind::Tobacco, UseStatus::Daily, Some(sct("65568007", "rookt sigaretten")))),
        record("ls2", lifestyle(LifestyleKind::Alcohol, UseStatus::Uses, None)),
        record("ls3", lifestyle(LifestyleKind::Drugs, UseStatus::Other, Some(sct("398705004", "cannabis")))),
    ];
    let living = |house: Option<&'static str>, text: Option<&str>| LivingSituation {
        house,
        house_text: text.map(str::to_owned),
        recorded: Some(date(2026, 1, 1)),
        author: doctor(),
        note: some("Derde verdieping"),
    };
    records.living_situations = vec![
        record("li1", living(Some("FLATW"), None)),
        record("li2", living(None, Some("bij familie"))),
        record("li3", living(None, None)),
    ];
    let status = |kind: StatusKind, name: Coded, value: Coded| FunctionalStatus {
        kind,
        name,
        value,
        date: Some(PartialDate { year: 2026, month: Some(1), day: None }),
        device: Some(source("dv1")),
        author: doctor(),
        note: some("Met rollator"),
    };
    let icf = |code: &str, display: &str| coded(CodeSystem::Icf, code, display);
    records.functional_statuses = vec![
        record("fs1", status(StatusKind::Functional, icf("d450", "Lopen"), icf("d450.2", "matige beperking"))),
        record("fs2", status(StatusKind::Mental, words("geheugen"), words("vergeetachtig"))),
    ];
    let device = |product: Coded, gtin: Option<&str>, hibc: Option<&str>| Device {
        product,
        gtin: gtin.map(str::to_owned),
        hibc: hibc.map(str::to_owned),
        description: some("DDD"),
        body_site: site("80891009", "hart"),
        start: Some(PartialDate { year: 2020, month: None, day: None }),
        end: None,
        author: Some(Who::Professional(source("z1"))),
        episodes: sources(&["ep1"]),
        note: some("Jaarlijks controleren"),
    };
    records.devices = vec![
        record("dv1", device(sct("14106009", "pacemaker"), Some("08712345678906"), None)),
        record("dv2", device(words("rollator"), None, Some("A123"))),
    ];
}
