//! An invented dossier in which every building block occurs in its rich and in its poor form.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::civil::{Date, date};

use crate::domain::dossier::*;
use crate::domain::ids::ResourceId;
use crate::domain::time::{PartialDate, Timestamp};

/// The patient's own number: it may stand in no body.
pub(super) const BSN: &str = "999990019";
/// The number of the patient's father.
pub(super) const OTHER_BSN: &str = "999991061";
/// The hash of the letter whose bytes are there.
pub(super) const LETTER: &str = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/// A stand-in for the keyed hash of a practice.
pub(in crate::mapping) fn id(purpose: &str, key: &str) -> ResourceId {
    let hash = digest(&SHA256, format!("{purpose}|{key}").as_bytes());
    ResourceId::try_from(&hash.as_ref()[..16]).unwrap()
}

pub(in crate::mapping) fn source(text: &str) -> SourceId {
    text.parse().unwrap()
}

pub(super) fn sources(texts: &[&str]) -> Vec<SourceId> {
    texts.iter().map(|text| source(text)).collect()
}

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(in crate::mapping) fn record<T>(id: &str, d: T) -> Record<T> {
    Record { id: source(id), v: 3, at: at("2026-06-14T18:00:00+02:00"), mark: PracticeMark::default(), d }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(in crate::mapping) fn practice() -> PracticeRecords {
    let practice = Practice {
        name: "Huisartsenpraktijk De Zandhoek (fictief)".into(),
        ura: "90007771".into(),
        agb: "01777771".into(),
        org_type: None,
        reach: Reach::default(),
        settings: Vec::new(),
    };
    let employees = [
        record(
            "e1",
            Employee {
                name: "A.B. Wiersinga".into(),
                role: Role::Huisarts,
                uzi_role: some("01.015"),
                agb: some("01777772"),
                uzi: some("999900001"),
                big: some("19999999901"),
                active: true,
                name_parts: None,
                sex: None,
                specialty: None,
                reach: Reach::default(),
            },
        ),
        record(
            "e2",
            Employee {
                name: "C. Hummel".into(),
                role: Role::Doktersassistent,
                uzi_role: None,
                agb: None,
                uzi: None,
                big: None,
                active: false,
                name_parts: None,
                sex: None,
                specialty: None,
                reach: Reach::default(),
            },
        ),
    ];
    let employees: BTreeMap<_, _> = employees.into_iter().map(|employee| (employee.id.clone(), employee)).collect();
    PracticeRecords {
        practice: record("pr1", practice),
        employees,
        organizations: super::sample_two::organizations(),
        professionals: super::sample_two::professionals(),
        shared: BTreeMap::new(),
    }
}

pub(in crate::mapping) fn patient() -> Patient {
    Patient {
        bsn: BSN.parse().ok(),
        bsn_verified: true,
        name: PersonName {
            initials: some("T.W."),
            first: some("Tjitske"),
            call: some("Tjits"),
            prefix: some("van der"),
            last: "Veen".into(),
            partner_prefix: some("de"),
            partner_last: some("Vries"),
            use_: Some(NameUse::NL4),
            title: None,
            suffix: None,
        },
        sex: Sex::Female,
        birth: PartialDate { year: 1961, month: Some(8), day: Some(9) },
        deceased: None,
        multiple_birth: Some(false),
        addr: Some(Address {
            street: some("Zandpad"),
            nr: Some(12),
            nr_letter: some("b"),
            nr_add: some("II"),
            indication: some("to"),
            postcode: some("9998 zy"),
            city: some("Proefdorp"),
            country: some("NL"),
            secret: false,
            ..Address::default()
        }),
        phone: vec!["0600000001".into(), "+31190531770".into()],
        email: some("tjitske@voorbeeld.example"),
        insurer: None,
        gp: Some(source("e1")),
        registered_from: date(1999, 4, 1),
        registered_to: None,
        status: PatientStatus::Registered,
        addresses: Vec::new(),
        phones: Vec::new(),
        marital_status: None,
    }
}

pub(super) fn episode(title: Option<&str>, icpc: Option<&str>, start: Date) -> Episode {
    Episode {
        title: title.map(str::to_owned),
        friendly_title: None,
        icpc: icpc.map(str::to_owned),
        start,
        end: None,
        status: EpisodeStatus::Open,
        attention: Attention::No,
        flag: None,
        visible: Visibility::Shown,
        sensitive: false,
        bundle: None,
        icpc_text: None,
        attention_start: None,
        attention_by: None,
    }
}

pub(super) fn line(index: usize, kind: LineKind, text: &str, icpc: Option<&str>) -> Line {
    Line {
        index,
        kind,
        text: text.into(),
        icpc: icpc.map(str::to_owned),
        visible: Visibility::Shown,
        third_party: false,
        edited_at: None,
        icpc_text: None,
        author: None,
        problem: None,
    }
}

pub(super) fn contact(start: &str) -> Contact {
    Contact {
        start: at(start),
        end: None,
        kind: ContactKind::Consult,
        nhg14: some("03"),
        with_patient: Some(true),
        carer: Some(source("e1")),
        location: None,
        day_only: false,
        reason: None,
    }
}

pub(super) fn medication(name: &str) -> Medication {
    Medication {
        prk: some("12345678"),
        hpk: None,
        gpk: None,
        zi: None,
        atc: None,
        name: some(name),
        start: date(2026, 5, 18),
        end: None,
        stopped_at: None,
        stop_reason: None,
        chronic: false,
        dosage_text: None,
        nhg25: Vec::new(),
        qty: None,
        unit: None,
        repeats: None,
        route: None,
        reason_icpc: None,
        prescriber: Some(source("e1")),
        episodes: Vec::new(),
        entered_in_error: false,
        contact: None,
        treatment_id: None,
        agreed: None,
        days: None,
        dosing: Vec::new(),
        prescribed_by: None,
        note: None,
    }
}

pub(super) fn observation(name: &str, value: ObservationValue) -> Observation {
    Observation {
        nhg45: None,
        key: None,
        loinc: None,
        name: some(name),
        date: ObservationDate::Day(date(2026, 5, 18)),
        value,
        low: None,
        high: None,
        flag: None,
        status: ObservationStatus::Final,
        lab: None,
        lab_agb: None,
        report: None,
        contact: None,
        episodes: Vec::new(),
        comment: None,
        comment_third_party: false,
        release: ResultRelease { state: ResultState::Published, at: None, conclusion: None, by: None },
        kind: None,
        identifier: None,
        unit_text: None,
        interpretation: None,
        body_site: None,
        method: None,
        performer: None,
        specimen: None,
        members: Vec::new(),
        order: None,
    }
}

pub(super) fn number(value: &str, unit: &str, ucum: bool) -> ObservationValue {
    ObservationValue::Quantity { value: value.into(), unit: some(unit), ucum, comparator: None }
}

pub(super) fn document(kind: DocumentKind, title: &str, sha256: &str) -> Document {
    Document {
        kind,
        title: title.into(),
        date: None,
        received: date(2026, 1, 24),
        mime: "application/pdf".into(),
        size: 48211,
        sha256: sha256.into(),
        from: None,
        to: None,
        published: true,
        published_at: None,
        explanation: None,
        override_episode: false,
        third_party: false,
        stored_at: None,
        episodes: Vec::new(),
        doc_type: None,
        class: None,
        identifier: None,
        superseded: false,
        entered_in_error: false,
        author: None,
        language: None,
    }
}

/// Everything at once.
pub(in crate::mapping) fn rich() -> PatientRecords {
    let mut records = PatientRecords::of(record("p1", patient()));
    records.release = Some(record("p1-rel", release()));
    records.representatives = vec![record("p1-r1", father())];
    records.episodes = episodes();
    records.contacts = contacts();
    records.entries = entries();
    records.medications = medications();
    records.allergies = allergies();
    records.observations = observations();
    records.reports = vec![record("lab1", report())];
    records.documents = documents();
    records.complete_blobs.insert(LETTER.to_owned());
    add_smaller_sections(&mut records);
    super::sample_two::add(&mut records);
    records
}

fn release() -> ReleaseRecord {
    ReleaseRecord {
        state: DossierState::Open,
        opened_at: Some(at("2021-03-02T09:12:00+01:00")),
        requested_at: None,
        mode: Some(RequestMode::Manual),
        by: Some(source("e2")),
        back_catalogue: Vec::new(),
        patient_hidden: vec![RecordRef { t: RecordType::Episode, id: source("ep4") }],
        block: Block::None,
    }
}

fn father() -> Representative {
    Representative {
        name: "K. Veen".into(),
        relation: Relation::Mandate,
        bsn: OTHER_BSN.parse().ok(),
        authority: None,
        consent_child: None,
        consent_child_on: None,
        valid_from: date(2020, 1, 1),
        valid_to: None,
        name_parts: None,
        reach: Reach::default(),
    }
}

fn episodes() -> Vec<Record<Episode>> {
    let attention = Episode {
        friendly_title: some("Suikerziekte (type 2)"),
        attention: Attention::Yes,
        ..episode(Some("Diabetes mellitus type 2"), Some("T90.02"), date(2014, 9, 10))
    };
    let closed = Episode {
        end: Some(date(2023, 3, 1)),
        status: EpisodeStatus::Closed,
        ..episode(Some("Otitis media"), Some("H71"), date(2023, 2, 6))
    };
    vec![
        record("ep1", attention),
        record("ep2", closed),
        record("ep3", episode(None, Some("A04"), date(2026, 5, 20))),
        record("ep4", episode(Some("Zorgen thuis"), None, date(2025, 10, 2))),
    ]
}

fn contacts() -> Vec<Record<Contact>> {
    let plain = Contact {
        kind: ContactKind::SpoedHap,
        nhg14: None,
        carer: None,
        location: some("Huisartsenspoedpost Proefdorp"),
        ..contact("2026-03-01T23:30:00+01:00")
    };
    let full = Contact { end: Some(at("2026-05-18T14:20:00+02:00")), ..contact("2026-05-18T14:05:00+02:00") };
    vec![record("c1", full), record("c2", plain)]
}

fn entries() -> Vec<Record<Entry>> {
    let both = Entry {
        contact: source("c1"),
        seq: 1,
        episodes: sources(&["ep1"]),
        lines: vec![
            line(1, LineKind::E, "Suikerziekte, HbA1c > 53 & stijgend.", Some("T90.02")),
            line(3, LineKind::P, "Dosis omhoog.\nOver 6 weken prikken.", None),
        ],
        not_for_representative: false,
    };
    let many = Entry {
        contact: source("c2"),
        seq: 1,
        episodes: Vec::new(),
        lines: vec![
            line(0, LineKind::E, "Nummer 999990019 gecontroleerd.", None),
            line(1, LineKind::P, "Vader (999991061) gebeld.", Some("A04")),
            line(2, LineKind::P, "Drie", None),
            line(3, LineKind::E, "Vier", None),
            line(4, LineKind::P, "Vijf", None),
        ],
        not_for_representative: true,
    };
    let hidden = Entry {
        seq: 2,
        episodes: sources(&["ep4"]),
        lines: vec![line(0, LineKind::E, "Thuis.", None)],
        ..both.clone()
    };
    vec![record("c1-1", both), record("c1-2", hidden), record("c2-1", many)]
}

fn medications() -> Vec<Record<Medication>> {
    let full = Medication {
        zi: some("14123456"),
        hpk: some("768901"),
        gpk: some("51004"),
        atc: some("A10BA02"),
        chronic: true,
        dosage_text: some("2D1T zn (2 maal daags 1 tablet, zo nodig)"),
        nhg25: vec!["1010".into(), "1028".into()],
        qty: some("90.50"),
        unit: some("stuk"),
        repeats: Some(3),
        route: Some(Route { code: some("9"), display: "oraal".into() }),
        reason_icpc: some("T90.02"),
        episodes: sources(&["ep1"]),
        ..medication("Metformine tablet 850 mg")
    };
    let stopped = Medication {
        end: Some(date(2026, 7, 8)),
        stopped_at: Some(at("2026-06-20T14:15:00+02:00")),
        stop_reason: some("dosis gewijzigd"),
        dosage_text: some("2 inhalaties half uur voor het sporten"),
        route: Some(Route { code: None, display: "inhalatie".into() }),
        reason_icpc: some("R96"),
        episodes: sources(&["ep2", "ep3"]),
        ..medication("Salbutamol aerosol")
    };
    let words_only = Medication { prk: None, prescriber: None, ..medication("Zalf volgens recept dokter") };
    let coded_only =
        Medication { name: None, end: Some(date(2026, 7, 8)), episodes: sources(&["ep4"]), ..medication("") };
    vec![record("m1", full), record("m2", stopped), record("m3", words_only), record("m4", coded_only)]
}

fn allergies() -> Vec<Record<Allergy>> {
    let allergy = |system: AgentSystem, code: Option<&str>, display: &str| Allergy {
        agent: Agent { system, code: code.map(str::to_owned), display: display.into() },
        category: AllergyCategory::Medication,
        status: AllergyStatus::Active,
        onset: Some(PartialDate { year: 2009, month: Some(11), day: None }),
        severity: Some(Severity::Severe),
        reaction: some("Huiduitslag"),
        note: some("Geldt alleen voor dit merk"),
        criticality: None,
        reactions: Vec::new(),
        recorded: None,
        recorder: None,
        verification: None,
        last_reaction: None,
    };
    let bare = Allergy {
        category: AllergyCategory::Other,
        status: AllergyStatus::Inactive,
        onset: None,
        reaction: None,
        note: None,
        ..allergy(AgentSystem::Text, None, "Pleisters")
    };
    let error = Allergy {
        status: AllergyStatus::Error,
        severity: None,
        reaction: None,
        ..allergy(AgentSystem::GGpk, Some("51004"), "Ibuprofen")
    };
    let food = Allergy { category: AllergyCategory::Food, ..allergy(AgentSystem::Sct, Some("256349002"), "Pinda") };
    vec![
        record("a1", allergy(AgentSystem::GTh122, Some("35"), "Penicillines")),
        record("a2", bare),
        record("a3", error),
        record("a4", food),
    ]
}

fn observations() -> Vec<Record<Observation>> {
    let measured = |nhg45: &str, loinc: Option<&str>, name: &str, value: ObservationValue| Observation {
        nhg45: some(nhg45),
        loinc: loinc.map(str::to_owned),
        contact: Some(source("c1")),
        episodes: sources(&["ep1"]),
        ..observation(name, value)
    };
    let concluded = |text: &str| ResultRelease {
        state: ResultState::Published,
        at: Some(at("2026-06-08T10:00:00+02:00")),
        conclusion: some(text),
        by: Some(source("e1")),
    };
    let lab = |nhg45: &str, name: &str, value: ObservationValue| Observation {
        nhg45: some(nhg45),
        date: ObservationDate::At(at("2026-06-04T08:10:00+02:00")),
        report: Some(source("lab1")),
        release: concluded("Geen afwijkingen."),
        ..observation(name, value)
    };
    let glucose = Observation {
        low: some("4.0"),
        high: some("5.60"),
        flag: Some(Flag::H),
        comment: some("Nuchter afgenomen"),
        ..lab("372", "Glucose nuchter, veneus (lab)", number("7.40", "mmol/L", true))
    };
    let coded = ObservationValue::Coded { code: some("32"), display: some("positief") };
    let less = ObservationValue::Quantity {
        value: "0.10".into(),
        unit: some("E/ml"),
        ucum: false,
        comparator: Some(Comparator::Less),
    };
    let text = ObservationValue::Text("Normale keelflora.".into());
    let commented = Observation {
        comment: some("Moeder heeft dit ook"),
        comment_third_party: true,
        flag: Some(Flag::A),
        report: None,
        lab: some("Lab Noordpolder Oost"),
        ..lab("852", "Multi-rast (Phadiatop)", coded)
    };
    vec![
        record("o01", measured("1744", Some("8480-6"), "Systolische bloeddruk", number("142", "mm[Hg]", true))),
        record("o02", measured("1875", None, "polsfrequentie", number("84", "/min", true))),
        record("o03", measured("1915", Some("8310-5"), "temperatuur (oraal gemeten)", number("37.40", "Cel", true))),
        record("o04", measured("357", Some("29463-7"), "gewicht", number("80.5", "kg", true))),
        record("o05", measured("560", Some("8302-2"), "lengte", number("181", "cm", true))),
        record("o06", measured("357", Some("29463-7"), "gewicht", number("80.5", "pond", false))),
        record("o07", glucose),
        record("o08", lab("1334", "Kweek keel", text)),
        record("o09", commented),
        record("o10", observation("Vragenlijst", ObservationValue::None)),
        record("o11", Observation { lab_agb: some("50007771"), ..observation("IgE (lab)", less) }),
    ]
}

fn report() -> Report {
    Report {
        lab: "Lab Noordpolder".into(),
        lab_agb: some("50007771"),
        number: "70001".into(),
        requested_at: None,
        sampled_at: Some(at("2026-06-04T08:10:00+02:00")),
        authorised_at: Some(at("2026-06-05T13:02:00+02:00")),
        complete: Some(true),
        members: sources(&["o07", "o08"]),
        order: None,
        performer: None,
        sampled_on: None,
        status: None,
    }
}

fn documents() -> Vec<Record<Document>> {
    let letter = Document {
        date: Some(date(2026, 1, 22)),
        from: some("Oogpoli, Ziekenhuis Noordpolder"),
        explanation: some("De ogen zijn in orde."),
        episodes: sources(&["ep1"]),
        ..document(DocumentKind::SpecialistLetter, "Brief oogarts", LETTER)
    };
    let without_bytes = document(DocumentKind::Form, "Vragenlijst", &"0".repeat(64));
    let picture = Document { mime: "image/jpeg".into(), ..document(DocumentKind::Other, "Foto", LETTER) };
    vec![record("d1", letter), record("d2", without_bytes), record("d3", picture)]
}

fn add_smaller_sections(records: &mut PatientRecords) {
    let day = date(2026, 6, 1);
    records.contraindications = vec![record(
        "ci1",
        ContraIndication {
            code: None,
            display: "Astma".into(),
            start: day,
            end: None,
            author: None,
            end_reason: None,
            note: None,
        },
    )];
    records.treatments = vec![record("t1", treatment("PCI"))];
    records.prophylaxes =
        vec![record("x1", Prophylaxis { nhg56: None, name: "Griepvaccinatie".into(), start: day, end: None })];
    records.vaccinations = vec![record("v1", vaccination("Griep"))];
    records.alerts =
        vec![record("al1", Alert { text: "Let op".into(), start: day, end: None, name: None, author: None })];
    records.referrals = vec![record("rf1", referral("Oogarts"))];
    records.appointments = vec![record(
        "ap1",
        Appointment {
            start: at("2026-06-29T08:50:00+02:00"),
            end: None,
            status: AppointmentStatus::Booked,
            with: Some(source("e1")),
            kind: None,
            reason: None,
            episodes: sources(&["ep1"]),
        },
    )];
}

pub(super) fn treatment(what: &str) -> Treatment {
    Treatment {
        code: None,
        code_text: what.into(),
        date: None,
        side: None,
        visible: Visibility::Shown,
        episodes: sources(&["ep1"]),
        procedure: None,
        end: None,
        body_site: None,
        performer: None,
        note: None,
    }
}

pub(super) fn vaccination(name: &str) -> Vaccination {
    Vaccination {
        atc: None,
        prk: None,
        name: some(name),
        date: date(2026, 6, 1),
        batch: None,
        batch_unknown: false,
        product: Product::default(),
        sct: None,
        identifier: None,
        form: None,
        dose_ml: None,
        body_site: None,
        route: None,
        performer: None,
        location: None,
        motive: None,
        indication: None,
        disease: None,
        note: None,
    }
}

pub(super) fn referral(to: &str) -> Referral {
    Referral {
        to: to.into(),
        icpc: None,
        date: date(2026, 6, 1),
        number: None,
        text: None,
        episodes: Vec::new(),
        by: None,
        performer: None,
        service: None,
        completed: false,
        end: None,
    }
}
