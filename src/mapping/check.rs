//! Does a resource say what our profiles promise? JSON Schemas in `profiles`, a folder per FHIR release and in it one per
//! profile we claim.
//!
//! The schemas state the facts of the official profiles that concern what we emit: members, fixed codes, patterns; and
//! the rules of all MedMij services (nl-core-r4-profiles §0.2). They are checked at import, before anything is stored:
//! a resource that fails is not served. Whether the official definitions agree is judged in `conformance`.

use std::collections::HashMap;

use jsonschema::{Registry, ValidationError, Validator};
use serde_json::Value;

use crate::fhir::{Faces, FhirRelease, ResourceType};

/// The schemas of one FHIR release.
struct Schemas {
    release: FhirRelease,
    /// The datatypes the others refer to, and where they live by name: nothing is fetched from there.
    datatypes: (&'static str, &'static str),
    /// Name and text of every other one; its `title` is the profile it states.
    profiles: &'static [(&'static str, &'static str)],
}

/// Every release we render; another one has no profile at all.
const SCHEMAS: &[Schemas] = &[
    Schemas {
        release: FhirRelease::R4,
        datatypes: (
            include_str!("../../profiles/r4/datatypes.schema.json"),
            "https://dvza.nl/profiles/r4/datatypes.schema.json",
        ),
        profiles: R4,
    },
    Schemas {
        release: FhirRelease::Stu3,
        datatypes: (
            include_str!("../../profiles/stu3/datatypes.schema.json"),
            "https://dvza.nl/profiles/stu3/datatypes.schema.json",
        ),
        profiles: STU3,
    },
];

macro_rules! schemas {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../profiles/", $folder, "/", $name, ".schema.json")))),+]
    };
}

const R4: &[(&str, &str)] = schemas![
    "r4":
    "Appointment",
    "Binary",
    "DiagnosticReport",
    "DocumentReference",
    "Flag",
    "Immunization",
    "Observation",
    "Procedure",
    "ServiceRequest",
    "Specimen",
    "mp-AdministrationAgreement",
    "mp-DispenseRequest",
    "mp-MedicationAgreement",
    "mp-MedicationDispense",
    "mp-MedicationUse2",
    "mp-PharmaceuticalProduct",
    "nl-core-AdvanceDirective",
    "nl-core-AlcoholUse",
    "nl-core-Alert",
    "nl-core-AllergyIntolerance",
    "nl-core-BloodPressure",
    "nl-core-BodyHeight",
    "nl-core-BodyTemperature",
    "nl-core-BodyWeight",
    "nl-core-ContactPerson",
    "nl-core-DrugUse",
    "nl-core-Encounter",
    "nl-core-EpisodeOfCare",
    "nl-core-FunctionalOrMentalStatus",
    "nl-core-HeadCircumference",
    "nl-core-HealthProfessional-Practitioner",
    "nl-core-HealthProfessional-PractitionerRole",
    "nl-core-HealthcareProvider",
    "nl-core-HealthcareProvider-Organization",
    "nl-core-HeartRate",
    "nl-core-LaboratoryTestResult",
    "nl-core-LaboratoryTestResult.Specimen",
    "nl-core-LivingSituation",
    "nl-core-LivingSituation.HouseType",
    "nl-core-MedicalDevice",
    "nl-core-MedicalDevice.Product",
    "nl-core-MedicationContraIndication",
    "nl-core-O2Saturation",
    "nl-core-Patient",
    "nl-core-Payer-Organization",
    "nl-core-Payer.InsuranceCompany",
    "nl-core-Payer.PayerPerson",
    "nl-core-PharmaceuticalProduct",
    "nl-core-Problem",
    "nl-core-Procedure-event",
    "nl-core-Procedure-request",
    "nl-core-PulseRate.PulseRateValue",
    "nl-core-SOAPReport",
    "nl-core-SOAPReport.SOAPLine",
    "nl-core-TobaccoUse",
    "nl-core-TreatmentDirective2",
    "nl-core-Vaccination-event",
];

const STU3: &[(&str, &str)] = schemas![
    "stu3":
    "Binary",
    "IHE.MHD.DocumentManifest",
    "IHE.MHD.Minimal.DocumentReference",
    "eAfspraak-Appointment",
    "gp-DiagnosticResult",
    "gp-Encounter",
    "gp-EncounterReport",
    "gp-JournalEntry",
    "gp-LaboratoryResult",
    "nl-core-episodeofcare",
    "nl-core-location",
    "nl-core-organization",
    "nl-core-patient",
    "nl-core-practitioner",
    "nl-core-practitionerrole",
    "nl-core-relatedperson",
    "zib-AdministrationAgreement",
    "zib-AdvanceDirective",
    "zib-AlcoholUse",
    "zib-Alert",
    "zib-AllergyIntolerance",
    "zib-BloodPressure",
    "zib-BodyHeight",
    "zib-BodyWeight",
    "zib-DrugUse",
    "zib-FunctionalOrMentalStatus",
    "zib-LaboratoryTestResult-DiagnosticReport",
    "zib-LaboratoryTestResult-Observation",
    "zib-LaboratoryTestResult-Specimen",
    "zib-LivingSituation",
    "zib-MedicalDevice",
    "zib-MedicalDeviceProduct",
    "zib-MedicationAgreement",
    "zib-MedicationUse",
    "zib-Payer",
    "zib-Problem",
    "zib-Procedure",
    "zib-ProcedureRequest",
    "zib-Product",
    "zib-TobaccoUse",
    "zib-TreatmentDirective",
    "zib-Vaccination",
];

/// The profile of a Binary, which has no meta to claim one in.
const BINARY: &str = "http://hl7.org/fhir/StructureDefinition/Binary";

/// A schema that cannot be used: the build is broken, not the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the schema {0} of our profiles cannot be used")]
pub struct BrokenSchema(pub &'static str);

/// A place in a resource that breaks a rule of its profile. It never quotes a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {rule}")]
pub struct Fault {
    /// JSON Pointer into the resource; empty for the resource itself.
    pub pointer: String,
    /// The rule: a keyword of JSON Schema with the place in the schema that states it.
    pub rule: String,
}

/// The profiles we serve, compiled once and shared between threads.
#[derive(Debug)]
pub struct Profiles {
    by_canonical: Faces<HashMap<String, Validator>>,
}

impl Profiles {
    /// Compiles the built-in schemas; takes some milliseconds, so it is done once at start.
    ///
    /// # Errors
    /// [`BrokenSchema`] names the schema that is not JSON or not a schema.
    pub fn load() -> Result<Self, BrokenSchema> {
        let by_canonical = SCHEMAS.iter().map(|schemas| compile(schemas).map(|compiled| (schemas.release, compiled)));
        Ok(Self { by_canonical: by_canonical.collect::<Result<_, BrokenSchema>>()? })
    }

    /// The profiles of this release that there is a schema for, in no order.
    pub fn canonicals(&self, release: FhirRelease) -> impl Iterator<Item = &str> {
        self.by_canonical.get(&release).into_iter().flat_map(HashMap::keys).map(String::as_str)
    }

    /// Checks a resource of this release against the profiles that its `meta.profile` names.
    ///
    /// # Errors
    /// Every fault found; a resource of another type than `kind`, without a profile, or with one we do not state, has
    /// one fault.
    pub fn check(&self, release: FhirRelease, kind: ResourceType, body: &Value) -> Result<(), Vec<Fault>> {
        if body.get("resourceType").and_then(Value::as_str) != Some(kind.as_str()) {
            return Err(vec![fault("/resourceType", "is not the expected type")]);
        }
        let profiles = self.by_canonical.get(&release);
        let validator = |canonical: &str| profiles.and_then(|profiles| profiles.get(canonical));
        if kind == ResourceType::Binary {
            return judge(validator(BINARY), 0, body);
        }
        let claims = body.pointer("/meta/profile").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if claims.is_empty() {
            return Err(vec![fault("/meta/profile", "names no profile")]);
        }
        for (place, claim) in claims.iter().enumerate() {
            judge(claim.as_str().and_then(validator), place, body)?;
        }
        Ok(())
    }
}

/// Checks a resource against the profile it claims in this place.
fn judge(validator: Option<&Validator>, place: usize, body: &Value) -> Result<(), Vec<Fault>> {
    let Some(validator) = validator else {
        return Err(vec![fault(&format!("/meta/profile/{place}"), "is not a profile of this server")]);
    };
    if validator.is_valid(body) {
        return Ok(());
    }
    Err(validator.iter_errors(body).map(|error| of_error(&error)).collect())
}

/// The schemas of a release by the profile they state.
fn compile(schemas: &Schemas) -> Result<HashMap<String, Validator>, BrokenSchema> {
    let (text, uri) = schemas.datatypes;
    let registry = Registry::new()
        .add(uri, parse("datatypes", text)?)
        .and_then(|registry| registry.prepare())
        .map_err(|_| BrokenSchema("datatypes"))?;
    let mut by_canonical = HashMap::with_capacity(schemas.profiles.len());
    for &(name, text) in schemas.profiles {
        let schema = parse(name, text)?;
        let canonical = schema.get("title").and_then(Value::as_str).ok_or(BrokenSchema(name))?.to_owned();
        let options = jsonschema::options().with_registry(&registry);
        let validator = options.build(&schema).map_err(|_| BrokenSchema(name))?;
        by_canonical.insert(canonical, validator);
    }
    Ok(by_canonical)
}

fn parse(name: &'static str, text: &str) -> Result<Value, BrokenSchema> {
    serde_json::from_str(text).map_err(|_| BrokenSchema(name))
}

fn fault(pointer: &str, rule: &str) -> Fault {
    Fault { pointer: pointer.to_owned(), rule: rule.to_owned() }
}

/// Both paths hold member names and indices only: those of the schema, and those that lead to the place.
fn of_error(error: &ValidationError<'_>) -> Fault {
    let rule = format!("{} ({})", error.kind().keyword(), error.schema_path());
    Fault { pointer: error.instance_path().to_string(), rule }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn organization() -> Value {
        json!({
            "resourceType": "Organization",
            "id": "abcdefghijklmnopqrstuvwxyz",
            "meta": {
                "versionId": "3",
                "lastUpdated": "2026-06-14T18:00:00+02:00",
                "profile": ["http://nictiz.nl/fhir/StructureDefinition/nl-core-HealthcareProvider-Organization"]
            },
            "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": "90007771"}],
            "type": [{"coding": [{
                "system": "http://nictiz.nl/fhir/NamingSystem/organization-type", "code": "Z3", "display": "Huisartspraktijk"
            }]}],
            "name": "Huisartsenpraktijk De Zandhoek (fictief)"
        })
    }

    fn check(body: &Value) -> Result<(), Vec<Fault>> {
        Profiles::load().unwrap().check(FhirRelease::R4, ResourceType::Organization, body)
    }

    #[test]
    fn every_schema_can_be_used() {
        let profiles = Profiles::load().unwrap();
        for schemas in SCHEMAS {
            assert_eq!(profiles.canonicals(schemas.release).count(), schemas.profiles.len());
        }
    }

    #[test]
    fn a_good_resource_passes() {
        assert_eq!(check(&organization()), Ok(()));
    }

    #[test]
    fn a_broken_resource_has_a_fault_at_the_place() {
        let cases: [(&str, &str, Value); 8] = [
            (
                "a type of another list",
                "/type/0/coding",
                json!([{"coding": [{"system": "http://x.y", "code": "Z3", "display": "x"}]}]),
            ),
            (
                "a coding without code",
                "/type/0/coding/0",
                json!([{"coding": [{"system": "http://nictiz.nl/fhir/NamingSystem/organization-type"}]}]),
            ),
            ("no name", "", json!(null)),
            ("a blank name", "/name", json!(" ")),
            (
                "a citizen service number",
                "/identifier/0",
                json!([{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"}]),
            ),
            ("an id of the HIS", "/id", json!("pr1")),
            ("a member we do not write", "", json!([{"text": "x"}])),
            (
                "an identifier without value",
                "/identifier/0",
                json!([{"system": "http://fhir.nl/fhir/NamingSystem/ura"}]),
            ),
        ];
        for (what, pointer, value) in cases {
            let mut body = organization();
            match what {
                "no name" => drop(body.as_object_mut().unwrap().remove("name")),
                "a blank name" => body["name"] = value,
                "an id of the HIS" => body["id"] = value,
                "a member we do not write" => body["alias"] = value,
                "a citizen service number" | "an identifier without value" => body["identifier"] = value,
                _ => body["type"] = value,
            }
            let faults = check(&body).expect_err(what);
            assert!(faults.iter().any(|fault| fault.pointer.starts_with(pointer)), "{what}: {faults:?}");
        }
    }

    #[test]
    fn a_fault_never_quotes_a_value() {
        let mut body = organization();
        body["name"] = json!({"Jansen 999990019": "Jansen 999990019"});
        body["identifier"] = json!([{"system": "Jansen 999990019", "value": 999_990_019}]);
        body["Jansen 999990019"] = json!(1);
        for fault in check(&body).unwrap_err() {
            let shown = format!("{fault}");
            assert!(!shown.contains("Jansen") && !shown.contains("999990019"), "{shown}");
        }
    }

    #[test]
    fn only_profiles_of_this_server_are_accepted() {
        let profiles = Profiles::load().unwrap();
        let mut body = organization();
        body["meta"]["profile"][0] = json!("http://hl7.org/fhir/StructureDefinition/Organization");
        assert!(profiles.check(FhirRelease::R4, ResourceType::Organization, &body).is_err());
        body["meta"] = json!({});
        assert!(profiles.check(FhirRelease::R4, ResourceType::Organization, &body).is_err());
        assert!(profiles.check(FhirRelease::R4, ResourceType::Patient, &organization()).is_err());
        let kind = ResourceType::Organization;
        assert!(profiles.check(FhirRelease::R4, kind, &organization()).is_ok());
        assert!(profiles.check(FhirRelease::Stu3, kind, &organization()).is_err(), "of another release");
        body = organization();
        let claims = body["meta"]["profile"].as_array_mut().unwrap();
        claims.push(json!("http://hl7.org/fhir/StructureDefinition/Organization"));
        assert!(profiles.check(FhirRelease::R4, kind, &body).is_err(), "every claim counts");
        for body in [json!(null), json!([]), json!("x"), json!({"resourceType": 1})] {
            assert!(profiles.check(FhirRelease::R4, ResourceType::Patient, &body).is_err());
        }
    }
}
