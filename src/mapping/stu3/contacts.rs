//! A contact as Encounter; a deelcontact as Composition with an Observation per line (his-to-fhir-mapping §6-7).
//!
//! The Encounter refers to every episode of its deelcontacten; what of that may be seen is cut per request. A section
//! holds the words of its line and its ICPC code: it goes as a whole when its line is withheld (R-SP-09).
//!
//! A report and its lines must have a contact (gp-EncounterReport, gp-JournalEntry), which may be withheld while they are
//! shown: they say no more of it than that it was one, and that stays.

use super::codes::{extension, profile, system};
use super::episodes::{problem_type, state};
use crate::domain::dossier::{Contact, ContactKind, Entry, Line, LineKind, Who};
use crate::fhir::ResourceType;
use crate::fhir::links::SOME_CONTACT;
use crate::mapping::parts::context::{
    ContactLinks, Context, Draft, EpisodeLinks, Link, Origin, Output, dutch_day, own_identifier, pointers,
};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::problems::icpc;
use crate::mapping::parts::titles::contact_kind;
use crate::mapping::parts::types::{CodeableConcept, Coding, Extension, ExtensionValue, Narrative, Reference, Text};
use crate::mapping::parts::visits::{self, Class, moment, period};

/// The codes of NHG table 14 of 2 September 2011, to which gp-Encounter is bound; 07 had lapsed by then.
const NHG14: [&str; 10] = ["01", "02", "03", "04", "05", "06", "08", "09", "10", "11"];
/// Codes of the table that the profile's list has not: in their place it has "unknown" and "other".
const LATER: [(&str, &str, &str); 3] = [("12", "OTH", "Anders"), ("90", "UNK", "Onbekend"), ("99", "OTH", "Anders")];

/// The Encounter of a contact.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, links: &ContactLinks<'_>) {
    let contact = &links.record.d;
    let id = links.encounter.id;
    let individual = ctx.role(out, origin, "/carer", contact.carer.as_ref());
    let location = ctx.words.clean_some(contact.location.as_deref()).map(Reference::named);
    let episodes = links.episodes.iter().filter_map(|&episode| ctx.episodes.get(episode.as_str()));
    let reason = ctx.words.clean_some(contact.reason.as_deref());
    // The reason may tell of an episode that is hidden.
    let strip = reason.iter().map(|_| "/reason".to_owned()).collect();
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "finished")
        .with("class", class(contact))
        .with("type", [contact_type(contact)])
        .with("subject", ctx.patient.to())
        .all("episodeOfCare", episodes.map(|links| links.episode.to()))
        .all("participant", individual.map(|individual| Members::new().with("individual", individual)))
        .with("period", period(contact))
        .all("reason", reason.map(CodeableConcept::words))
        .all("location", location.map(|location| Members::new().with("location", location)))
        .with("serviceProvider", ctx.practice.organization.to());
    let draft = Draft::new(ResourceType::Encounter, id, profile::ENCOUNTER, &content);
    out.resource(origin, Draft { strip, ..draft });
}

/// The code of NHG table 14, which gp-Encounter demands: the source's own, else the one of its kind.
fn contact_type(contact: &Contact) -> CodeableConcept<'_> {
    let later = |code: &str| LATER.into_iter().find(|(later, ..)| *later == code);
    let own = contact.nhg14.as_deref().filter(|code| NHG14.contains(code) || later(code).is_some());
    let code = own.unwrap_or_else(|| code_of_kind(contact.kind));
    let listed = later(code).map(|(_, code, display)| Coding::shown(system::NULL_FLAVOR, code, display));
    let coding = [Coding::new(system::NHG14, code)].into_iter().chain(listed).collect();
    CodeableConcept::of(coding, contact_kind(contact.kind))
}

/// UNCONFIRMED: the table has no code of its own for a video consult (taken as a consult), a group consult (also), an
/// administrative contact and one of the out-of-hours post (both taken as "other").
fn code_of_kind(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Visite => "01",
        ContactKind::Consult | ContactKind::VideoConsult | ContactKind::Groepsconsult => "03",
        ContactKind::TelefonischConsult => "05",
        ContactKind::Post => "08",
        ContactKind::Overleg => "09",
        ContactKind::Herhaalrecept => "10",
        ContactKind::Memo => "11",
        ContactKind::EConsult => "12",
        ContactKind::Administratief | ContactKind::SpoedHap | ContactKind::Overig => "99",
    }
}

fn class(contact: &Contact) -> Coding<'static> {
    match visits::class(contact) {
        Class::Ambulatory => Coding::shown(system::ACT_CODE, "AMB", "ambulatory"),
        Class::Home => Coding::shown(system::ACT_CODE, "HH", "home health"),
        Class::Virtual => Coding::shown(system::ACT_CODE, "VR", "virtual"),
        Class::Unknown => Coding::shown(system::NULL_FLAVOR, "UNK", "Onbekend"),
        Class::Other => Coding::shown(system::NULL_FLAVOR, "OTH", "Anders"),
    }
}

/// What the lines and the report of one deelcontact share.
struct Report<'a> {
    contact: &'a Contact,
    encounter: &'a Link,
    carer: Option<Reference<'a>>,
    episodes: Vec<&'a EpisodeLinks<'a>>,
}

/// The Composition of a deelcontact and its lines; `lines` are the places of the lines' items.
pub(super) fn render_entry(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, entry: &Entry, lines: &[usize]) {
    let Some(contact) = ctx.contacts.get(entry.contact.as_str()) else {
        out.problem(origin, "/contact", "names a contact that was not delivered: nothing of it is rendered");
        return;
    };
    let report = Report {
        contact: &contact.record.d,
        encounter: &contact.encounter,
        carer: contact.record.d.carer.as_ref().and_then(|carer| ctx.practice.role(carer)).map(Link::to),
        episodes: ctx.episode_links(out, origin, &entry.episodes),
    };
    let mut sections = Vec::with_capacity(entry.lines.len());
    for (line, &item) in entry.lines.iter().zip(lines) {
        let key = format!("{}#{}", origin.key(), line.index);
        let link = Link::new(ResourceType::Observation, ctx.ids.id("Observation.line", &key), "Journaalregel");
        let Some(text) = ctx.words.clean(&line.text) else {
            out.problem(origin, &format!("/lines/{}/text", line.index), "holds no text that can be shown");
            continue;
        };
        // zib-SOAPReport-1: only S and E lines may carry a code.
        if line.kind == LineKind::P && line.icpc.is_some() {
            out.problem(origin, &format!("/lines/{}/icpc", line.index), "a P line cannot carry an ICPC code");
        }
        sections.push(section(ctx, line, &text, &link, &report.episodes));
        render_line(ctx, out, &origin.part(item), &report, line, text, &link);
    }
    if !sections.is_empty() {
        render_report(ctx, out, origin, &report, sections);
    }
}

fn render_report(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    report: &Report<'_>,
    sections: Vec<Members>,
) {
    let id = ctx.id(ResourceType::Composition, origin.key());
    // An organisation cannot be the author: it is named in words.
    let author = report.carer.clone().unwrap_or_else(|| Reference::named(ctx.practice.organization.to().display));
    let kind = Coding::shown(system::LOINC, "67781-5", "Summarization of encounter note Narrative");
    let content = Members::new()
        .with("identifier", own_identifier(id))
        .with("status", "final")
        .with("type", CodeableConcept::from(kind))
        .with("subject", ctx.patient.to())
        .with("encounter", report.encounter.in_words(SOME_CONTACT))
        .with("date", moment(report.contact))
        .with("author", [author])
        .with("title", format!("Contactverslag {}", dutch_day(report.contact.start)))
        .with("custodian", ctx.practice.organization.to())
        .with("section", sections);
    out.resource(origin, Draft::new(ResourceType::Composition, id, profile::ENCOUNTER_REPORT, &content));
}

/// One section per line: its kind, its words, its code, and what it is about.
fn section(ctx: &Context<'_>, line: &Line, text: &str, link: &Link, episodes: &[&EpisodeLinks<'_>]) -> Members {
    let (title, _) = line_kind(line.kind);
    let code = line_code(ctx, line).map(|code| Extension::concept(extension::SECTION_ICPC, code));
    let about = episodes.iter().map(|links| links.episode.to());
    Members::new()
        .all("extension", code)
        .with("title", title)
        .with("code", CodeableConcept::from(journal_line(line.kind)))
        .with("text", Narrative::of(text))
        .all("entry", std::iter::once(link.to()).chain(about))
}

fn line_kind(kind: LineKind) -> (&'static str, &'static str) {
    match kind {
        LineKind::E => ("Evaluatie", "E"),
        LineKind::P => ("Plan", "P"),
    }
}

fn journal_line(kind: LineKind) -> Coding<'static> {
    let (display, code) = line_kind(kind);
    Coding::shown(system::JOURNAL_LINE, code, display)
}

/// The ICPC code of an E line: a P line carries none.
fn line_code<'a>(ctx: &Context<'_>, line: &'a Line) -> Option<CodeableConcept<'a>> {
    let code = line.icpc.as_deref().filter(|_| line.kind == LineKind::E)?;
    Some(icpc(code, ctx.words.clean_some(line.icpc_text.as_deref())))
}

fn render_line(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    report: &Report<'_>,
    line: &Line,
    text: Text<'_>,
    link: &Link,
) {
    let extensions = episode_extensions(&report.episodes);
    let strip = pointers("/extension", extensions.len());
    let author = ctx.who(out, origin, &format!("/lines/{}/author", line.index), line.author.as_ref());
    let diagnosis = line_code(ctx, line).map(|code| {
        let kind = Coding::shown(system::ACT_CODE, "DISDX", "discharge diagnosis");
        Members::new().with("code", CodeableConcept::from(kind)).with("valueCodeableConcept", code)
    });
    let content = Members::new()
        .all("extension", extensions)
        .with("identifier", [own_identifier(link.id)])
        .with("status", "final")
        .with("code", CodeableConcept::from(journal_line(line.kind)))
        .with("subject", ctx.patient.to())
        .with("context", report.encounter.in_words(SOME_CONTACT))
        .with("effectiveDateTime", moment(report.contact))
        .all("performer", author.or_else(|| report.carer.clone()))
        .with("valueString", text)
        .all("component", diagnosis);
    let draft = Draft::new(ResourceType::Observation, link.id, profile::JOURNAL_ENTRY, &content);
    out.resource(origin, Draft { strip, ..draft });
    render_line_problem(ctx, out, origin, report, line);
}

/// The problem that an E line states beside its code, as a Condition that is shown with the line.
fn render_line_problem(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, report: &Report<'_>, line: &Line) {
    let Some(problem) = line.problem else { return };
    let Some(code) = line_code(ctx, line) else {
        out.problem(origin, &format!("/lines/{}/problem", line.index), "needs an E line with an ICPC code");
        return;
    };
    let id = ctx.ids.id("Condition.line", &format!("{}#{}", origin.key(), line.index));
    // An organisation asserts nothing here. A problem with the author was told with the line already.
    let author = line.author.as_ref().filter(|who| !matches!(who, Who::Organization(_)));
    let author = author.and_then(|author| ctx.who(&mut Output::default(), origin, "", Some(author)));
    let content = state(id, problem.is_active)
        .with("category", [problem_type(problem.is_diagnosis)])
        .with("code", code)
        .with("subject", ctx.patient.to())
        .with("context", report.encounter.to())
        .some("onsetDateTime", problem.onset.map(|onset| onset.to_fhir()))
        .some("asserter", author.or_else(|| report.carer.clone()));
    out.resource(origin, Draft::new(ResourceType::Condition, id, profile::PROBLEM, &content));
}

/// The episodes a result, line or prescription belongs to, as extensions.
pub(super) fn episode_extensions<'a>(episodes: &[&'a EpisodeLinks<'_>]) -> Vec<Extension<'a>> {
    let reference = |links: &&'a EpisodeLinks<'_>| ExtensionValue::Reference(links.episode.to());
    episodes.iter().map(|links| Extension::new(extension::EPISODE_CONTEXT, reference(links))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_contact_always_has_a_code_of_nhg_table_14() {
        let contact = |kind: ContactKind, nhg14: Option<&str>| Contact {
            start: Timestamp::parse_rfc3339("2026-05-18T22:30:00Z").unwrap(),
            end: None,
            kind,
            nhg14: nhg14.map(str::to_owned),
            with_patient: None,
            carer: None,
            location: None,
            day_only: false,
            reason: None,
        };
        let cases = [
            (ContactKind::Consult, Some("04"), &["04"][..]),
            (ContactKind::Consult, Some("07"), &["03"]),
            (ContactKind::Consult, Some("90"), &["90", "UNK"]),
            (ContactKind::Overig, Some("4"), &["99", "OTH"]),
            (ContactKind::Visite, None, &["01"]),
            (ContactKind::Herhaalrecept, None, &["10"]),
            (ContactKind::EConsult, None, &["12", "OTH"]),
            (ContactKind::SpoedHap, None, &["99", "OTH"]),
        ];
        for (kind, nhg14, expected) in cases {
            let contact = contact(kind, nhg14);
            let made = contact_type(&contact);
            let codes: Vec<&str> = made.coding.iter().map(|coding| coding.code.as_ref()).collect();
            assert_eq!(codes, expected, "{kind:?} {nhg14:?}");
        }
    }
}
