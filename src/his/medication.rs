//! Medication, intolerances and contra-indications.

use super::coded::{coded, dosing, when, who};
use super::codes;
use super::fields::{Checked, Fields};
use super::finding::Code;
use super::json::Value;
use super::values::{
    amount, atc, code, date, digits, form, icpc, id, instant, one_of, partial_date, product, text, whole, words,
};
use crate::domain::dossier::{
    Agent, AgentSystem, Allergy, AllergyCategory, AllergyReaction, AllergyStatus, ContraIndication, Criticality,
    Medication, Route, Severity, Verification,
};

const AGENT_SYSTEMS: [(&str, AgentSystem); 7] = [
    ("g-snk", AgentSystem::GSnk),
    ("g-ssk", AgentSystem::GSsk),
    ("g-gpk", AgentSystem::GGpk),
    ("g-hpk", AgentSystem::GHpk),
    ("g-th122", AgentSystem::GTh122),
    ("sct", AgentSystem::Sct),
    ("text", AgentSystem::Text),
];

const CATEGORIES: [(&str, AllergyCategory); 4] = [
    ("medication", AllergyCategory::Medication),
    ("food", AllergyCategory::Food),
    ("environment", AllergyCategory::Environment),
    ("other", AllergyCategory::Other),
];

const ALLERGY_STATUSES: [(&str, AllergyStatus); 3] =
    [("active", AllergyStatus::Active), ("inactive", AllergyStatus::Inactive), ("error", AllergyStatus::Error)];

const SEVERITIES: [(&str, Severity); 3] =
    [("mild", Severity::Mild), ("moderate", Severity::Moderate), ("severe", Severity::Severe)];

const CRITICALITIES: [(&str, Criticality); 4] = [
    ("mild", Criticality::Mild),
    ("moderate", Criticality::Moderate),
    ("severe", Criticality::Severe),
    ("fatal", Criticality::Fatal),
];

const VERIFICATIONS: [(&str, Verification); 3] = [
    ("unconfirmed", Verification::Unconfirmed),
    ("confirmed", Verification::Confirmed),
    ("refuted", Verification::Refuted),
];

/// Kinds of medication records; the release rules treat them alike.
const MEDICATION_KINDS: [(&str, ()); 2] = [("agreement", ()), ("prescription", ())];

pub(super) fn medication(d: &mut Fields<'_>) -> Option<Medication> {
    if !d.has_any(&["prk", "hpk", "gpk", "zi", "name"]) {
        d.report(Code::ProductMissing);
    }
    let prk = d.optional("prk", product);
    let hpk = d.optional("hpk", product);
    let gpk = d.optional("gpk", product);
    let zi = d.optional("zi", product);
    let atc = d.optional("atc", atc);
    let name = d.optional("name", words);
    let start = d.required("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    let stopped_at = d.optional("stopped_at", instant);
    let stop_reason = d.optional("stop_reason", words);
    let chronic = d.is_set("chronic");
    let dosage_text = d.optional("dosage_text", text(500));
    let nhg25 = d.list("nhg25", digits(1..=18));
    let qty = d.optional("qty", amount);
    let unit = d.optional("unit", words);
    let repeats = d.optional("repeats", whole(0..=99));
    let route = if d.is_object("route") { d.object("route", coded_route) } else { d.optional("route", plain_route) };
    let reason_icpc = d.optional("reason_icpc", icpc);
    let prescriber = d.optional("prescriber", id);
    let episodes = d.list("episodes", id);
    d.optional("kind", one_of(&MEDICATION_KINDS));
    let entered_in_error = d.is_set("entered_in_error");
    Some(Medication {
        prk,
        hpk,
        gpk,
        zi,
        atc,
        name,
        start: start?,
        end,
        stopped_at,
        stop_reason,
        chronic,
        dosage_text,
        nhg25,
        qty,
        unit,
        repeats,
        route,
        reason_icpc,
        prescriber,
        episodes,
        entered_in_error,
        contact: d.optional2("contact", id),
        treatment_id: d.optional2("treatment_id", text(64)),
        agreed: d.optional2("agreed", when),
        days: d.optional2("days", whole(1..=9999)),
        dosing: dosing(d, "dosing"),
        prescribed_by: d.object2("prescribed_by", who),
        note: d.optional2("note", words),
    })
}

pub(super) fn coded_route(route: &mut Fields<'_>) -> Option<Route> {
    if !route.has_any(&["code", "display"]) {
        route.report_at(Code::Missing, "code");
    }
    let code = route.optional("code", code);
    let display = route.optional("display", words).or_else(|| code.clone());
    Some(Route { display: display?, code })
}

/// Text; bare digits are the code itself, as many a HIS writes it.
pub(super) fn plain_route(value: &Value<'_>) -> Checked<Route> {
    let display = words(value)?;
    let code = codes::is_digits(&display, 1, 8).then(|| display.clone());
    Ok(Route { code, display })
}

pub(super) fn allergy(d: &mut Fields<'_>) -> Option<Allergy> {
    let agent = d.required_object("agent", agent);
    let category = d.required("category", one_of(&CATEGORIES));
    let status = d.required("status", one_of(&ALLERGY_STATUSES));
    let onset = d.optional("onset", partial_date);
    let severity = d.optional("severity", one_of(&SEVERITIES));
    let reaction = d.optional("reaction", text(500));
    let note = d.optional("note", words);
    let reactions = d.objects2("reactions", 0..=20, |_, mut each| {
        let reaction = allergy_reaction(&mut each);
        each.close();
        reaction
    });
    Some(Allergy {
        onset,
        severity,
        reaction,
        note,
        criticality: d.optional2("criticality", one_of(&CRITICALITIES)),
        reactions,
        recorded: d.optional2("recorded", date),
        recorder: d.object2("recorder", who),
        verification: d.optional2("verification", one_of(&VERIFICATIONS)),
        last_reaction: d.optional2("last_reaction", partial_date),
        agent: agent?,
        category: category?,
        status: status?,
    })
}

fn allergy_reaction(d: &mut Fields<'_>) -> Option<AllergyReaction> {
    let symptom = d.required_object("symptom", coded);
    let substance = d.object("substance", agent);
    let severity = d.optional("severity", one_of(&SEVERITIES));
    let at = d.optional("at", partial_date);
    let description = d.optional("description", text(500));
    Some(AllergyReaction { symptom: symptom?, substance, severity, at, description })
}

fn agent(agent: &mut Fields<'_>) -> Option<Agent> {
    let system = agent.required("system", one_of(&AGENT_SYSTEMS));
    let code = match system {
        Some(AgentSystem::Sct) => agent.optional("code", form(codes::is_sctid, Code::WrongForm)),
        // Text has no code: one that is there is reported as unknown.
        Some(AgentSystem::Text) => None,
        Some(_) => agent.optional("code", digits(1..=8)),
        None => agent.optional("code", code),
    };
    let display = agent.required("display", words);
    Some(Agent { system: system?, code, display: display? })
}

pub(super) fn contraindication(d: &mut Fields<'_>) -> Option<ContraIndication> {
    let code = d.optional("code", code);
    let display = d.required("display", words);
    let start = d.required("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    let author = d.object2("author", who);
    let end_reason = d.optional2("end_reason", words);
    let note = d.optional2("note", words);
    Some(ContraIndication { code, display: display?, start: start?, end, author, end_reason, note })
}
