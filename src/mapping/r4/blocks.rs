//! Each building block of `dvza-his-2` in one sentence: what of the record is where in the resource.

use serde_json::Value;

use super::sample::*;
use crate::domain::dossier::*;
use crate::domain::release::{ItemKey, Topic};
use crate::fhir::{FhirRelease, Releases};
use crate::mapping::{Ids, RenderedPatient, render_patient};

const R4: FhirRelease = FhirRelease::R4;

fn render(change: impl FnOnce(&mut PatientRecords)) -> RenderedPatient {
    let mut records = rich();
    change(&mut records);
    render_patient(&records, &practice(), &Ids(&id), &Releases::from([R4]))
}

/// The resource that this purpose makes of the record with this id.
fn find(patient: &RenderedPatient, purpose: &str, key: &str) -> Value {
    let wanted = id(purpose, key);
    let found = patient.faces[&R4].iter().find(|resource| resource.id == wanted);
    serde_json::from_slice(&found.unwrap_or_else(|| panic!("no {purpose} of {key}")).body).unwrap()
}

fn body(purpose: &str, key: &str) -> Value {
    find(&render(|_| {}), purpose, key)
}

fn claims(body: &Value, profile: &str) -> bool {
    body["meta"]["profile"][0].as_str().is_some_and(|claimed| claimed.rsplit('/').next() == Some(profile))
}

fn code<'b>(body: &'b Value, pointer: &str) -> &'b str {
    body.pointer(&format!("{pointer}/coding/0/code")).and_then(Value::as_str).unwrap_or_default()
}

fn names(body: &Value, pointer: &str, purpose: &str, key: &str) -> bool {
    let reference = body.pointer(&format!("{pointer}/reference")).and_then(Value::as_str).unwrap_or_default();
    reference.ends_with(&format!("/{}", id(purpose, key)))
}

#[test]
fn medication_use_refers_to_its_agreement_and_says_who_told_it() {
    let used = body("MedicationStatement.medication_use", "mu1");
    assert!(claims(&used, "mp-MedicationUse2"));
    assert_eq!((used["status"].as_str(), code(&used, "/category")), (Some("active"), "422979000"));
    assert!(names(&used, "/derivedFrom/0", "MedicationRequest", "m1"));
    assert!(names(&used, "/informationSource", "Patient", "p1"));
    assert_eq!(used["dosage"].as_array().map(Vec::len), Some(2));
    let stopped = body("MedicationStatement.medication_use", "mu2");
    assert_eq!((stopped["status"].as_str(), code(&stopped, "/statusReason/0")), (Some("stopped"), "OTH"));
}

#[test]
fn a_dispense_request_an_administration_agreement_and_a_dispense_follow_one_agreement() {
    let request = body("MedicationRequest.dispense_request", "dr1");
    assert!(claims(&request, "mp-DispenseRequest") && names(&request, "/basedOn/0", "MedicationRequest", "m1"));
    assert!(names(&request, "/performer", "Organization.outside", "g3"));
    let agreement = body("MedicationDispense.administration_agreement", "aa1");
    assert!(claims(&agreement, "mp-AdministrationAgreement"));
    assert!(names(&agreement, "/authorizingPrescription/0", "MedicationRequest", "m1"));
    let dispense = body("MedicationDispense.dispense", "di1");
    assert!(claims(&dispense, "mp-MedicationDispense"));
    assert!(names(&dispense, "/authorizingPrescription/0", "MedicationRequest.dispense_request", "dr1"));
    let treatment = |body: &Value| -> Value {
        let all = body["extension"].as_array().unwrap();
        all.iter().find_map(|extension| extension.pointer("/valueIdentifier/value").cloned()).unwrap()
    };
    let of_agreement = body("MedicationRequest", "m1");
    for other in [&request, &agreement, &dispense] {
        assert_eq!(treatment(other), treatment(&of_agreement), "one treatment");
    }
}

#[test]
fn a_dosing_in_parts_becomes_a_line_each_and_a_range_stays_a_range() {
    let request = body("MedicationRequest", "m3");
    let first = &request["dosageInstruction"][0];
    assert_eq!(first["timing"]["repeat"]["frequency"], 2);
    assert_eq!(first["timing"]["repeat"]["timeOfDay"][1], "20:00:00");
    assert_eq!(first["doseAndRate"][0]["doseRange"]["high"]["code"], "1");
    assert_eq!(request["dosageInstruction"][1]["doseAndRate"][0]["doseQuantity"]["code"], "mL");
    let other = render(|records| records.medications[2].d.dosing[0].dose_unit = Some("215".into()));
    let low = &find(&other, "MedicationRequest", "m3")["dosageInstruction"][0]["doseAndRate"][0]["doseRange"]["low"];
    assert_eq!(low["system"], "urn:oid:2.16.840.1.113883.2.4.4.1.900.2", "a unit that UCUM does not know stays itself");
}

#[test]
fn a_vaccination_claims_the_profile_with_a_product_code_only() {
    let coded = body("Immunization", "v2");
    assert!(claims(&coded, "nl-core-Vaccination-event"));
    assert_eq!(code(&coded, "/reasonCode/0"), "159741000146107");
    assert_eq!(coded["lotNumber"], "A1");
    assert!(claims(&body("Medication.vaccination", "v2"), "nl-core-PharmaceuticalProduct"));
    assert!(claims(&body("Immunization", "v1"), "Immunization"));
    assert_eq!(body("Immunization", "v3").pointer("/_lotNumber/extension/0/valueCode").unwrap(), "unknown");
}

#[test]
fn a_treatment_claims_the_profile_with_a_code_of_the_list_only() {
    let coded = body("Procedure", "t2");
    assert!(claims(&coded, "nl-core-Procedure-event"));
    assert_eq!(coded["performedPeriod"]["start"], "2011-01");
    assert_eq!(code(&coded, "/bodySite/0"), "80891009");
    assert!(claims(&body("Procedure", "t1"), "Procedure"));
}

#[test]
fn prophylaxis_is_a_plan_and_a_referral_an_order() {
    let plan = body("ServiceRequest.prophylaxis", "x1");
    assert_eq!(
        (plan["intent"].as_str(), plan["occurrencePeriod"]["start"].as_str()),
        (Some("plan"), Some("2026-06-01"))
    );
    let coded = body("ServiceRequest.referral", "rf2");
    assert!(claims(&coded, "nl-core-Procedure-request"));
    assert!(names(&coded, "/performer/0", "PractitionerRole.professional", "z1"));
    let plain = body("ServiceRequest.referral", "rf1");
    assert!(claims(&plain, "ServiceRequest"));
    assert_eq!(plain["performer"][0]["display"], "Oogarts");
}

#[test]
fn an_appointment_has_patient_and_carer_and_both_ends() {
    let appointment = body("Appointment", "ap1");
    assert_eq!(appointment["start"], appointment["end"], "without an end it is the start");
    assert_eq!(appointment["participant"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_contra_indication_claims_the_profile_with_its_code_only() {
    let coded = body("Flag.contraindication", "ci2");
    assert!(claims(&coded, "nl-core-MedicationContraIndication"));
    assert_eq!(code(&coded, "/category/0"), "140401000146105");
    assert!(claims(&body("Flag.contraindication", "ci1"), "Flag"));
}

#[test]
fn an_attention_line_has_a_name_of_the_list_or_is_other() {
    let named = body("Flag.alert", "al2");
    assert_eq!((code(&named, "/code"), code(&named, "/category/0")), ("432415000", "74018-3"));
    let plain = body("Flag.alert", "al1");
    assert_eq!((code(&plain, "/code"), plain["code"]["text"].as_str()), ("OTH", Some("Let op")));
}

#[test]
fn a_blood_pressure_is_made_of_two_results_of_one_moment() {
    let patient = render(|_| {});
    let panel = find(&patient, "Observation.blood_pressure", "o01");
    assert!(claims(&panel, "nl-core-BloodPressure"));
    assert_eq!(panel["component"][0]["valueQuantity"]["value"], 142);
    assert_eq!(panel["component"][1]["valueQuantity"]["value"], 88);
    assert!(names(&panel, "/derivedFrom/1", "Observation", "o12"));
    let item = patient.facts.items().iter().find(|item| item.key == ItemKey::panel(&source("o01"))).unwrap();
    assert_eq!(item.topic, Topic::Panel { members: [source("o01"), source("o12")] });
    let is_paired = |change: fn(&mut Observation)| {
        let patient = render(|records| {
            let record = records.observations.iter_mut().find(|record| record.id.as_str() == "o12").unwrap();
            change(&mut record.d);
        });
        patient.faces[&R4].iter().any(|resource| resource.id == id("Observation.blood_pressure", "o01"))
    };
    assert!(is_paired(|_| {}));
    assert!(!is_paired(|o| o.contact = None));
    assert!(!is_paired(|o| o.episodes.clear()));
    assert!(!is_paired(|o| o.value = number("88", "mmHg", false)));
    let twice = render(|records| {
        let again = records.observations.iter().find(|record| record.id.as_str() == "o12").unwrap().d.clone();
        records.observations.push(record("o99", again));
    });
    let panel = id("Observation.blood_pressure", "o01");
    assert!(twice.faces[&R4].iter().all(|resource| resource.id != panel), "which of two belongs to it is not guessed");
}

#[test]
fn a_result_names_its_specimen_its_order_and_the_results_of_its_panel() {
    let result = body("Observation", "o18");
    assert!(
        names(&result, "/specimen", "Specimen", "s1") && names(&result, "/basedOn/0", "ServiceRequest.order", "w1")
    );
    assert_eq!(result["interpretation"][0]["coding"][1]["code"], "R");
    assert_eq!(result["interpretation"][1]["text"], "resistent tegen penicilline");
    assert_eq!(result["valueQuantity"]["unit"], "mg/l");
    let panel = body("Observation", "o17");
    assert!(
        names(&panel, "/hasMember/0", "Observation", "o07")
            && names(&panel, "/performer/0", "Organization.outside", "g1")
    );
    assert!(claims(&body("Specimen", "s1"), "nl-core-LaboratoryTestResult.Specimen"));
    assert!(claims(&body("Specimen", "s2"), "Specimen"));
}

#[test]
fn vital_signs_are_known_by_their_code_and_complete_value() {
    for (key, profile) in
        [("o13", "nl-core-HeartRate"), ("o14", "nl-core-O2Saturation"), ("o15", "nl-core-HeadCircumference")]
    {
        assert!(claims(&body("Observation", key), profile), "{key}");
    }
    let saturation = body("Observation", "o14");
    let codes: Vec<&str> =
        saturation["code"]["coding"].as_array().unwrap().iter().filter_map(|c| c["code"].as_str()).collect();
    assert_eq!(codes, ["59408-5", "2708-6"]);
    assert!(claims(&body("Observation", "o16"), "Observation"), "there is no profile for a waist");
}

#[test]
fn a_contact_person_has_a_role_a_relation_and_ways_to_be_reached() {
    let person = body("RelatedPerson.contact_person", "cp1");
    assert_eq!((code(&person, "/relationship/0"), code(&person, "/relationship/1")), ("01", "HUSB"));
    assert_eq!(person["telecom"][0]["use"], "work");
    assert_eq!(person["address"][0]["district"], "Proefdorp");
    assert_eq!(code(&body("RelatedPerson.representative", "p1-r1"), "/relationship/0"), "23");
    let unknown = render(|records| records.contact_persons[0].d.role = Some("99".into()));
    assert!(unknown.problems.iter().any(|problem| problem.path == "/role"));
}

#[test]
fn a_payer_is_an_insurer_the_patient_or_a_contact_person() {
    let insured = body("Coverage", "py1");
    assert!(
        claims(&insured, "nl-core-Payer.InsuranceCompany") && names(&insured, "/payor/0", "Organization.outside", "g2")
    );
    assert!(names(&body("Coverage", "py2"), "/payor/0", "Organization.payer", "py2"));
    let paid = body("Coverage", "py3");
    assert!(
        claims(&paid, "nl-core-Payer.PayerPerson") && names(&paid, "/payor/0", "RelatedPerson.contact_person", "cp1")
    );
    assert!(names(&body("Coverage", "py4"), "/payor/0", "Patient", "p1"));
}

#[test]
fn a_treatment_directive_permits_denies_or_says_what_else() {
    let denied = body("Consent.directive", "td1");
    assert_eq!((denied["provision"]["type"].as_str(), code(&denied, "/provision/code/0")), (Some("deny"), "89666000"));
    assert!(names(&denied, "/sourceReference", "Consent.advance_directive", "ad1"));
    assert_eq!(denied["provision"]["actor"].as_array().map(Vec::len), Some(3));
    let other = body("Consent.directive", "td2");
    assert!(other["provision"].get("type").is_none() && code(&other, "/provision/code/0") == "OTH");
    assert_eq!(other["modifierExtension"][0]["valueString"], "alleen overdag");
}

#[test]
fn an_advance_directive_names_its_kind_and_who_represents_the_patient() {
    let directive = body("Consent.advance_directive", "ad1");
    assert_eq!((code(&directive, "/category/0"), code(&directive, "/provision/code/0")), ("acd", "NR"));
    assert!(names(&directive, "/provision/actor/0/reference", "RelatedPerson.contact_person", "cp1"));
    assert_eq!(code(&body("Consent.advance_directive", "ad2"), "/provision/code/0"), "OTH");
}

#[test]
fn tobacco_alcohol_and_drugs_have_codes_and_parts_of_their_own() {
    let cases = [
        ("ls1", "nl-core-TobaccoUse", "449868002", 3),
        ("ls2", "nl-core-AlcoholUse", "219006", 1),
        ("ls3", "nl-core-DrugUse", "OTH", 3),
    ];
    for (key, profile, status, parts) in cases {
        let use_ = body("Observation.lifestyle", key);
        assert!(claims(&use_, profile), "{key}");
        assert_eq!(code(&use_, "/valueCodeableConcept"), status, "{key}");
        assert_eq!(use_["component"].as_array().map(Vec::len), Some(parts), "{key}");
    }
}

#[test]
fn a_living_situation_has_the_house_as_its_member() {
    let living = body("Observation.living_situation", "li1");
    assert!(names(&living, "/hasMember/0", "Observation.living_situation.house", "li1"));
    assert_eq!(code(&body("Observation.living_situation.house", "li1"), "/valueCodeableConcept"), "FLATW");
    assert_eq!(code(&body("Observation.living_situation.house", "li2"), "/valueCodeableConcept"), "OTH");
    assert!(body("Observation.living_situation", "li3").get("hasMember").is_none());
}

#[test]
fn a_status_is_functional_or_mental_and_in_words_claims_the_base() {
    let functional = body("Observation.functional_status", "fs1");
    assert!(claims(&functional, "nl-core-FunctionalOrMentalStatus"));
    assert_eq!(code(&functional, "/category/0"), "118228005");
    assert!(names(&functional, "/extension/0/valueReference", "DeviceUseStatement.device", "dv1"));
    let mental = body("Observation.functional_status", "fs2");
    assert!(claims(&mental, "Observation") && code(&mental, "/category/0") == "384821006");
}

#[test]
fn a_problem_of_a_line_is_a_condition_that_goes_with_the_line() {
    let stated = |kind: LineKind| {
        render(|records| {
            let entry = records.entries.iter_mut().find(|record| record.id.as_str() == "c1-1").unwrap();
            let line = entry.d.lines.iter_mut().find(|line| line.kind == kind).unwrap();
            line.problem = Some(LineProblem { is_diagnosis: true, is_active: true, onset: None });
            line.icpc_text = Some("Diabetes".into());
            line.author = Some(Who::Employee(source("e2")));
        })
    };
    let patient = stated(LineKind::E);
    let problem = find(&patient, "Condition.line", "c1-1#1");
    assert_eq!((code(&problem, "/category/0"), code(&problem, "/code")), ("282291009", "T90.02"));
    assert!(names(&problem, "/encounter", "Encounter", "c1") && names(&problem, "/asserter", "PractitionerRole", "e2"));
    let line = id("Observation.line", "c1-1#1");
    let line = patient.faces[&R4].iter().find(|resource| resource.id == line).unwrap();
    let condition = id("Condition.line", "c1-1#1");
    assert!(patient.faces[&R4].iter().any(|resource| resource.id == condition && resource.item == line.item));
    let profiles = crate::mapping::check::Profiles::load().unwrap();
    assert_eq!(profiles.check(R4, crate::fhir::ResourceType::Condition, &problem), Ok(()));
    assert!(stated(LineKind::P).problems.iter().any(|problem| problem.path == "/lines/3/problem"));
}

#[test]
fn a_device_has_its_product_beside_its_use() {
    let used = body("DeviceUseStatement.device", "dv1");
    assert!(claims(&used, "nl-core-MedicalDevice") && names(&used, "/device", "Device.device", "dv1"));
    let product = body("Device.device", "dv1");
    assert_eq!(
        (code(&product, "/type"), product["identifier"][0]["value"].as_str()),
        ("14106009", Some("08712345678906"))
    );
    assert_eq!(code(&body("Device.device", "dv2"), "/type"), "OTH");
}

#[test]
fn an_intolerance_has_its_criticality_and_each_reaction() {
    let allergy = body("AllergyIntolerance", "a1");
    assert_eq!(allergy["criticality"], "high");
    assert_eq!(allergy.pointer("/_criticality/extension/0/valueCodeableConcept/coding/0/code").unwrap(), "399166001");
    assert_eq!(code(&allergy, "/reaction/1/manifestation/0"), "271807003");
}

#[test]
fn somebody_who_cannot_stand_in_a_place_is_a_problem_and_is_left_out() {
    let patient = render(|records| {
        records.dispense_requests[0].d.author = Some(Who::Patient);
        records.lifestyles[0].d.author = Some(Who::Employee(source("e99")));
    });
    assert!(find(&patient, "MedicationRequest.dispense_request", "dr1").get("requester").is_none());
    assert!(find(&patient, "Observation.lifestyle", "ls1").get("performer").is_none());
    assert_eq!(patient.problems.iter().filter(|problem| problem.path == "/author").count(), 2);
}
