//! What is compared, concept by concept: where each fact stands in R4 and where in STU3, as paths for `facts::find`.
//!
//! Left out, since one of the two services does not have it or says it by other means:
//! - what 49 cannot ask for: attention lines, contra-indications, appointments, vaccinations, treatments, prophylaxis,
//!   referrals, contact persons, laboratory reports, results without a number in NHG table 45, the problem that a
//!   journal line states, and the panel of a blood pressure (49 has its two results, with a code of LOINC each);
//! - the members and the order of a result: a member may be such a result, and orders are no part of 49;
//! - what a resource is by its profile or category alone: the category of an attention value and of a prescription, the
//!   type of a report and of an episode, the status of a prescription (`unknown` in R4, left out in STU3), the physical
//!   or postal type of an address, the practice as the patient's managing organisation, the words of a specialty;
//! - the code in the section of a report, which R4 has with the journal line only: there it is compared;
//! - that a prescription goes on without an end, which has no place in STU3.
//!
//! The first and last contact of an episode and the episode of an attention value are compared in `faces`: R4 says them
//! by references.

use super::facts::{Concept, Row, both, each};

/// Of everything: which version of the record it is.
const OF_ALL: &[Row] = &[both("version", "meta/versionId"), both("changed", "meta/lastUpdated")];

/// How somebody can be reached.
const TELECOM: &[Row] = &[
    both("telecom system", "telecom/*/system"),
    both("telecom value", "telecom/*/value"),
    // STU3 says here too that a number is a mobile one.
    both("telecom use", "telecom/*/use").where_r4_has_it(),
    each(
        "telecom kind",
        "telecom/*/_system/~ext-CodeSpecification/valueCodeableConcept/coding",
        "telecom/*/~zib-ContactInformation-TelecomType/valueCodeableConcept/coding",
    ),
    each("telecom remark", "telecom/*/~ext-Comment/valueString", "telecom/*/~Comment/valueString"),
];

/// Where somebody lives or works.
const ADDRESS: &[Row] = &[
    both("address use", "address/*/use"),
    each(
        "address kind",
        "address/*/~ext-AddressInformation.AddressType/valueCodeableConcept/coding",
        "address/*/~zib-AddressInformation-AddressType/valueCodeableConcept/coding",
    ),
    both("address line", "address/*/line"),
    both("street", "address/*/_line/*/~iso21090-ADXP-streetName/valueString"),
    both("house number", "address/*/_line/*/~iso21090-ADXP-houseNumber/valueString"),
    both("house letter", "address/*/_line/*/~iso21090-ADXP-buildingNumberSuffix/valueString"),
    both("addition", "address/*/_line/*/~iso21090-ADXP-unitID/valueString"),
    both("locator", "address/*/_line/*/~iso21090-ADXP-additionalLocator/valueString"),
    both("city", "address/*/city"),
    both("district", "address/*/district"),
    both("postcode", "address/*/postalCode"),
    both("country", "address/*/country").alike(&[("Nederland", "NLD")]),
];

/// How somebody is called.
const NAME: &[Row] = &[
    both("name", "name/0/text"),
    both("family name", "name/0/family"),
    both("own prefix", "name/0/_family/~humanname-own-prefix/valueString"),
    both("own name", "name/0/_family/~humanname-own-name/valueString"),
    both("partner prefix", "name/0/_family/~humanname-partner-prefix/valueString"),
    both("partner name", "name/0/_family/~humanname-partner-name/valueString"),
    both("order of names", "name/0/~humanname-assembly-order/valueCode"),
    // The call name is a name of its own in R4.
    each("given names", "name/+/given/+", "name/0/given/+"),
    both("title", "name/0/prefix"),
    both("suffix", "name/0/suffix"),
    both("gender", "gender"),
    each(
        "gender of the zib",
        "_gender/~ext-CodeSpecification/valueCodeableConcept/coding",
        "_gender/~code-specification/valueCodeableConcept/coding",
    ),
];

const PATIENT: &[Row] = &[
    both("identifier", "identifier"),
    both("birth date", "birthDate"),
    both("deceased", "deceasedBoolean"),
    both("day of death", "deceasedDateTime"),
    both("marital status", "maritalStatus"),
    both("multiple birth", "multipleBirthBoolean"),
    both("general practitioner", "generalPractitioner"),
];

const ROLE: &[Row] = &[
    both("active", "active"),
    both("practitioner", "practitioner"),
    both("organisation", "organization"),
    both("role in the UZI register", "specialty/+/coding/=uzi-rolcode/code"),
];

const ORGANIZATION: &[Row] =
    &[both("identifier", "identifier"), both("name", "name"), both("kind", "type/+/coding/+/code")];

const EPISODE: &[Row] = &[
    each("title", "~ext-EpisodeOfCare.EpisodeOfCareName/valueString", "~EpisodeOfCare-Title/valueString"),
    both("status", "status"),
    both("period", "period"),
    both("problem", "diagnosis/+/condition"),
    both("practice", "managingOrganization"),
];

const PROBLEM: &[Row] = &[
    both("code", "code"),
    each("state", "clinicalStatus/coding/0/code", "clinicalStatus"),
    each("certainty", "verificationStatus/coding/0/code", "verificationStatus"),
    both("kind", "category/0/coding/0/code"),
    both("start", "onsetDateTime"),
    both("end", "abatementDateTime"),
];

const ATTENTION: &[Row] = &[
    both("status", "status"),
    both("code", "code/coding/=icpc-1-nl"),
    both("words", "code/text"),
    both("period", "period"),
    both("author", "author"),
];

const CONTACT: &[Row] = &[
    both("status", "status"),
    both("class", "class"),
    both("kind", "type/0/text"),
    // Of a kind without a code the code is made up for STU3, which demands one.
    both("code", "type/0/coding/=nhg-tabel-14-contactwijze").where_r4_has_it(),
    both("period", "period"),
    both("carer", "participant/+/individual"),
    both("practice", "serviceProvider"),
    both("location", "location/+/location"),
    each("reason", "reasonCode/+/text", "reason/+/text"),
    both("episodes", "episodeOfCare/+"),
];

const REPORT: &[Row] = &[
    both("title", "title"),
    both("moment", "date"),
    both("status", "status"),
    // STU3 takes no organisation here: it is named in words.
    both("author", "author/0/display"),
    both("practice", "custodian"),
    // What the contact was, the words of a reference tell in R4 only: in STU3 they must tell nothing, and stay.
    both("contact", "encounter/reference"),
    both("section title", "section/*/title"),
    // R4 codes the first four sections: no dossier here has more.
    both("section code", "section/*/code/coding/=journaalregeltypen/code"),
    both("section text", "section/*/text"),
    both("section entries", "section/*/entry"),
];

const LINE: &[Row] = &[
    both("kind", "code/coding/0/code").alike(&[("129265001", "E"), ("129271007", "P")]),
    both("status", "status"),
    both("text", "valueString"),
    each("code", "~ext-SOAPReport.SOAPLineCode/valueCodeableConcept", "component/0/valueCodeableConcept"),
    both("moment", "effectiveDateTime"),
    both("author", "performer"),
    each("contact", "encounter/reference", "context/reference"),
    each(
        "episodes",
        "~ext-Context-EpisodeOfCare/valueReference",
        "~extension-context-nl-core-episodeofcare/valueReference",
    ),
];

const PRESCRIPTION: &[Row] = &[
    both("product", "medicationReference"),
    each("period of use", "~ext-TimeInterval.Period/valuePeriod", "~zib-Medication-PeriodOfUse/valuePeriod"),
    each(
        "days",
        "~ext-TimeInterval.Period/valuePeriod/~ext-TimeInterval.Duration/valueDuration",
        "~zib-MedicationUse-Duration/valueDuration",
    ),
    each(
        "course",
        "~ext-PharmaceuticalTreatment.Identifier/valueIdentifier",
        "~zib-Medication-MedicationTreatment/valueIdentifier",
    ),
    each(
        "stopped",
        "~ext-StopType/valueCodeableConcept/coding/0/code",
        "~zib-Medication-StopType/valueCodeableConcept/coding/0/code",
    )
    .alike(&[("113371000146109", "2")]),
    both("date", "authoredOn"),
    each("prescriber", "requester", "requester/agent"),
    both("reason to stop", "reasonCode/0/text"),
    both("reason", "reasonReference"),
    both("note", "note"),
    each("contact", "encounter", "context"),
    each(
        "episodes",
        "~ext-Context-EpisodeOfCare/valueReference",
        "~extension-context-nl-core-episodeofcare/valueReference",
    ),
    both("dosage", "dosageInstruction/*/text"),
    both("dosage number", "dosageInstruction/*/sequence"),
    both("instructions", "dosageInstruction/*/additionalInstruction"),
    both("schedule", "dosageInstruction/*/timing/repeat"),
    both("as needed", "dosageInstruction/*/asNeededCodeableConcept"),
    both("route", "dosageInstruction/*/route"),
    each("dose", "dosageInstruction/*/doseAndRate/0/doseQuantity/value", "dosageInstruction/*/doseQuantity/value"),
    each("dose unit", "dosageInstruction/*/doseAndRate/0/doseQuantity/unit", "dosageInstruction/*/doseQuantity/unit"),
    // R4 has the code of the G-Standaard beside that of UCUM, where both know the unit.
    each(
        "dose code",
        "dosageInstruction/*/doseAndRate/0/doseQuantity/~iso21090-PQ-translation/valueQuantity/code or \
         dosageInstruction/*/doseAndRate/0/doseQuantity/=urn:oid:2.16.840.1.113883.2.4.4.1.900.2/code",
        "dosageInstruction/*/doseQuantity/code",
    ),
    each("least", "dosageInstruction/*/doseAndRate/0/doseRange/low/value", "dosageInstruction/*/doseRange/low/value"),
    each("most", "dosageInstruction/*/doseAndRate/0/doseRange/high/value", "dosageInstruction/*/doseRange/high/value"),
    both("most of a period", "dosageInstruction/*/maxDosePerPeriod/numerator/value"),
    both("period of the most", "dosageInstruction/*/maxDosePerPeriod/denominator"),
    both("amount", "dispenseRequest/quantity"),
    // STU3 has no zero here.
    both("repeats", "dispenseRequest/numberOfRepeatsAllowed").alike(&[("0", "")]),
];

const PRODUCT: &[Row] = &[both("code", "code")];

const INTOLERANCE: &[Row] = &[
    each("state", "clinicalStatus/coding/0/code", "clinicalStatus"),
    each("certainty", "verificationStatus/coding/0/code", "verificationStatus"),
    both("category", "category"),
    each(
        "category of the zib",
        "_category/0/~ext-CodeSpecification/valueCodeableConcept/coding",
        "_category/0/~code-specification/valueCodeableConcept/coding",
    ),
    both("criticality", "criticality"),
    each(
        "criticality of the zib",
        "_criticality/~ext-CodeSpecification/valueCodeableConcept/coding",
        "_criticality/~code-specification/valueCodeableConcept/coding",
    ),
    both("cause", "code"),
    both("start", "onsetDateTime"),
    each("recorded", "recordedDate", "assertedDate"),
    both("recorder", "recorder"),
    both("last reaction", "lastOccurrence"),
    both("note", "note"),
    both("substance of a reaction", "reaction/*/substance"),
    both("reaction in words", "reaction/*/manifestation/+/text"),
    both("unknown reaction", "reaction/*/manifestation/+/~data-absent-reason/valueCode"),
    // What has no code is "other" in STU3, whose list is closed.
    both("code of a reaction", "reaction/*/manifestation/+/coding/=sct"),
    both("description of a reaction", "reaction/*/description"),
    both("moment of a reaction", "reaction/*/onset"),
    both("severity of a reaction", "reaction/*/severity"),
];

const RESULT: &[Row] = &[
    both("identifier", "identifier"),
    both("status", "status"),
    both("category", "category/0/coding/0/code").alike(&[("laboratory", "49581000146104")]),
    both("code", "code/coding/=nhg-tabel-45-diagnostische-bepalingen"),
    // STU3 adds the code of half a blood pressure; R4 has it in the panel.
    both("code of LOINC", "code/coding/=loinc.org").where_r4_has_it(),
    both("code of SNOMED CT", "code/coding/=sct"),
    both("name", "code/text"),
    both("quantity", "valueQuantity"),
    both("coded value", "valueCodeableConcept"),
    both("value in words", "valueString"),
    each("flag", "interpretation/+/coding/+/code", "interpretation/coding/+/code"),
    // STU3 has one place for an interpretation in words, the remark, and the conclusion of the practice.
    each("remark", "interpretation/+/text or note/+/text", "comment").in_lines(),
    both("place on the body", "bodySite"),
    each(
        "side of the body",
        "bodySite/~ext-AnatomicalLocation.Laterality/valueCodeableConcept/coding",
        "bodySite/~BodySite-Qualifier/valueCodeableConcept/coding",
    ),
    // The laboratory profile of R4 takes no method but of SNOMED CT.
    both("method", "method").where_r4_has_it(),
    both("specimen", "specimen"),
    both("lower bound", "referenceRange/0/low"),
    both("upper bound", "referenceRange/0/high"),
    both("moment", "effectiveDateTime"),
    // A weight or height that nobody is known to have measured must say so in STU3.
    both("performer", "performer").where_r4_has_it(),
    each("contact", "encounter", "context"),
    each(
        "episodes",
        "~ext-Context-EpisodeOfCare/valueReference",
        "~extension-context-nl-core-episodeofcare/valueReference",
    ),
];

const SPECIMEN: &[Row] = &[
    both("identifier", "identifier"),
    both("material", "type"),
    both("received", "receivedTime"),
    both("collected", "collection/collectedDateTime"),
    both("volume", "collection/quantity"),
    both("method", "collection/method"),
    both("place on the body", "collection/bodySite"),
    both("note", "note"),
];

/// Everything that is compared. Of people, organisations and specimens R4 may bring more: it collects more that names
/// them.
pub const CONCEPTS: &[Concept] = &[
    Concept::of("patient", "Patient", "Patient and GP", &[OF_ALL, NAME, TELECOM, ADDRESS, PATIENT]),
    Concept::of("practitioner", "Practitioner", "", &[OF_ALL, NAME]).with_more_in_r4(),
    Concept::of("role", "PractitionerRole", "", &[OF_ALL, ROLE]).with_more_in_r4(),
    Concept::of("organisation", "Organization", "", &[OF_ALL, ORGANIZATION, TELECOM, ADDRESS]).with_more_in_r4(),
    Concept::of("episode", "EpisodeOfCare", "Episodes", &[OF_ALL, EPISODE]),
    Concept::of("problem", "Condition", "Episodes", &[OF_ALL, PROBLEM]),
    Concept::of("attention", "Flag", "Episodes", &[OF_ALL, ATTENTION]),
    Concept::of("contact", "Encounter", "Contacts", &[OF_ALL, CONTACT]),
    Concept::of("report", "Composition", "Contact reports", &[OF_ALL, REPORT]),
    Concept::of("journal line", "Observation", "Contact reports", &[OF_ALL, LINE]),
    Concept::of("prescription", "MedicationRequest", "Medication", &[OF_ALL, PRESCRIPTION]),
    Concept::of("product", "Medication", "Medication", &[OF_ALL, PRODUCT]),
    Concept::of("intolerance", "AllergyIntolerance", "Intolerances", &[OF_ALL, INTOLERANCE]),
    Concept::of("result", "Observation", "Results", &[OF_ALL, RESULT])
        .only("code/coding/=nhg-tabel-45-diagnostische-bepalingen"),
    Concept::of("specimen", "Specimen", "Results", &[OF_ALL, SPECIMEN]).with_more_in_r4(),
];
