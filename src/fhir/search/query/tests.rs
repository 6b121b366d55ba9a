use super::super::includes::included;
use super::super::values::values_of;
use super::*;
use crate::fhir::ResourceType as R;
use crate::fhir::catalogue::Catalogue;
use crate::fhir::links::{Link, links_of};
use proptest::prelude::*;
use serde_json::json;

const NHG_45: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen";

fn parse_at(service: &str, kind: R, pairs: &[(&str, &str)]) -> Result<Query, QueryFault> {
    let catalogue = Catalogue::built_in().unwrap();
    let service = catalogue.find(service).unwrap();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Query::parse(service, service.find_search(kind).unwrap(), &pairs)
}

fn parse(kind: R, pairs: &[(&str, &str)]) -> Result<Query, QueryFault> {
    parse_at("HG-R4", kind, pairs)
}

fn id(n: u8) -> ResourceId {
    ResourceId::from_bytes([n; 16])
}

/// A dossier of which nothing else is shown.
struct Alone;

impl Nodes for Alone {
    fn count(&self) -> usize {
        0
    }

    fn node(&self, _: usize) -> Option<Node<'_>> {
        None
    }

    fn place_of(&self, _: &ResourceId) -> Option<usize> {
        None
    }
}

/// Does the query match the resource with number 1, of the type it searches?
fn matches(query: &Query, search: &SearchValues) -> bool {
    query.matches(Node { kind: query.kind(), id: id(1), links: &[], search }, &Alone)
}

fn hits(kind: R, pairs: &[(&str, &str)], body: &serde_json::Value) -> bool {
    matches(&parse(kind, pairs).unwrap(), &values_of(FhirRelease::R4, kind, body))
}

#[test]
fn nothing_in_a_request_chooses_a_patient() {
    let bsn = "http://fhir.nl/fhir/NamingSystem/bsn|999990019";
    let cases = [
        ("patient", "Patient/1"),
        ("patient", ""),
        ("subject", "x"),
        ("subject:Patient", "x"),
        ("patient.identifier", bsn),
        ("patient:identifier", bsn),
        ("beneficiary", "x"),
        ("beneficiary.identifier", bsn),
        ("identifier", bsn),
        ("identifier", "https://FHIR.nl/fhir/namingsystem/BSN|1"),
        ("identifier", "urn:oid:2.16.840.1.113883.2.4.6.3|1"),
        ("code", bsn),
        ("whatever", bsn),
        ("performer", "Patient/1"),
        ("performer", "https://server/fhir/Patient/1"),
    ];
    for (name, value) in cases {
        let fault = parse(R::Observation, &[(name, value)]).unwrap_err();
        assert_eq!(fault.reason, Reason::Patient, "{name}={value}");
        assert!(!fault.to_string().contains("99999"), "{fault}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let cases = [
        ("date", "tomorrow", Reason::Date),
        ("date", "ap2026", Reason::Date),
        ("date", "ge", Reason::Date),
        ("date", "", Reason::Empty),
        ("date", "2026,", Reason::Empty),
        ("code", "", Reason::Empty),
        ("code", "a,,b", Reason::Empty),
        ("code", "|", Reason::Token),
        ("code", "a|b|c", Reason::Token),
        ("code:text", "x", Reason::Modifier),
        ("code:not", "x", Reason::Modifier),
        ("date:missing", "true", Reason::Modifier),
        ("encounter.status", "x", Reason::Chained),
        ("encounter:Encounter.status", "x", Reason::Chained),
        ("_has:Observation:performer:code", "x", Reason::Chained),
        ("_count", "abc", Reason::Count),
        ("_count", "-1", Reason::Count),
        ("_count", "+1", Reason::Count),
        ("_count", "", Reason::Count),
        ("_id", "", Reason::Empty),
        ("_summary", "short", Reason::Summary),
        ("_include", "Observation", Reason::Include),
        ("_include", "Observation:", Reason::Include),
        ("_include", "a:b:c:d", Reason::Include),
        ("_include:iterate", "", Reason::Include),
        ("_cursor", "", Reason::Empty),
    ];
    for (name, value, reason) in cases {
        let fault = parse(R::Observation, &[(name, value)]).unwrap_err();
        assert_eq!(fault.reason, reason, "{name}={value}");
        let base = name.split([':', '.']).next().unwrap();
        assert_eq!(fault.param, base, "{name}");
        assert!(value.len() < 3 || !fault.to_string().contains(value), "{fault}");
    }
    assert_eq!(parse(R::Observation, &[("_count", "5"), ("_count", "6")]).unwrap_err().reason, Reason::Repeated);
    assert_eq!(parse(R::Observation, &[("_cursor", "a"), ("_cursor", "b")]).unwrap_err().reason, Reason::Repeated);
}

#[test]
fn too_many_values_are_refused() {
    let many = ["x"; MOST + 1].join(",");
    assert_eq!(parse(R::Observation, &[("code", &many)]).unwrap_err().reason, Reason::TooMany);
    assert_eq!(parse(R::Observation, &[("x", "y"); MOST + 1]).unwrap_err().reason, Reason::TooMany);
}

#[test]
fn a_fault_names_the_parameter_without_what_a_client_puts_in_its_name() {
    assert_eq!(QueryFault::new("code999990019", Reason::Token).param, "code");
    assert_eq!(QueryFault::new(&"a".repeat(99), Reason::Token).param.len(), 32);
    let outcome = String::from_utf8(QueryFault::new("date", Reason::Date).outcome().to_json()).unwrap();
    assert!(outcome.contains(r#""code":"invalid""#) && outcome.contains("search parameter 'date'"));
}

#[test]
fn what_is_not_offered_is_ignored_and_left_out_of_the_self_link() {
    let pairs = [
        ("value-quantity", "gt5"),
        ("_format", "json"),
        ("_revinclude", "Provenance:target"),
        ("_include", "*"),
        ("_include", "Observation:device"),
        ("_summary", "text"),
        ("_sort", "-date"),
        ("access_token", "secret"),
        ("status", "final"),
    ];
    let query = parse(R::Observation, &pairs).unwrap();
    assert_eq!(query.filters().len(), 1);
    assert!(query.includes().is_empty());
    assert_eq!(query.summary(), Summary::Full);
    assert_eq!(query.self_link("https://x/fhir"), "https://x/fhir/Observation?status=final");
}

#[test]
fn the_self_link_holds_the_values_verbatim() {
    let code = format!("{NHG_45}|");
    let pairs =
        [("code", code.as_str()), ("date", "ge2025-04-15"), ("_include", "Observation:has-member"), ("_count", "20")];
    let query = parse(R::Observation, &pairs).unwrap();
    let link = query.self_link("https://x/fhir/");
    assert_eq!(
        link,
        format!(
            "https://x/fhir/Observation?code={NHG_45}%7C&date=ge2025-04-15&_include=Observation:has-member&_count=20"
        )
    );
    let read: Vec<(String, String)> = url::Url::parse(&link).unwrap().query_pairs().into_owned().collect();
    assert_eq!(read, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn pages_of_one_search_share_their_criteria() {
    let first = parse(R::Observation, &[("status", "final"), ("_count", "5")]).unwrap();
    let next = first.next_link("https://x", "abc");
    assert_eq!(next, "https://x/Observation?status=final&_count=5&_cursor=abc");
    let second = parse(R::Observation, &[("status", "final"), ("_count", "5"), ("_cursor", "abc")]).unwrap();
    assert_eq!((second.cursor(), second.count()), (Some("abc"), Some(5)));
    assert_eq!(second.next_link("https://x", "def"), "https://x/Observation?status=final&_count=5&_cursor=def");
    assert_eq!(first.criteria(), second.criteria());
    assert_ne!(first.criteria(), parse(R::Observation, &[("_count", "5")]).unwrap().criteria());
}

#[test]
fn only_the_number_is_a_summary_of_its_own() {
    assert_eq!(parse(R::Flag, &[("_summary", "count")]).unwrap().summary(), Summary::Count);
    assert_eq!(parse(R::Flag, &[("_count", "0")]).unwrap().summary(), Summary::Count);
    assert_eq!(parse(R::Flag, &[("_summary", "false")]).unwrap().summary(), Summary::Full);
    assert_eq!(parse(R::Flag, &[("_count", "99999999999999999999")]).unwrap().count(), Some(u32::MAX));
}

#[test]
fn the_requests_of_pgos_find_what_they_mean() {
    let prescription = json!({
        "extension": [{
            "url": "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period",
            "valuePeriod": {"start": "2026-01-01", "end": "2026-06-15"}
        }],
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "33633005"}]}],
    });
    for category in ["http://snomed.info/sct|16076005", "http://snomed.info/sct|33633005", "33633005", "16076005"] {
        for name in ["period-of-use", "periodofuse"] {
            assert!(hits(R::MedicationRequest, &[("category", category), (name, "ge2026-06-15")], &prescription));
            assert!(!hits(R::MedicationRequest, &[("category", category), (name, "ge2026-06-16")], &prescription));
        }
    }
    let allergy = json!({"category": ["medication"]});
    assert!(hits(R::AllergyIntolerance, &[("category", "medication")], &allergy));
    assert!(!hits(R::AllergyIntolerance, &[("category", "food")], &allergy));
    let weight = json!({
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": NHG_45, "code": "357"}]},
        "effectiveDateTime": "2026-06-15",
    });
    for category in ["vital-signs", "http://hl7.org/fhir/observation-category|vital-signs"] {
        assert!(hits(R::Observation, &[("category", category)], &weight));
    }
    assert!(hits(R::Observation, &[("code", &format!("{NHG_45}|")), ("date", "ge2025-04-15")], &weight));
    assert!(!hits(R::Observation, &[("code", "http://loinc.org|"), ("date", "ge2025-04-15")], &weight));
    let visit = json!({"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"}});
    assert!(hits(
        R::Encounter,
        &[("class", "http://hl7.org/fhir/v3/ActCode|IMP,http://hl7.org/fhir/v3/ActCode|HH")],
        &visit
    ));
    let lab = json!({"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}]});
    assert!(hits(R::Observation, &[("category", "http://snomed.info/sct|49581000146104")], &lab));
}

#[test]
fn a_document_is_found_by_its_date_under_both_names() {
    let values = values_of(
        FhirRelease::R4,
        R::DocumentReference,
        &json!({"status": "current", "date": "2026-06-15T10:00:00+02:00"}),
    );
    for name in ["date", "indexed"] {
        let pairs = [("status", "current"), (name, "ge2026-06-15"), (name, "le2026-06-15")];
        assert!(matches(&parse_at("DOC-R4", R::DocumentReference, &pairs).unwrap(), &values));
        assert!(!matches(&parse_at("DOC-R4", R::DocumentReference, &[(name, "lt2026-06-15")]).unwrap(), &values));
    }
}

#[test]
fn commas_are_or_and_repetition_is_and() {
    let body = json!({"status": "final", "effectiveDateTime": "2026-06-15"});
    assert!(hits(R::Observation, &[("status", "amended,final")], &body));
    assert!(!hits(R::Observation, &[("status", "amended"), ("status", "final")], &body));
    assert!(hits(R::Observation, &[("date", "ge2026-06"), ("date", "lt2026-07")], &body));
}

#[test]
fn an_id_that_is_none_of_ours_matches_nothing() {
    let body = json!({});
    let own = id(1).to_string();
    assert!(hits(R::Observation, &[("_id", &own)], &body));
    assert!(hits(R::Observation, &[("_id", &format!("unknown,{own}"))], &body));
    assert!(!hits(R::Observation, &[("_id", "unknown")], &body));
    assert!(!hits(R::Observation, &[("_id", &id(2).to_string())], &body));
}

proptest! {
    #[test]
    fn any_request_is_read_without_panic_and_links_are_urls(
        pairs in prop::collection::vec(("(code|date|category|_id|_count|_include|.{0,8})(:.{0,4})?", ".{0,30}"), 0..6),
    ) {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if let Ok(query) = parse(R::Observation, &pairs) {
            let link = query.next_link("https://x/fhir", "cursor");
            prop_assert!(link.is_ascii());
            prop_assert!(url::Url::parse(&link).is_ok());
            let _ = matches(&query, &values_of(FhirRelease::R4, R::Observation, &json!({"status": "final"})));
        }
    }

    #[test]
    fn a_condition_never_finds_more_than_no_condition(code in "[a-c|,]{1,6}") {
        let bodies = [json!({"code": {"coding": [{"code": "a"}]}}), json!({"code": {"coding": [{"system": "b", "code": "c"}]}})];
        if let Ok(query) = parse(R::Observation, &[("code", &code)]) {
            prop_assert_eq!(query.filters().len(), 1);
            for body in &bodies {
                prop_assert!(matches(&parse(R::Observation, &[]).unwrap(), &values_of(FhirRelease::R4, R::Observation, body)));
            }
            prop_assert!(!matches(&query, &SearchValues::default()));
        }
    }
}

const LAB: &str = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

/// A few resources that are shown, with the links between them.
struct Shown(Vec<(R, ResourceId, Vec<Link>, SearchValues)>);

impl Shown {
    fn of(bodies: &[(R, u8, serde_json::Value)]) -> Self {
        let one = |(kind, n, body): &(R, u8, serde_json::Value)| {
            (*kind, id(*n), links_of(*kind, body), values_of(FhirRelease::R4, *kind, body))
        };
        Self(bodies.iter().map(one).collect())
    }

    /// The numbers of what a query matches.
    fn hit_by(&self, query: &Query) -> Vec<u8> {
        let nodes = (0..self.count()).filter_map(|place| self.node(place));
        nodes.filter(|node| query.matches(*node, self)).map(|node| node.id.as_bytes()[0]).collect()
    }
}

impl Nodes for Shown {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn node(&self, place: usize) -> Option<Node<'_>> {
        let (kind, id, links, search) = self.0.get(place)?;
        Some(Node { kind: *kind, id: *id, links, search })
    }

    fn place_of(&self, id: &ResourceId) -> Option<usize> {
        self.0.iter().position(|(_, own, ..)| own == id)
    }
}

fn reference(kind: &str, n: u8) -> serde_json::Value {
    json!({"reference": format!("{kind}/{}", id(n))})
}

fn product(code: &str) -> serde_json::Value {
    json!({"code": {"coding": [{"system": "urn:oid:2.16.840.1.113883.2.4.4.10", "code": code}]}})
}

#[test]
fn a_chain_asks_what_the_reference_leads_to() {
    let dossier = [
        (R::MedicationRequest, 1, json!({"medicationReference": reference("Medication", 11)})),
        (R::MedicationRequest, 2, json!({"medicationReference": reference("Medication", 12)})),
        (R::Medication, 11, product("1111")),
        (R::Medication, 12, product("2222")),
    ];
    let code = "urn:oid:2.16.840.1.113883.2.4.4.10|1111";
    let query = parse_at("MED-R4", R::MedicationRequest, &[("medication.code", code)]).unwrap();
    assert_eq!(Shown::of(&dossier).hit_by(&query), [1]);
    assert!(query.self_link("https://x").contains("medication.code="));
    let without_the_product = Shown::of(&dossier[..2]);
    assert_eq!(without_the_product.hit_by(&query), [0_u8; 0], "what is not shown answers nothing");
    for (name, value) in [("medication.status", "active"), ("medication.code.x", "1"), ("requester.name", "x")] {
        let fault = parse_at("MED-R4", R::MedicationRequest, &[(name, value)]).unwrap_err();
        assert_eq!(fault.reason, Reason::Chained, "{name}");
    }
    let fault = parse_at("MED-R4", R::MedicationRequest, &[("medication.code", "|")]).unwrap_err();
    assert_eq!(fault.reason, Reason::Token);
}

#[test]
fn a_service_has_its_part_of_a_type_and_no_more() {
    let category = |code: &str| {
        let system = "http://terminology.hl7.org/CodeSystem/observation-category";
        json!({"category": [{"coding": [{"system": system, "code": code}]}]})
    };
    let line = json!({"code": {"coding": [{"system": "http://snomed.info/sct", "code": "129265001"}]}});
    let reports = json!({"result": [reference("Observation", 1), reference("Observation", 3)]});
    let dossier = [
        (R::Observation, 1, category("laboratory")),
        (R::Observation, 2, category("vital-signs")),
        (R::Observation, 3, line),
        (R::DiagnosticReport, 4, reports),
    ];
    let shown = Shown::of(&dossier);
    assert_eq!(shown.hit_by(&parse(R::Observation, &[]).unwrap()), [1, 2, 3]);
    assert_eq!(shown.hit_by(&parse_at("LAB-R4", R::Observation, &[]).unwrap()), [1]);
    let by_lab = parse_at("LAB-R4", R::DiagnosticReport, &[("result.category", LAB)]).unwrap();
    assert_eq!(shown.hit_by(&by_lab), [4]);
    let by_line = parse_at("LAB-R4", R::DiagnosticReport, &[("result.code", "129265001")]).unwrap();
    assert_eq!(shown.hit_by(&by_line), [0_u8; 0], "a chain does not look beyond the service");
    let include = [("_include", "DiagnosticReport:result")];
    let with = parse_at("LAB-R4", R::DiagnosticReport, &include).unwrap();
    assert_eq!(included(&with, &[3], &shown), [0]);
}

#[test]
fn lastn_says_how_many_and_keeps_its_name_in_links() {
    let catalogue = Catalogue::built_in().unwrap();
    let service = catalogue.find("BGZ-R4").unwrap();
    let ask = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Query::parse_last(service, service.find_last(R::Observation).unwrap(), &pairs)
    };
    assert_eq!(ask(&[]).unwrap().last(), Some(1));
    let query = ask(&[("code", "http://loinc.org|85354-9"), ("max", "3")]).unwrap();
    assert_eq!(query.last(), Some(3));
    assert_eq!(query.self_link("https://x"), "https://x/Observation/$lastn?code=http://loinc.org%7C85354-9&max=3");
    for bad in ["0", "-1", "many", ""] {
        assert_eq!(ask(&[("max", bad)]).unwrap_err().reason, Reason::Count, "{bad}");
    }
    assert_eq!(parse(R::Observation, &[("max", "3")]).unwrap().last(), None, "a search has no max");
}

#[test]
fn identifiers_are_compared_by_system_and_value() {
    let body = json!({
        "identifier": [{"system": "urn:oid:1.2", "value": "A1"}],
        "extension": [{
            "url": "http://nictiz.nl/fhir/StructureDefinition/ext-PharmaceuticalTreatment.Identifier",
            "valueIdentifier": {"system": "urn:oid:3.4", "value": "T1"},
        }],
    });
    let cases = [
        ("identifier", "urn:oid:1.2|A1", true),
        ("identifier", "A1", true),
        ("identifier", "urn:oid:1.2|T1", false),
        ("identifier", "urn:oid:3.4|A1", false),
        ("pharmaceutical-treatment-identifier", "urn:oid:3.4|T1", true),
        ("pharmaceutical-treatment-identifier", "urn:oid:3.4|A1", false),
    ];
    for (name, value, expected) in cases {
        for kind in [R::MedicationRequest, R::MedicationDispense, R::MedicationStatement, R::MedicationAdministration] {
            let query = parse_at("MED-R4", kind, &[(name, value)]).unwrap();
            assert_eq!(matches(&query, &values_of(FhirRelease::R4, kind, &body)), expected, "{kind} {name}={value}");
        }
    }
}

#[test]
fn a_duration_tells_the_end_that_a_period_leaves_out() {
    let period = |end: serde_json::Value, value: serde_json::Value, unit: &str| {
        let mut period = json!({"start": "2026-06-01", "extension": [{
            "url": "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Duration",
            "valueDuration": {"value": value, "code": unit, "system": "http://unitsofmeasure.org"},
        }]});
        if end.is_string() {
            period["end"] = end;
        }
        json!({"extension": [{
            "url": "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period", "valuePeriod": period,
        }]})
    };
    let none = serde_json::Value::Null;
    let cases = [
        ("two weeks are over", period(none.clone(), json!(2), "wk"), false),
        ("fifteen days reach it", period(none.clone(), json!(15), "d"), true),
        ("fourteen do not", period(none.clone(), json!(14), "d"), false),
        ("a month has no length", period(none.clone(), json!(1), "mo"), true),
        ("no number at all", period(none, json!("x"), "d"), true),
        ("the end that is given counts", period(json!("2026-06-20"), json!(2), "d"), true),
    ];
    let ask = [("period-of-use", "ge2026-06-15")];
    for (name, body, expected) in cases {
        let query = parse_at("MED-R4", R::MedicationDispense, &ask).unwrap();
        assert_eq!(matches(&query, &values_of(FhirRelease::R4, R::MedicationDispense, &body)), expected, "{name}");
    }
}
