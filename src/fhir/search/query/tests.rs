use super::super::values::values_of;
use super::*;
use crate::fhir::ResourceType as R;
use crate::fhir::catalogue::Catalogue;
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

fn hits(kind: R, pairs: &[(&str, &str)], body: &serde_json::Value) -> bool {
    parse(kind, pairs).unwrap().matches(&id(1), &values_of(kind, body))
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
    let values = values_of(R::DocumentReference, &json!({"status": "current", "date": "2026-06-15T10:00:00+02:00"}));
    for name in ["date", "indexed"] {
        let pairs = [("status", "current"), (name, "ge2026-06-15"), (name, "le2026-06-15")];
        assert!(parse_at("DOC-R4", R::DocumentReference, &pairs).unwrap().matches(&id(1), &values));
        assert!(!parse_at("DOC-R4", R::DocumentReference, &[(name, "lt2026-06-15")]).unwrap().matches(&id(1), &values));
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
            let _ = query.matches(&id(1), &values_of(R::Observation, &json!({"status": "final"})));
        }
    }

    #[test]
    fn a_condition_never_finds_more_than_no_condition(code in "[a-c|,]{1,6}") {
        let bodies = [json!({"code": {"coding": [{"code": "a"}]}}), json!({"code": {"coding": [{"system": "b", "code": "c"}]}})];
        if let Ok(query) = parse(R::Observation, &[("code", &code)]) {
            prop_assert_eq!(query.filters().len(), 1);
            for body in &bodies {
                prop_assert!(parse(R::Observation, &[]).unwrap().matches(&id(1), &values_of(R::Observation, body)));
            }
            prop_assert!(!query.matches(&id(1), &SearchValues::default()));
        }
    }
}
