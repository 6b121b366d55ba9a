//! A contact as Encounter; a deelcontact as Composition with an Observation per line (his-to-fhir-mapping §6-7).
//!
//! The Encounter refers to every episode of its deelcontacten; what of that may be seen is cut per request. A section
//! holds the words of its line: it goes as a whole when its line is withheld, and its ICPC code with it (R-SP-09).

use super::codes::{extension, profile, system};
use super::context::{
    ContactLinks, Context, Draft, EpisodeLinks, Link, Origin, Output, dutch_day, own_identifier, pointers,
};
use super::types::{
    CodeableConcept, Coding, Composition, Encounter, EncounterLocation, Extension, ExtensionValue, Identifier, Members,
    Narrative, Observation, Participant, Reference, Section, Text,
};
use crate::domain::dossier::{Contact, Entry, Line, LineKind};
use crate::fhir::ResourceType;
use crate::mapping::parts::problems::icpc;
use crate::mapping::parts::results::Value;
use crate::mapping::parts::titles::contact_kind;
use crate::mapping::parts::visits::{self, Class, moment, period};

/// How many sections nl-core lets carry a SOEP code.
const CODED_SECTIONS: usize = 4;

/// The Encounter of a contact.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, links: &ContactLinks<'_>) {
    let contact = &links.record.d;
    let id = links.encounter.id;
    let individual = ctx.role(out, origin, "/carer", contact.carer.as_ref());
    let location = ctx.words.clean_some(contact.location.as_deref()).map(Reference::named);
    let episodes = links.episodes.iter().filter_map(|&episode| ctx.episodes.get(episode.as_str()));
    let reason = ctx.words.clean_some(contact.reason.as_deref());
    // The reason may tell of an episode that is hidden.
    let strip = reason.iter().map(|_| "/reasonCode".to_owned()).collect();
    let content = Encounter {
        identifier: [own_identifier(id)],
        status: "finished",
        class: class(contact),
        kind: [contact_type(contact)],
        subject: ctx.patient.to(),
        episode_of_care: episodes.map(|links| links.episode.to()).collect(),
        participant: individual.map(|individual| Participant { individual }).into_iter().collect(),
        period: period(contact),
        reason_code: reason.map(CodeableConcept::words).into_iter().collect(),
        location: location.map(|location| EncounterLocation { location }).into_iter().collect(),
        service_provider: ctx.practice.organization.to(),
    };
    let draft = Draft::new(ResourceType::Encounter, id, profile::ENCOUNTER, &content);
    out.resource(origin, Draft { strip, ..draft });
}

fn contact_type(contact: &Contact) -> CodeableConcept<'_> {
    let coding = contact.nhg14.as_deref().map(|code| Coding::new(system::NHG14, code));
    CodeableConcept::of(coding.into_iter().collect(), contact_kind(contact.kind))
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
        sections.push(section(line, &text, &link, &report.episodes, sections.len()));
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
    section: Vec<Section<'_>>,
) {
    let id = ctx.id(ResourceType::Composition, origin.key());
    let codings = vec![
        Coding::shown(system::SNOMED, "11591000146107", "patiëntcontactverslag"),
        Coding::new(system::LOINC, "67781-5"),
    ];
    let content = Composition {
        identifier: own_identifier(id),
        status: "final",
        kind: CodeableConcept { coding: codings, ..CodeableConcept::default() },
        subject: ctx.patient.to(),
        encounter: report.encounter.to(),
        date: moment(report.contact),
        author: [report.carer.clone().unwrap_or_else(|| ctx.practice.organization.to())],
        title: format!("Contactverslag {}", dutch_day(report.contact.start)).into(),
        custodian: ctx.practice.organization.to(),
        section,
    };
    out.resource(origin, Draft::new(ResourceType::Composition, id, profile::SOAP_REPORT, &content));
}

/// One section per line. nl-core allows four sections with a SOEP code; further ones have their title only.
fn section<'a>(line: &Line, text: &str, link: &Link, episodes: &[&'a EpisodeLinks<'_>], place: usize) -> Section<'a> {
    let (title, code, letter) = match line.kind {
        LineKind::E => ("Evaluatie", evaluation(), "E"),
        LineKind::P => ("Plan", plan(), "P"),
    };
    let coding = vec![code, Coding::new(system::JOURNAL_LINE, letter)];
    let observation = link.to();
    let (reference, display) = (observation.reference.map(owned), owned(observation.display));
    let observation = Reference { extension: Vec::new(), reference, display };
    let links = episodes.iter().map(|links| links.episode.to());
    Section {
        title,
        code: (place < CODED_SECTIONS).then(|| CodeableConcept { coding, ..CodeableConcept::default() }),
        text: Narrative::of(text),
        entry: std::iter::once(observation).chain(links).collect(),
    }
}

fn owned(text: Text<'_>) -> Text<'static> {
    Text::Owned(text.into_owned())
}

fn evaluation() -> Coding<'static> {
    Coding::shown(system::SNOMED, "129265001", "evaluatie")
}

fn plan() -> Coding<'static> {
    Coding::shown(system::SNOMED, "129271007", "beleid")
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
    let mut extension = episode_extensions(&report.episodes);
    let strip = pointers("/extension", extension.len());
    match (line.kind, &line.icpc) {
        (LineKind::E, Some(code)) => {
            let words = ctx.words.clean_some(line.icpc_text.as_deref());
            extension.push(Extension::concept(extension::SOAP_LINE_CODE, icpc(code, words)));
        }
        (LineKind::P, Some(_)) => {
            // zib-SOAPReport-1: only S and E lines may carry a code.
            out.problem(origin, &format!("/lines/{}/icpc", line.index), "a P line cannot carry an ICPC code");
        }
        (_, None) => {}
    }
    let author = ctx.who(out, origin, &format!("/lines/{}/author", line.index), line.author.as_ref());
    let content = Observation {
        extension,
        identifier: vec![Identifier::new(system::OWN_RECORD, link.id.to_string())],
        based_on: Vec::new(),
        status: "final",
        category: Vec::new(),
        code: match line.kind {
            LineKind::E => evaluation().into(),
            LineKind::P => plan().into(),
        },
        subject: ctx.patient.to(),
        encounter: Some(report.encounter.to()),
        effective_date_time: moment(report.contact),
        performer: author.or_else(|| report.carer.clone()).into_iter().collect(),
        value: Some(Value::String(text)),
        interpretation: Vec::new(),
        note: Vec::new(),
        body_site: None,
        method: None,
        specimen: None,
        reference_range: Vec::new(),
        has_member: Vec::new(),
    };
    let draft = Draft::new(ResourceType::Observation, link.id, profile::SOAP_LINE, &content);
    out.resource(origin, Draft { strip, ..draft });
    render_line_problem(ctx, out, origin, report, line);
}

/// The problem that an E line states beside its code, as a Condition that is shown with the line.
fn render_line_problem(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, report: &Report<'_>, line: &Line) {
    let Some(problem) = line.problem else { return };
    let (LineKind::E, Some(code)) = (line.kind, line.icpc.as_deref()) else {
        out.problem(origin, &format!("/lines/{}/problem", line.index), "needs an E line with an ICPC code");
        return;
    };
    let id = ctx.ids.id("Condition.line", &format!("{}#{}", origin.key(), line.index));
    let snomed = |code: &'static str, display: &'static str| Coding::shown(system::SNOMED, code, display);
    let (clinical, shown) = if problem.is_active { ("active", "Active") } else { ("inactive", "Inactive") };
    let kind = if problem.is_diagnosis {
        snomed("282291009", "interpretatie van diagnose")
    } else {
        snomed("409586006", "klacht")
    };
    let verification = vec![
        Coding::shown(system::CONDITION_VERIFICATION, "confirmed", "Confirmed"),
        snomed("410605003", "aanwezigheid bevestigd"),
    ];
    let author = line.author.as_ref();
    // A problem with the author was told with the line already.
    let author = author.and_then(|author| ctx.who(&mut Output::default(), origin, "", Some(author)));
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("clinicalStatus", CodeableConcept::from(Coding::shown(system::CONDITION_CLINICAL, clinical, shown)))
        .with("verificationStatus", CodeableConcept { coding: verification, ..CodeableConcept::default() })
        .with("category", [CodeableConcept::from(kind)])
        .with("code", icpc(code, ctx.words.clean_some(line.icpc_text.as_deref())))
        .with("subject", ctx.patient.to())
        .with("encounter", report.encounter.to())
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

    #[test]
    fn a_fifth_section_has_no_soep_code() {
        let line = Line {
            index: 0,
            kind: LineKind::E,
            text: "tekst".into(),
            icpc: None,
            visible: crate::domain::dossier::Visibility::Shown,
            third_party: false,
            edited_at: None,
            icpc_text: None,
            author: None,
            problem: None,
        };
        let link = Link::new(ResourceType::Observation, crate::domain::ids::ResourceId::from_bytes([7; 16]), "x");
        for (place, coded) in [(0, true), (3, true), (4, false), (7, false)] {
            assert_eq!(section(&line, "tekst", &link, &[], place).code.is_some(), coded, "section {place}");
        }
    }
}
