//! All official definitions can be used: every type, profile and invariant is understood.

use std::path::Path;

use dvza_conformance::definitions::Definitions;
use dvza_conformance::profile::{Profile, ProfileRule};

use super::support;

/// Profiles that official profiles are made from and that are not in the packages.
const MISSING: [&str; 1] = ["http://nictiz.nl/fhir/StructureDefinition/pattern-ZibHealthProfessionalReference"];

fn unread(rule: &ProfileRule, found: &mut Vec<String>) {
    for constraint in &rule.constraints {
        if let Err(reason) = &constraint.expression {
            found.push(format!("{}: {reason}", constraint.key));
        }
    }
    let discriminators = rule.slicing.iter().flat_map(|slicing| &slicing.discriminators);
    found.extend(discriminators.filter(|one| one.expression.is_none()).map(|one| format!("path {}", one.path)));
    for below in rule.children.iter().chain(rule.slices.iter().map(|(_, slice)| slice)) {
        unread(below, found);
    }
}

#[test]
fn every_profile_and_its_invariants_are_read() {
    let Some(folder) = support::shared("fhir") else { return };
    let packages: [&Path; 2] = [&folder.join("nl-core-r4/packages"), &folder.join("r4-core/package")];
    let definitions = Definitions::in_folders(&packages).unwrap();
    let (mut faults, mut missing) = (Vec::new(), Vec::new());
    for url in definitions.structures() {
        let profile = Profile::load(&definitions, url).unwrap();
        missing.extend(profile.missing.clone());
        unread(&profile.root, &mut faults);
    }
    faults.sort();
    faults.dedup();
    missing.sort();
    missing.dedup();
    assert!(definitions.structures().len() > 900);
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(missing, MISSING);
}
