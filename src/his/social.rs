//! Directives, living situation, lifestyle, functional status and devices (`dvza-his-2`).

use super::coded::{body_site, coded, listed, who};
use super::codes;
use super::fields::Fields;
use super::finding::Code;
use super::values::{amount, date, form, id, one_of, partial_date, text, whole, words};
use crate::domain::dossier::{
    AdvanceDirective, Decision, Device, Directive, FunctionalStatus, Lifestyle, LifestyleKind, LivingSituation,
    StatusKind, UseStatus,
};

const DECISIONS: [(&str, Decision); 3] =
    [("permit", Decision::Permit), ("deny", Decision::Deny), ("other", Decision::Other)];

/// The zib's list of kinds of advance directives.
const DIRECTIVES: [&str; 10] = ["NR", "VOL", "VERB", "VERBVL", "MON", "EU", "EUD", "LW", "DO", "ZB"];

/// The zib's list of kinds of houses.
const HOUSES: [&str; 13] = [
    "BOVENW", "BENEDENW", "EENGEZW", "FLATW", "AANLW", "WOONB", "WOONW", "AWBZIN", "WLZIN", "ZVWIN", "WMOIN", "AZC",
    "DAKLOO",
];

const LIFESTYLES: [(&str, LifestyleKind); 3] =
    [("tobacco", LifestyleKind::Tobacco), ("alcohol", LifestyleKind::Alcohol), ("drugs", LifestyleKind::Drugs)];

const STATUSES: [(&str, UseStatus); 9] = [
    ("daily", UseStatus::Daily),
    ("sometimes", UseStatus::Sometimes),
    ("passive", UseStatus::Passive),
    ("uses", UseStatus::Uses),
    ("misuses", UseStatus::Misuses),
    ("not_now", UseStatus::NotNow),
    ("former", UseStatus::Former),
    ("never", UseStatus::Never),
    ("other", UseStatus::Other),
];

const STATUS_KINDS: [(&str, StatusKind); 2] = [("functional", StatusKind::Functional), ("mental", StatusKind::Mental)];

pub(super) fn directive(d: &mut Fields<'_>) -> Option<Directive> {
    let treatment = d.required_object("treatment", coded);
    let decision = d.required("decision", one_of(&DECISIONS));
    let specification = d.optional("specification", words);
    if decision == Some(Decision::Other) && !d.has("specification") {
        d.report_at(Code::Missing, "specification");
    }
    let day = d.optional("date", date);
    let end = d.optional("end", date);
    d.check_order(day, end, "end");
    let end_reason = d.optional("end_reason", words);
    let advance_directive = d.optional("advance_directive", id);
    let agreed_with = d.objects("agreed_with", 0..=20, |_, mut each| {
        let party = who(&mut each);
        each.close();
        party
    });
    let note = d.optional("note", words);
    Some(Directive {
        treatment: treatment?,
        decision: decision?,
        specification,
        date: day,
        end,
        end_reason,
        advance_directive,
        agreed_with,
        note,
    })
}

pub(super) fn advance_directive(d: &mut Fields<'_>) -> Option<AdvanceDirective> {
    if !d.has_any(&["kind", "kind_text"]) {
        d.report_at(Code::Missing, "kind");
    }
    let kind = d.optional("kind", listed(&DIRECTIVES));
    let kind_text = d.optional("kind_text", words);
    let day = d.optional("date", date);
    let end = d.optional("end", date);
    d.check_order(day, end, "end");
    let representative = d.optional("representative", id);
    let episodes = d.list("episodes", id);
    let note = d.optional("note", words);
    Some(AdvanceDirective { kind, kind_text, date: day, end, representative, episodes, note })
}

pub(super) fn lifestyle(d: &mut Fields<'_>) -> Option<Lifestyle> {
    let kind = d.required("kind", one_of(&LIFESTYLES));
    let status = d.required("status", one_of(&STATUSES));
    if let (Some(kind), Some(status)) = (kind, status)
        && !fits(kind, status)
    {
        d.report_at(Code::NotInList, "status");
    }
    Some(Lifestyle {
        start: d.optional("start", partial_date),
        end: d.optional("end", partial_date),
        substance: d.object("substance", coded),
        amount: d.optional("amount", amount),
        amount_text: d.optional("amount_text", words),
        pack_years: d.optional("pack_years", whole(0..=500)),
        route: d.object("route", coded),
        recorded: d.optional("recorded", date),
        author: d.object("author", who),
        note: d.optional("note", words),
        kind: kind?,
        status: status?,
    })
}

/// Which words the list of each kind has.
fn fits(kind: LifestyleKind, status: UseStatus) -> bool {
    use UseStatus::{Daily, Former, Misuses, Never, NotNow, Other, Passive, Sometimes, Uses};
    match kind {
        LifestyleKind::Tobacco => matches!(status, Daily | Sometimes | Passive | Former | NotNow | Never | Other),
        LifestyleKind::Alcohol => matches!(status, Uses | NotNow | Former | Never | Other),
        LifestyleKind::Drugs => matches!(status, Uses | Misuses | NotNow | Former | Never | Other),
    }
}

pub(super) fn living_situation(d: &mut Fields<'_>) -> Option<LivingSituation> {
    if !d.has_any(&["house", "house_text", "note"]) {
        d.report_at(Code::Missing, "house");
    }
    Some(LivingSituation {
        house: d.optional("house", listed(&HOUSES)),
        house_text: d.optional("house_text", words),
        recorded: d.optional("recorded", date),
        author: d.object("author", who),
        note: d.optional("note", words),
    })
}

pub(super) fn functional_status(d: &mut Fields<'_>) -> Option<FunctionalStatus> {
    let kind = d.required("kind", one_of(&STATUS_KINDS));
    let name = d.required_object("name", coded);
    let value = d.required_object("value", coded);
    Some(FunctionalStatus {
        date: d.optional("date", partial_date),
        device: d.optional("device", id),
        author: d.object("author", who),
        note: d.optional("note", words),
        kind: kind?,
        name: name?,
        value: value?,
    })
}

pub(super) fn device(d: &mut Fields<'_>) -> Option<Device> {
    let product = d.required_object("product", coded);
    let start = d.optional("start", partial_date);
    let end = d.optional("end", date);
    d.check_order(start.map(crate::domain::time::PartialDate::earliest), end, "end");
    Some(Device {
        gtin: d.optional("gtin", form(|text| codes::is_digits(text, 8, 14), Code::WrongForm)),
        hibc: d.optional("hibc", text(64)),
        description: d.optional("description", words),
        body_site: d.object("body_site", body_site),
        start,
        end,
        author: d.object("author", who),
        episodes: d.list("episodes", id),
        note: d.optional("note", words),
        product: product?,
    })
}
