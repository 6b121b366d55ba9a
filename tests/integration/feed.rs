//! A FHIR feed from the HIS's post to the PGO's search: what is served of it, what waits for the practice, and what never
//! travels.

use dvza::devnet::{DevNetwork, DevPractice};
use dvza::sample::synth::SynthPractice;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::network::{Network, T};
use crate::support::served::FORMATS;

/// Whom the feeds are about.
pub const BSN: &str = "999990019";
const SECRET: &str = "geheim-woord";

fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": "d"}]})
}

fn of_patient(name: &str) -> Value {
    json!({"reference": name, "display": "XXX_Voeding"})
}

/// A patient with an episode, a prescription that hangs on it, a vaccination with its product, and a letter.
fn bundle() -> Value {
    let pdf = base64_of(b"%PDF-1.7 brief");
    let period = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period";
    let context = "http://nictiz.nl/fhir/StructureDefinition/ext-Context-EpisodeOfCare";
    let resources = json!([
        {"resourceType": "Patient", "id": "p", "active": true, "gender": "female", "birthDate": "1980-05-01",
            "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN}],
            "name": [{"family": "XXX_Voeding"}],
            "text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{BSN}</div>")}},
        {"resourceType": "Organization", "id": "o", "name": "Praktijk"},
        {"resourceType": "Medication", "id": "m", "code": {"text": "Ibuprofen 400 mg"}},
        {"resourceType": "EpisodeOfCare", "id": "e", "status": "active", "patient": of_patient("Patient/p"),
            "extension": [{"url": "http://nictiz.nl/fhir/StructureDefinition/ext-EpisodeOfCare.EpisodeOfCareName", "valueString": SECRET}]},
        {"resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order",
            "category": [coded("http://snomed.info/sct", "33633005")], "subject": of_patient("Patient/p"),
            "medicationReference": {"reference": "Medication/m", "display": "Ibuprofen 400 mg"},
            "requester": {"reference": "Organization/o", "display": "Praktijk"},
            "extension": [
                {"url": period, "valuePeriod": {"start": "2026-06-01", "end": "2026-12-31"}},
                {"url": context, "valueReference": {"reference": "EpisodeOfCare/e", "display": SECRET}},
            ],
            "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": "@1.50@", "unit": "stuk"}}]}]},
        {"resourceType": "Immunization", "id": "i", "status": "completed", "patient": of_patient("Patient/p"),
            "vaccineCode": {"text": "griepvaccin"}, "occurrenceDateTime": "2025-10-20"},
        {"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": of_patient("Patient/p"),
            "date": "2026-06-01T10:00:00+02:00",
            "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/b", "title": "Brief"}}]},
        {"resourceType": "Binary", "id": "b", "contentType": "application/pdf", "data": pdf},
        {"resourceType": "Observation", "id": "s", "status": "final", "subject": of_patient("Patient/p"),
            "code": coded("http://snomed.info/sct", "255362007"), "valueString": "s-regel"},
    ]);
    let entries: Vec<Value> =
        resources.as_array().unwrap().iter().map(|resource| json!({"resource": resource})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

/// As FHIR writes bytes.
pub fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The Bundle with a number that keeps its digits.
fn text_of(bundle: &Value) -> String {
    bundle.to_string().replace("\"@1.50@\"", "1.50")
}

/// Posts a feed as the HIS of the first practice; what was said of it.
pub async fn post(network: &Network, media_type: &str, query: &str, body: String) -> (StatusCode, Value) {
    let url = format!("{}{query}", network.push_url());
    let request = network.client_with("his").post(url).header("content-type", media_type);
    let request = request.header("idempotency-key", Uuid::new_v4().to_string());
    let answer = request.body(body).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// A practice that opens dossiers by itself, without patients of a feed.
pub async fn network() -> Network {
    let mut delivery = Vec::new();
    let now = dvza::domain::time::Timestamp::parse_rfc3339(T).unwrap();
    dvza::sample::synth::synth_practice(2, 5, 1, now, &mut delivery).unwrap();
    let network = Network::start(T, &[delivery]).await;
    network.set("request_mode", "auto").await;
    let dev = DevPractice { medmij_name: network.practice_name(0), display_name: String::new() };
    network.set("his.host", &DevNetwork::his_host(&dev)).await;
    network
}

#[tokio::test]
async fn a_feed_is_served_as_far_as_the_practice_lets_it() {
    let network = network().await;
    let (status, report) = post(&network, "application/fhir+json", "", text_of(&bundle())).await;
    assert_eq!((status, &report["state"], &report["refused"]), (StatusCode::ACCEPTED, &json!("accepted"), &json!(0)));
    // FHIR cannot say that the number was verified: nobody is let in until the practice trusts its feed.
    assert!(network.tokens(BSN).await.is_err());
    network.set("trust_feed", "true").await;
    let tokens = network.tokens(BSN).await.unwrap();
    let search = async |service: &str, path: &str, format: &str| {
        let answer = network.get(&tokens, service, path, format).await;
        assert_eq!(answer.status, 200, "{service} {path}");
        String::from_utf8(answer.body).unwrap()
    };
    let count = |text: &str| serde_json::from_str::<Value>(text).unwrap()["total"].as_u64().unwrap();
    let medication = search("MED-R4", "MedicationRequest?colour=red", FORMATS[0]).await;
    assert_eq!(count(&medication), 1, "an unknown parameter narrows nothing");
    assert!(medication.contains("\"value\":1.50") && !medication.contains(SECRET), "no episodes in this service");
    assert!(search("MED-R4", "MedicationRequest", "application/fhir+xml").await.contains("<value value=\"1.50\"/>"));
    let record = search("HG-R4", "MedicationRequest?_include=MedicationRequest:medication", FORMATS[0]).await;
    assert!(record.contains(SECRET) && record.contains("Ibuprofen"), "{record}");
    // A section that is switched off stays so, whoever filtered what.
    network.set("facility.vaccinations", "false").await;
    assert_eq!(count(&search("63", "Immunization", FORMATS[0]).await), 0);
    network.set("facility.vaccinations", "true").await;
    assert_eq!(count(&search("63", "Immunization", FORMATS[0]).await), 1);
    network.set("facility.correspondence", "true").await;
    let documents: Value = serde_json::from_str(&search("DOC-R4", "DocumentReference", FORMATS[0]).await).unwrap();
    let url = documents["entry"][0]["resource"]["content"][0]["attachment"]["url"].as_str().unwrap();
    let document = network.get(&tokens, "DOC-R4", url, "application/pdf").await;
    assert_eq!((document.status, document.body.as_slice()), (200, &b"%PDF-1.7 brief"[..]));
    for path in ["Patient", "EpisodeOfCare", "Observation", "Immunization"] {
        let text = search("HG-R4", path, FORMATS[0]).await;
        assert!(!text.contains(BSN) && !text.contains("s-regel"), "{path}");
    }
    // The practice changes its mind: what FHIR leaves unsaid is withheld, and nobody gets in.
    network.set("trust_feed", "false").await;
    assert_ne!(network.get(&tokens, "HG-R4", "MedicationRequest", FORMATS[0]).await.status, 200);
    network.stop().await;
}

#[tokio::test]
async fn what_a_feed_no_longer_holds_is_gone_and_what_is_marked_as_secret_leaves_no_trace() {
    let network = network().await;
    network.set("trust_feed", "true").await;
    post(&network, "application/fhir+json", "", text_of(&bundle())).await;
    let mut changed = bundle();
    let entries = changed["entry"].as_array_mut().unwrap();
    entries.retain(|entry| entry["resource"]["resourceType"] != "Immunization");
    let episode = entries.iter_mut().find(|entry| entry["resource"]["resourceType"] == "EpisodeOfCare").unwrap();
    let very = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    episode["resource"]["meta"] = json!({"security": [{"system": very, "code": "V"}]});
    network.pass(60);
    let (status, report) = post(&network, "application/fhir+json", "?kind=patient", text_of(&changed)).await;
    assert_eq!((status, &report["refused"]), (StatusCode::ACCEPTED, &json!(0)), "{report}");
    network.set("facility.vaccinations", "true").await;
    let tokens = network.tokens(BSN).await.unwrap();
    for (path, matches) in [("Immunization", 0), ("EpisodeOfCare", 0), ("MedicationRequest", 1)] {
        let answer = network.get(&tokens, "HG-R4", path, FORMATS[0]).await;
        let text = String::from_utf8(answer.body).unwrap();
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["total"], matches, "{path}");
        assert!(!text.contains(SECRET), "{path} still names the hidden episode");
    }
    network.stop().await;
}

#[tokio::test]
async fn a_post_that_is_no_feed_changes_nothing_and_says_why() {
    let network = network().await;
    let cases = [
        ("application/fhir+json", "", "{", 422, "cannot be read as FHIR"),
        ("application/fhir+xml", "", "<Patient/>", 422, "cannot be read as FHIR"),
        ("application/fhir+json", "?kind=some", "{}", 400, "kind must be"),
        ("text/plain", "", "{}", 415, "media type"),
    ];
    for (media_type, query, body, expected, words) in cases {
        let (status, answer) = post(&network, media_type, query, body.to_owned()).await;
        assert_eq!(status.as_u16(), expected, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
    }
    // A bad resource is named by its place; in a delivery as small as this one it is too many.
    let mut bundle = bundle();
    bundle["entry"][5]["resource"]["status"] = json!(7);
    let (status, report) = post(&network, "application/fhir+json", "", text_of(&bundle)).await;
    assert_eq!((status.as_u16(), &report["refused"]), (422, &json!(1)), "{report}");
    let finding = &report["findings"][1];
    assert_eq!((&finding["id"], &finding["path"]), (&json!("Immunization:i"), &json!("/d/resource/status")));
    network.stop().await;
}

/// A patient with a number and an intolerance that says whose it is.
fn with_allergy(id: &str, bsn: &str, allergy: &str) -> Vec<Value> {
    let patient = json!({"resourceType": "Patient", "id": id, "active": true, "gender": "female", "birthDate": "1980-05-01",
        "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": bsn}], "name": [{"family": "XXX_Voeding"}]});
    vec![patient, allergy_of(id, allergy)]
}

fn allergy_of(patient: &str, allergy: &str) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": allergy, "patient": {"reference": format!("Patient/{patient}")},
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"),
        "code": {"text": allergy}})
}

/// A Bundle of these.
pub fn bundle_of(resources: &[Value]) -> String {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({"resource": resource})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string()
}

/// Posts a delta of one record.
async fn post_delta(network: &Network, seq: u64, record: &Value) -> Value {
    let batch = Uuid::new_v4();
    let header = json!({"t": "header", "fmt": "dvza-his-2", "batch": batch, "kind": "delta", "seq": seq, "prev": null,
        "practice": {"ura": SynthPractice { number: 2 }.ura(), "agb": SynthPractice { number: 2 }.agb()},
        "source": {"system": "proef", "version": "1", "kind": "his"}, "made": T});
    let line = format!("{record}\n");
    let sha256 = dvza::seal::hex(&dvza::seal::sha256(line.as_bytes()));
    let counts = json!({record["t"].as_str().unwrap(): 1});
    let footer = json!({"t": "footer", "batch": batch, "counts": counts, "sha256": sha256});
    let request = network.client_with("his").post(network.push_url()).header("content-type", "application/x-ndjson");
    let request = request.header("idempotency-key", batch.to_string());
    request.body(format!("{header}\n{line}{footer}\n")).send().await.unwrap().json().await.unwrap()
}

async fn allergies(network: &Network, bsn: &str) -> Vec<String> {
    let tokens = network.tokens(bsn).await.unwrap();
    let answer = network.get(&tokens, "HG-R4", "AllergyIntolerance", FORMATS[0]).await;
    let bundle: Value = serde_json::from_slice(&answer.body).unwrap();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<String> =
        entries.iter().map(|entry| entry["resource"]["code"]["text"].as_str().unwrap().to_owned()).collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_resource_of_somebody_else_takes_nothing_away_from_them() {
    let network = network().await;
    for setting in ["trust_feed", "facility.allergies_other"] {
        network.set(setting, "true").await;
    }
    let (a, b) = (with_allergy("a", BSN, "a1"), with_allergy("b", "999990020", "b1"));
    let (status, _) = post(&network, "application/fhir+json", "", bundle_of(&[a.clone(), b].concat())).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    network.pass(60);
    let stray = [a, vec![allergy_of("b", "b2")]].concat();
    let (_, report) = post(&network, "application/fhir+json", "?kind=patient", bundle_of(&stray)).await;
    assert_eq!((&report["state"], &report["refused"]), (&json!("accepted"), &json!(0)), "{report}");
    assert_eq!(allergies(&network, BSN).await, ["a1"]);
    assert_eq!(allergies(&network, "999990020").await, ["b1", "b2"], "what the feed does not speak of stays");
    network.stop().await;
}

#[tokio::test]
async fn a_feed_leaves_what_came_in_another_format() {
    let network = network().await;
    for setting in ["trust_feed", "facility.allergies_other"] {
        network.set(setting, "true").await;
    }
    let feed = bundle_of(&[with_allergy("a", BSN, "a1"), vec![allergy_of("a", "a2")]].concat());
    post(&network, "application/fhir+json", "", feed.clone()).await;
    assert_eq!(allergies(&network, BSN).await, ["a1", "a2"]);
    // The HIS hides one of them at the patient's request.
    let release = json!({"t": "release", "id": "rel-a", "pat": "Patient:a", "v": 1, "op": "put", "at": T, "d": {
        "state": "open", "opened_at": "2026-01-01T00:00:00+01:00", "mode": "auto", "block": "none",
        "patient_hidden": [{"t": "resource", "id": "AllergyIntolerance:a2"}],
    }});
    let report = post_delta(&network, 3, &release).await;
    assert_eq!((&report["state"], &report["refused"]), (&json!("accepted"), &json!(0)), "{report}");
    assert_eq!(allergies(&network, BSN).await, ["a1"]);
    network.pass(60);
    let (_, report) = post(&network, "application/fhir+json", "?kind=patient", feed).await;
    assert_eq!((&report["state"], &report["refused"]), (&json!("accepted"), &json!(0)), "{report}");
    assert_eq!(allergies(&network, BSN).await, ["a1"], "what the patient wished holds");
    network.stop().await;
}

#[tokio::test]
async fn a_record_that_becomes_another_patients_is_gone_with_the_first() {
    let network = network().await;
    for setting in ["trust_feed", "facility.allergies_other"] {
        network.set(setting, "true").await;
    }
    let (a, b) = (with_allergy("a", BSN, "x"), with_allergy("b", "999990020", "y"));
    post(&network, "application/fhir+json", "", bundle_of(&[a, b.clone()].concat())).await;
    assert_eq!(allergies(&network, BSN).await, ["x"]);
    network.pass(60);
    let moved = [b, vec![allergy_of("b", "x")]].concat();
    let (_, report) = post(&network, "application/fhir+json", "?kind=patient", bundle_of(&moved)).await;
    assert_eq!((&report["state"], &report["refused"]), (&json!("accepted"), &json!(0)), "{report}");
    assert_eq!(allergies(&network, BSN).await, [""; 0], "it was rendered again");
    assert_eq!(allergies(&network, "999990020").await, ["x", "y"]);
    network.stop().await;
}
