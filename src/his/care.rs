//! Episodes, contacts and entries. S and O lines end here: they are dropped unread (release-rules R-SP-01).

use super::coded::who;
use super::fields::{Checked, Fields};
use super::finding::Code;
use super::json::Value;
use super::values::{
    date, digits, flag, flag_or_null, icpc, id, instant, one_of, partial_date, string, text, visibility, whole, words,
};
use crate::domain::dossier::{
    Attention, Contact, ContactKind, Entry, Episode, EpisodeStatus, Line, LineKind, LineProblem, Visibility,
};
use crate::domain::time::Timestamp;

const EPISODE_STATUSES: [(&str, EpisodeStatus); 2] = [("open", EpisodeStatus::Open), ("closed", EpisodeStatus::Closed)];

const ATTENTIONS: [(&str, Attention); 3] =
    [("yes", Attention::Yes), ("no", Attention::No), ("unknown", Attention::Unknown)];

const CONTACT_KINDS: [(&str, ContactKind); 13] = [
    ("consult", ContactKind::Consult),
    ("visite", ContactKind::Visite),
    ("telefonisch_consult", ContactKind::TelefonischConsult),
    ("e_consult", ContactKind::EConsult),
    ("video_consult", ContactKind::VideoConsult),
    ("groepsconsult", ContactKind::Groepsconsult),
    ("herhaalrecept", ContactKind::Herhaalrecept),
    ("overleg", ContactKind::Overleg),
    ("post", ContactKind::Post),
    ("administratief", ContactKind::Administratief),
    ("memo", ContactKind::Memo),
    ("spoed_hap", ContactKind::SpoedHap),
    ("overig", ContactKind::Overig),
];

/// The four types of a journal line; `None` is dropped.
const LINE_KINDS: [(&str, Option<LineKind>); 4] =
    [("S", None), ("O", None), ("E", Some(LineKind::E)), ("P", Some(LineKind::P))];

pub(super) fn episode(d: &mut Fields<'_>) -> Option<Episode> {
    if !d.has_any(&["title", "icpc"]) {
        d.report(Code::EpisodeUnnamed);
    }
    let title = d.optional("title", text(200));
    let friendly_title = d.optional("friendly_title", words);
    let icpc = d.optional("icpc", icpc);
    let start = d.required("start", date);
    d.check_not_future(start, "start");
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    let status = d.required("status", one_of(&EPISODE_STATUSES));
    if status == Some(EpisodeStatus::Closed) && !d.has("end") {
        d.report_at(Code::ClosedWithoutEnd, "end");
    }
    let attention = d.required("attention", one_of(&ATTENTIONS));
    let flag = d.optional("flag", flag);
    let visible = d.required("visible", visibility);
    let sensitive = d.is_set("sensitive");
    let bundle = d.optional("bundle", id);
    Some(Episode {
        title,
        friendly_title,
        icpc,
        start: start?,
        end,
        status: status?,
        attention: attention?,
        flag,
        visible: visible?,
        sensitive,
        bundle,
        icpc_text: d.optional2("icpc_text", text(200)),
        attention_start: d.optional2("attention_start", date),
        attention_by: d.object2("attention_by", who),
    })
}

pub(super) fn contact(d: &mut Fields<'_>) -> Option<Contact> {
    let reads_two = d.reading().reads_two();
    let begun = d.required("start", |value| start_of_contact(value, reads_two));
    let (start, day_only) = begun.unzip();
    let day_only = day_only.unwrap_or_default();
    if day_only {
        d.reading().note_two();
    }
    let end = d.optional("end", instant);
    d.check_order(start, end, "end");
    let kind = d.required("kind", one_of(&CONTACT_KINDS));
    let nhg14 = d.optional("nhg14", digits(2..=2));
    let with_patient = d.optional("with_patient", flag_or_null).flatten();
    let carer = d.optional("carer", id);
    let location = d.optional("location", words);
    let reason = d.optional2("reason", words);
    Some(Contact { start: start?, end, kind: kind?, nhg14, with_patient, carer, location, day_only, reason })
}

/// An instant; in `dvza-his-2` also a day, which begins at its first instant.
fn start_of_contact(value: &Value<'_>, reads_two: bool) -> Checked<(Timestamp, bool)> {
    match value {
        Value::Text(text) if reads_two && !text.contains('T') => {
            date(value).map(|day| (Timestamp::start_of_day(day), true))
        }
        _ => instant(value).map(|at| (at, false)),
    }
}

/// An entry with its E and P lines. Without any line left it is not worth storing; the caller sees to that.
pub(super) fn entry(d: &mut Fields<'_>) -> Option<Entry> {
    let contact = d.required("contact", id);
    let seq = d.required("seq", whole(1..=u32::MAX));
    let episodes = d.list("episodes", id);
    if !d.has("lines") {
        d.report_at(Code::Missing, "lines");
    }
    let lines = d.objects("lines", 1..=8, line);
    let not_for_representative = d.is_set("not_for_representative");
    Some(Entry { contact: contact?, seq: seq?, episodes, lines, not_for_representative })
}

fn line(place: usize, mut line: Fields<'_>) -> Option<Line> {
    let Some(kind) = line.required("k", one_of(&LINE_KINDS))? else {
        line.report(Code::LineDropped);
        return None;
    };
    let body = line.required("text", |value| match string(value)? {
        blank if blank.trim().is_empty() => Err(Code::WrongLength),
        _ => text(4000)(value),
    });
    let icpc = line.optional("icpc", icpc);
    let visible = line.optional("visible", visibility).unwrap_or(Visibility::Shown);
    let third_party = line.is_set("third_party");
    let edited_at = line.optional("edited_at", instant);
    // In the store dropped lines are gone, so each line says what its place was.
    let index = if line.reading().is_stored { line.optional("i", whole(0..=usize::MAX)) } else { None };
    let icpc_text = line.optional2("icpc_text", text(200));
    let author = line.object2("author", who);
    let problem = line.object2("problem", problem);
    let visible = if line.close() { Visibility::Hidden } else { visible };
    let index = index.unwrap_or(place);
    Some(Line { index, kind, text: body?, icpc, visible, third_party, edited_at, icpc_text, author, problem })
}

fn problem(problem: &mut Fields<'_>) -> Option<LineProblem> {
    let is_diagnosis = problem.required("kind", one_of(&[("complaint", false), ("diagnosis", true)]));
    let is_active = problem.required("status", one_of(&[("active", true), ("inactive", false)]));
    let onset = problem.optional("onset", partial_date);
    Some(LineProblem { is_diagnosis: is_diagnosis?, is_active: is_active?, onset })
}
