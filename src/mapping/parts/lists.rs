//! Lists of the zibs that every release has alike, with their words.

use super::codes::system;
use super::types::Coding;
use super::words::Words;
use crate::domain::dossier::{LifestyleKind, Payer, PayerKind, UseStatus, VaccinationMotive};

/// How it is used, by a code of SNOMED CT; `None` is "other", which all three lists end with.
pub(in crate::mapping) fn use_status(kind: LifestyleKind, status: UseStatus) -> Option<(&'static str, &'static str)> {
    Some(match (kind, status) {
        (LifestyleKind::Tobacco, UseStatus::Daily) => ("449868002", "rookt dagelijks tabak"),
        (LifestyleKind::Tobacco, UseStatus::Sometimes) => ("230059006", "rookt soms sigaretten"),
        (LifestyleKind::Tobacco, UseStatus::Passive) => ("43381005", "rookt passief tabak"),
        (LifestyleKind::Tobacco, UseStatus::Former) => ("8517006", "rookte vroeger"),
        (LifestyleKind::Tobacco, UseStatus::NotNow) => {
            ("405746006", "niet-roker, maar rookgedrag in verleden onbekend")
        }
        (LifestyleKind::Tobacco, UseStatus::Never) => ("266919005", "heeft nooit gerookt"),
        (LifestyleKind::Alcohol, UseStatus::Uses) => ("219006", "drinkt alcohol"),
        (LifestyleKind::Alcohol, UseStatus::NotNow) => ("105542008", "drinkt momenteel geen alcohol"),
        (LifestyleKind::Alcohol, UseStatus::Former) => ("82581004", "dronk vroeger alcohol"),
        (LifestyleKind::Alcohol, UseStatus::Never) => ("228274009", "levenslang niet-drinker"),
        (LifestyleKind::Drugs, UseStatus::Uses) => ("417284009", "huidige drugsgebruiker"),
        (LifestyleKind::Drugs, UseStatus::Misuses) => ("361055000", "misbruikt drugs en/of medicatie"),
        (LifestyleKind::Drugs, UseStatus::NotNow) => ("228367002", "gebruikt geen drugs"),
        (LifestyleKind::Drugs, UseStatus::Former) => ("44870007", "heeft in het verleden drugs misbruikt"),
        (LifestyleKind::Drugs, UseStatus::Never) => ("228368007", "heeft nooit drugs gebruikt"),
        // The reader lets through what the list of the kind has.
        _ => return None,
    })
}

/// A kind of house, in words.
pub(in crate::mapping) fn house(code: &str) -> &'static str {
    match code {
        "BOVENW" => "Bovenwoning",
        "BENEDENW" => "Benedenwoning",
        "EENGEZW" => "Eengezinswoning",
        "FLATW" => "Appartement of flatwoning",
        "AANLW" => "Aanleunwoning",
        "WOONB" => "Woonboot",
        "WOONW" => "Woonwagen",
        "AWBZIN" => "Instelling AWBZ",
        "WLZIN" => "Instelling WLZ",
        "ZVWIN" => "Instelling ZVW",
        "WMOIN" => "Instelling WMO",
        "AZC" => "Asielzoekerscentrum",
        _ => "Dakloos",
    }
}

/// The zib's list of treatments in SNOMED CT.
const TREATMENTS: [&str; 6] = ["305351004", "89666000", "40617009", "116762002", "281789004", "32485007"];

/// Is it on the list of treatments?
pub(in crate::mapping) fn is_treatment(code: &str) -> bool {
    TREATMENTS.contains(&code)
}

/// A kind of advance directive, in words.
pub(in crate::mapping) fn advance_directive(code: &str) -> &'static str {
    match code {
        "NR" => "Niet reanimeren verklaring",
        "VOL" => "Volmacht",
        "VERB" => "Behandelverbod",
        "VERBVL" => "Behandelverbod met aanvulling Voltooid Leven",
        "MON" => "Mondelinge afspraak",
        "EU" => "Euthanasieverzoek",
        "EUD" => "Euthanasieverzoek met aanvulling Dementie",
        "LW" => "Levenswensverklaring",
        "DO" => "Verklaring donorschap",
        _ => "Zelfbindingsverklaring",
    }
}

/// A kind of insurance, in words.
pub(in crate::mapping) fn insurance(code: &str) -> &'static str {
    match code {
        "B" => "Basis",
        "A" => "Aanvullend verzekerd",
        "BZ" => "Basisverzekering vanuit AWBZ",
        "H" => "Hoofdverzekering",
        "T" => "Tandverzekering (los)",
        _ => "Aanvullend + tand",
    }
}

/// The list of occasions (VaccinatieAanleiding).
pub(in crate::mapping) fn motive(motive: VaccinationMotive) -> Coding<'static> {
    let (code, display) = match motive {
        VaccinationMotive::NationalProgramme => {
            ("159731000146104", "immunisatie nodig vanuit rijksvaccinatieprogramma")
        }
        VaccinationMotive::Programme => ("159741000146107", "immunisatie nodig vanuit vaccinatieprogramma"),
        VaccinationMotive::Work => ("159721000146101", "immunisatie nodig voor werk"),
        VaccinationMotive::Travel => ("14747002", "reizigersvaccinatie"),
        VaccinationMotive::Passive => ("51116004", "passieve immunisatie"),
        VaccinationMotive::Other => ("33879002", "vaccinatie"),
    };
    Coding::shown(system::SNOMED, code, display)
}

/// The name of an insurer that is known by name or number only, and so belongs to its payer.
pub(in crate::mapping) fn insurer(words: &Words<'_>, payer: &Payer) -> Option<String> {
    let is_named = payer.insurer_name.is_some() || payer.uzovi.is_some();
    if payer.insurer.is_some() || !is_named || !matches!(payer.kind, PayerKind::Insurance(_)) {
        return None;
    }
    let name = words.clean_some(payer.insurer_name.as_deref());
    let number = payer.uzovi.as_deref().unwrap_or_default();
    Some(name.map_or_else(|| format!("Zorgverzekeraar {number}"), std::borrow::Cow::into_owned))
}
