//! A patient whose record comes in STU3: the own pages, the file and the practice's preview show what a PGO collects with the
//! services of STU3, and those of R4 show nothing of it.

use std::collections::BTreeSet;

use dvza::app::{Asked, OWNERS};
use dvza::fhir::ResourceType;
use dvza::fhir::catalogue::Catalogue;
use dvza::pgo::Tokens;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::person::{Person, names};
use crate::feed::{BSN, base64_of, bundle_of, network, post};
use crate::support::desk::{Desk, path};
use crate::support::dossier::patient;
use crate::support::network::Network;
use crate::support::served::FORMATS;

const SECRET: &str = "geheim-woord";
const PDF: &[u8] = b"%PDF-1.7 brief";
const STU3: [&str; 3] = ["48", "49", "51"];

fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": display}]})
}

/// What the own pages say of each resource below: section, title, date, and words that STU3 has elsewhere than R4.
const TOLD: [(&str, [&str; 3]); 9] = [
    ("problemen", ["Astma", "01-05-2026", "actief"]),
    ("contacten", ["Consult", "03-06-2026", "hoest"]),
    ("contactverslagen", ["Evaluatie", "03-06-2026", "Griep"]),
    ("uitslagen", ["Kalium", "01-06-2026", "Kom langs."]),
    ("allergie", ["Penicilline", "02-05-2026", "Penicilline"]),
    ("medicatie", ["Ibuprofen", "01-06-2026", "Dr. A"]),
    ("vaccinaties", ["Griepvaccin", "20-10-2025", "niet gedaan, gegeven of gebruikt"]),
    ("behandelaanwijzing", ["Reanimatie", "01-04-2026", "WaardeNee"]),
    ("documenten", ["Brief", "10-06-2026", "Brief"]),
];

/// One of each, and a problem with a label that the prescription names.
fn resources() -> Vec<Value> {
    let (lines, sct) = ("http://fhir.nl/fhir/NamingSystem/journaalregeltypen", "http://snomed.info/sct");
    let nhg45 = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen";
    let directive = |name: &str| format!("http://nictiz.nl/fhir/StructureDefinition/zib-TreatmentDirective-{name}");
    let use_period = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-PeriodOfUse";
    let of = json!({"reference": "Patient/p"});
    let at = "2026-06-03T09:00:00+02:00";
    let very = json!({"security": [{"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "V"}]});
    vec![
        json!({"resourceType": "Patient", "id": "p", "active": true, "gender": "female", "birthDate": "1980-05-01",
            "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN}], "name": [{"family": "XXX_Voeding"}]}),
        json!({"resourceType": "EpisodeOfCare", "id": "ep", "status": "active", "patient": of,
            "diagnosis": [{"condition": {"reference": "Condition/c"}}]}),
        json!({"resourceType": "Condition", "id": "c", "clinicalStatus": "active", "verificationStatus": "confirmed", "subject": of,
            "code": {"text": "astma"}, "assertedDate": "2026-05-01"}),
        json!({"resourceType": "Condition", "id": "s", "clinicalStatus": "active", "verificationStatus": "confirmed", "subject": of,
            "code": {"text": SECRET}, "meta": very}),
        json!({"resourceType": "Encounter", "id": "n", "status": "finished", "subject": of, "period": {"start": at},
            "class": {"system": "http://hl7.org/fhir/v3/ActCode", "code": "AMB"}, "type": [{"text": "consult"}],
            "reason": [{"text": "hoest"}]}),
        json!({"resourceType": "Composition", "id": "r", "status": "final", "subject": of, "encounter": {"reference": "Encounter/n"},
            "type": coded("http://loinc.org", "67781-5", "verslag"), "date": at, "author": [{"display": "Dr. A"}], "title": "Verslag",
            "section": [{"title": "Evaluatie", "code": coded(lines, "E", "Evaluatie"), "entry": [{"reference": "Observation/e"}]}]}),
        json!({"resourceType": "Observation", "id": "e", "status": "final", "subject": of, "context": {"reference": "Encounter/n"},
            "code": coded(lines, "E", "Evaluatie"), "effectiveDateTime": at, "valueString": "Griep"}),
        json!({"resourceType": "Observation", "id": "l", "status": "final", "subject": of, "code": coded(nhg45, "524", "kalium"),
            "effectiveDateTime": "2026-06-01", "valueQuantity": {"value": 5.6, "unit": "mmol/l"},
            "interpretation": coded("http://hl7.org/fhir/v2/0078", "H", "hoog"), "comment": "Kom langs."}),
        json!({"resourceType": "AllergyIntolerance", "id": "a", "clinicalStatus": "active", "verificationStatus": "confirmed", "patient": of,
            "category": ["medication"], "code": {"text": "penicilline"}, "assertedDate": "2026-05-02"}),
        json!({"resourceType": "MedicationRequest", "id": "m", "intent": "order", "category": coded(sct, "16076005", "voorschrijven"),
            "subject": of, "medicationReference": {"display": "ibuprofen"}, "requester": {"agent": {"display": "Dr. A"}},
            "reasonReference": [{"reference": "Condition/s", "display": SECRET}],
            "extension": [{"url": use_period, "valuePeriod": {"start": "2026-06-01", "end": "2026-12-31"}}]}),
        json!({"resourceType": "Immunization", "id": "i", "status": "completed", "notGiven": true, "primarySource": true, "patient": of,
            "vaccineCode": {"text": "griepvaccin"}, "date": "2025-10-20"}),
        json!({"resourceType": "Consent", "id": "t", "status": "active", "patient": of, "dateTime": "2026-04-01",
            "category": [coded(sct, "11291000146105", "behandelaanwijzing")],
            "extension": [{"url": directive("Treatment"), "valueCodeableConcept": {"text": "reanimatie"}}],
            "modifierExtension": [{"url": directive("TreatmentPermitted"), "valueCodeableConcept": {"text": "Nee"}}]}),
        json!({"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": of, "type": {"text": "brief"},
            "indexed": "2026-06-10T00:00:00+02:00",
            "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/b", "title": "brief"}}]}),
        json!({"resourceType": "Binary", "id": "b", "contentType": "application/pdf", "content": base64_of(PDF)}),
    ]
}

/// A practice that trusts its feed of STU3, and what a PGO may collect there.
async fn fed() -> (Network, Tokens) {
    let network = network().await;
    let sections = ["allergies", "contacts", "correspondence", "diagnostic_values", "directives", "ep_lines"];
    for section in sections.into_iter().chain(["episodes", "medication", "vaccinations"]) {
        network.set(&format!("facility.{section}"), "true").await;
    }
    network.set("trust_feed", "true").await;
    network.set(OWNERS, "s2-e1").await;
    let (status, report) = post(&network, "application/fhir+json; fhirVersion=3.0", "", bundle_of(&resources())).await;
    assert_eq!((status, &report["refused"]), (StatusCode::ACCEPTED, &json!(0)), "{report}");
    let tokens = network.tokens(BSN).await.unwrap();
    (network, tokens)
}

/// The answers of a service to every search that it has, but that for the Patient.
async fn searches(network: &Network, tokens: &Tokens, service: &str) -> Vec<Value> {
    let catalogue = Catalogue::built_in().unwrap();
    let service = catalogue.find(service).unwrap();
    let mut answers = Vec::new();
    for kind in service.requests.iter().map(|request| request.kind).filter(|kind| *kind != ResourceType::Patient) {
        if service.find_search(kind).is_some() {
            let answer = network.get(tokens, &service.id, kind.as_str(), FORMATS[0]).await;
            assert_eq!(answer.status, 200, "{} {kind}", service.id);
            answers.push(serde_json::from_slice(&answer.body).unwrap());
        }
    }
    answers
}

/// Names of everything that a PGO collects in STU3, documents too.
async fn collected(network: &Network, tokens: &Tokens) -> BTreeSet<String> {
    let patient = network.get(tokens, "49", "Patient", FORMATS[0]).await;
    let mut all = names(&serde_json::from_slice(&patient.body).unwrap());
    for service in STU3 {
        for answer in searches(network, tokens, service).await {
            assert!(!answer.to_string().contains(SECRET), "{answer}");
            all.extend(names(&answer));
            for entry in answer["entry"].as_array().into_iter().flatten() {
                let Some(url) = entry["resource"]["content"][0]["attachment"]["url"].as_str() else { continue };
                let name = format!("Binary/{}", url.rsplit('/').next().unwrap());
                let document = network.get(tokens, service, &name, "application/pdf").await;
                assert_eq!((document.status, document.body.as_slice()), (200, PDF));
                all.insert(name);
            }
        }
    }
    all
}

#[tokio::test]
async fn the_own_pages_and_the_file_show_a_record_of_stu3_as_a_pgo_collects_it() {
    let (network, tokens) = fed().await;
    let collected = collected(&network, &tokens).await;
    assert_eq!(collected.len(), resources().len() - 1, "all but the one with a label: {collected:?}");
    let (person, start) = Person::logged_in(&network, BSN).await;
    assert_eq!(start.path, "/my");
    for (section, words) in TOLD {
        let page = person.get(&format!("/my/data/{section}")).await;
        let items = page.all("section.item");
        assert_eq!(items.len(), 1, "{section}: {items:?}");
        let missing: Vec<_> = words.into_iter().filter(|word| !items[0].contains(word)).collect();
        assert!(missing.is_empty(), "{section}: {items:?} has no {missing:?}");
        assert!(!page.text().contains(SECRET), "{section}");
    }
    let documents = person.get("/my/data/documenten").await.attributes("section a", "href");
    assert_eq!(person.get(&documents[0]).await.bytes, PDF);

    let file = person.get("/my/data.json").await;
    assert!(!file.text().contains(SECRET) && !file.text().contains(BSN));
    let bundle: Value = serde_json::from_slice(&file.bytes).unwrap();
    assert_eq!(names(&bundle), collected);
    for entry in bundle["entry"].as_array().unwrap() {
        let (url, resource) = (entry["fullUrl"].as_str().unwrap(), &entry["resource"]);
        assert!(url.contains("/49/"), "{url}: an address of a service of STU3");
        let bytes = if resource["resourceType"] == "Binary" { json!(base64_of(PDF)) } else { Value::Null };
        assert!(resource["resourceType"] == "DocumentReference" || resource["content"] == bytes, "{resource}");
    }
    network.stop().await;
}

#[tokio::test]
async fn the_practice_sees_a_record_of_stu3_as_the_patient_does() {
    let (network, tokens) = fed().await;
    let who = patient(&network, 0, "Patient:p");
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let preview = app.show(&mut tx, &who, Asked::AsIfOpen, network.clock.moment()).await.unwrap();
    tx.close().await.unwrap();
    let preview = preview.ok().into_iter().flat_map(|showing| showing.resources);
    let preview: BTreeSet<String> = preview.map(|resource| format!("{}/{}", resource.kind, resource.id)).collect();
    assert_eq!(preview, collected(&network, &tokens).await);

    let owner = Desk::login(&network, 0, "s2-e1").await;
    let page = owner.get(&path(&who)).await;
    assert_eq!(page.status, 200, "{}", page.html);
    for words in ["astma", "Reden: hoest", "Waarde: Griep", "Toelichting: Kom langs.", "penicilline", "Door: Dr. A"] {
        assert!(page.says(words), "{words}");
    }
    assert!(page.says("Status: niet gedaan, gegeven of gebruikt") && page.says("Waarde: Nee"));
    assert!(owner.get(&format!("{}/results", path(&who))).await.says("kalium"));
    assert!(owner.get(&format!("{}/documents", path(&who))).await.says("brief 10-06-2026"));
    network.stop().await;
}

#[tokio::test]
async fn a_service_of_r4_shows_nothing_of_a_record_of_stu3() {
    let (network, tokens) = fed().await;
    let episode = network.get(&tokens, "49", "EpisodeOfCare", FORMATS[0]).await;
    let episode: Value = serde_json::from_slice(&episode.body).unwrap();
    let name = format!("EpisodeOfCare/{}", episode["entry"][0]["resource"]["id"].as_str().unwrap());
    assert_eq!(network.get(&tokens, "49", &name, FORMATS[0]).await.status, 200);
    assert_eq!(network.get(&tokens, "HG-R4", &name, FORMATS[0]).await.status, 404, "nor by its id");
    for service in ["HG-R4", "BGZ-R4", "MED-R4", "LAB-R4", "DOC-R4", "63"] {
        for answer in searches(&network, &tokens, service).await {
            assert_eq!(answer["total"], 0, "{service}: {answer}");
            assert!(names(&answer).is_empty(), "{service}: {answer}");
        }
    }
    network.stop().await;
}
