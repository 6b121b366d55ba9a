//! What is no bundle: refusals and the CapabilityStatement are FHIR as well, in both forms.

use dvza::fhir::catalogue::Catalogue;
use serde_json::Value;

use super::judge::{Judge, official};
use super::network::Network;
use super::practices;
use super::visit::{JSON, Visit, XML, version};

/// What is asked, and the status and issue it is refused with (fhir-data-services §1.5).
const REFUSALS: [(&str, u16, &str); 8] = [
    ("Claim", 404, "not-supported"),
    ("Claim/1", 404, "not-supported"),
    ("observation", 404, "not-supported"),
    ("Observation?date=someday", 400, "invalid"),
    ("Observation?_count=many", 400, "invalid"),
    ("Patient/00000000-0000-4000-8000-000000000000", 404, "not-found"),
    ("Observation/unknown", 404, "not-found"),
    ("Patient?_format=text/turtle", 406, "not-supported"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_and_metadata_are_fhir_in_both_forms() {
    let delivery = practices::demo();
    let network = Network::start(std::slice::from_ref(&delivery)).await;
    let numbers = practices::citizen_service_numbers(&delivery);
    let mut visit = None;
    for bsn in &numbers {
        visit = visit.or(Visit::begin(&network, 0, bsn, &numbers).await);
    }
    let visit = visit.expect("somebody passes the gates");
    let official = official();
    let mut judge = Judge::new(official.as_ref());
    let catalogue = Catalogue::built_in().unwrap();
    for service in catalogue.services() {
        judge.turn_to(version(service));
        let base = visit.base(&service.id);
        let (json, xml) = (visit.get(&base, "metadata", JSON).await, visit.get(&base, "metadata", XML).await);
        judge.forms("metadata", &json.body, &xml.body);
        let capability: Value = serde_json::from_slice(&json.body).unwrap();
        assert_eq!(capability["resourceType"], "CapabilityStatement");
        judge.resource(&capability);
    }
    for (service, (request, status, issue)) in
        ["HG-R4", "49"].into_iter().flat_map(|id| REFUSALS.map(|each| (id, each)))
    {
        judge.turn_to(version(catalogue.find(service).unwrap()));
        let base = visit.base(service);
        let (json, xml) = (visit.get(&base, request, JSON).await, visit.get(&base, request, XML).await);
        let outcome: Value = serde_json::from_slice(&json.body).unwrap();
        assert_eq!((json.status, xml.status), (status, status), "{request}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{request}");
        assert_eq!(outcome["issue"][0]["code"], issue, "{request}");
        if status != 406 {
            judge.forms(request, &json.body, &xml.body);
        }
        judge.read(&outcome);
    }
    network.stop().await;
    judge.rules(1);
}
