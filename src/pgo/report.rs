//! What was collected, as a table for a terminal: per section the counts and a few lines to recognise it by.

use std::fmt::Write;

use serde_json::Value;

use super::collect::{Collected, Count, Section};

/// The widest line of a resource's description, in characters.
const LINE_WIDTH: usize = 72;
/// Where titles are found, best first.
const TITLES: &[&str] = &[
    "/title",
    "/content/0/attachment/title",
    "/description",
    "/code/text",
    "/code/coding/0/display",
    "/medicationReference/display",
    "/medicationCodeableConcept/text",
    "/vaccineCode/text",
    "/diagnosis/0/condition/display",
    "/type/text",
    "/type/0/text",
    "/type/coding/0/display",
    "/type/0/coding/0/display",
    "/class/display",
    "/name/0/text",
    "/name/0/family",
    "/name",
];
/// The extensions that hold the title of an episode, in R4 and in STU3; its FHIR type has no element for one.
const EPISODE_NAMES: [&str; 2] = [
    "http://nictiz.nl/fhir/StructureDefinition/ext-EpisodeOfCare.EpisodeOfCareName",
    "http://nictiz.nl/fhir/StructureDefinition/EpisodeOfCare-Title",
];
/// Where dates are found, best first.
const DATES: &[&str] = &[
    "/date",
    "/effectiveDateTime",
    "/effectivePeriod/start",
    "/authoredOn",
    "/occurrenceDateTime",
    "/period/start",
    "/onsetDateTime",
    "/recordedDate",
    "/issued",
    "/start",
    // As STU3 names them.
    "/indexed",
    "/assertedDate",
    "/created",
];

/// The table: a head line, then for each section its status and counts, `lines` of its matches, and its faults.
pub fn table(collected: &Collected, lines: usize) -> String {
    let width = collected.sections.iter().map(|section| section.name.chars().count()).max().unwrap_or(0);
    let mut out = format!("{} at {}\n", plain(&collected.service), plain(&collected.provider));
    for section in &collected.sections {
        let name = plain(&section.name);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {}  {name:width$}  {}", section.status, counts(section));
        for line in descriptions(section, lines) {
            let _ = writeln!(out, "       - {line}");
        }
        for fault in &section.faults {
            let _ = writeln!(out, "       ! {}", plain(fault));
        }
    }
    out
}

fn counts(section: &Section) -> String {
    let parts: Vec<_> = section.counts.iter().filter_map(|(kind, count)| count_text(kind, *count)).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn count_text(kind: &str, count: Count) -> Option<String> {
    let parts = [(count.matches, ""), (count.included, " included"), (count.followed, " read")];
    let parts: Vec<_> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, how)| format!("{number}{how}")).collect();
    (!parts.is_empty()).then(|| format!("{} {}", plain(kind), parts.join(" + ")))
}

fn descriptions(section: &Section, lines: usize) -> Vec<String> {
    let matches: Vec<_> = section.resources().into_iter().filter(|(mode, _)| mode == "match").collect();
    let mut shown: Vec<_> = matches.iter().take(lines).map(|(_, resource)| describe(resource)).collect();
    if matches.len() > lines && lines > 0 {
        shown.push(format!("and {} more", matches.len() - lines));
    }
    shown
}

fn describe(resource: &Value) -> String {
    let first = |places: &[&str]| places.iter().find_map(|place| resource.pointer(place).and_then(Value::as_str));
    let date = first(DATES).map(|date| date.chars().take(10).collect::<String>()).unwrap_or_default();
    let title = episode_name(resource).or_else(|| first(TITLES)).or_else(|| resource["id"].as_str());
    let title = title.unwrap_or("without title");
    let line = if date.is_empty() { title.to_owned() } else { format!("{date}  {title}") };
    let line = plain(&line);
    if line.chars().count() <= LINE_WIDTH {
        return line;
    }
    line.chars().take(LINE_WIDTH - 1).chain(['…']).collect()
}

fn episode_name(resource: &Value) -> Option<&str> {
    let extensions = resource["extension"].as_array()?;
    let is_name = |extension: &&Value| EPISODE_NAMES.iter().any(|name| extension["url"] == *name);
    extensions.iter().find(is_name)?["valueString"].as_str()
}

/// Text of the other side, without anything a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pgo::collect::CollectRequest;
    use serde_json::json;

    fn section(bundle: &Value) -> Section {
        let count = Count { matches: 2, included: 1, followed: 0 };
        let request = CollectRequest { name: "Composition".into(), path_and_query: "Composition".into() };
        Section {
            name: request.name,
            path_and_query: request.path_and_query,
            status: 200,
            pages: vec![bundle.to_string().into_bytes()],
            counts: [("Composition".to_owned(), count)].into(),
            followed: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn entry(mode: &str, resource: Value) -> Value {
        json!({ "search": { "mode": mode }, "resource": resource })
    }

    #[test]
    fn a_section_shows_counts_titles_and_dates() {
        let bundle = json!({ "resourceType": "Bundle", "entry": [
            entry("match", json!({ "resourceType": "Composition", "title": "Consult", "date": "2026-06-01T10:00:00Z" })),
            entry("match", json!({ "resourceType": "Composition", "title": "\u{1b}[31mVisite\n" })),
            entry("include", json!({ "resourceType": "Observation", "code": { "text": "hidden" } })),
        ]});
        let collected =
            Collected { provider: "linde@medmij".into(), service: "HG-R4".into(), sections: vec![section(&bundle)] };
        let expected = "HG-R4 at linde@medmij\n  \
                        200  Composition  Composition 2 + 1 included\n       \
                        - 2026-06-01  Consult\n       \
                        -  [31mVisite \n";
        assert_eq!(table(&collected, 5), expected);
        assert!(table(&collected, 1).contains("and 1 more"));
    }

    #[test]
    fn a_refused_section_shows_its_fault() {
        let mut refused = section(&json!({}));
        refused.status = 403;
        refused.counts.clear();
        refused.faults.push("status 403, issue forbidden".into());
        let collected = Collected { provider: "p".into(), service: "s".into(), sections: vec![refused] };
        assert!(!collected.is_complete());
        let text = table(&collected, 5);
        assert!(text.contains("403  Composition  nothing\n       ! status 403, issue forbidden"), "{text}");
    }

    #[test]
    fn an_episode_is_shown_by_its_name_and_a_document_by_its_title() {
        let mut episode = json!({
            "diagnosis": [{ "condition": { "display": "Probleem" } }], "period": { "start": "2014-09-10" },
        });
        for name in EPISODE_NAMES {
            episode["extension"] =
                json!([{ "url": "http://x.test/other", "valueString": "x" }, { "url": name, "valueString": "Astma" }]);
            assert_eq!(describe(&episode), "2014-09-10  Astma");
        }
        episode["extension"] = json!(null);
        assert_eq!(describe(&episode), "2014-09-10  Probleem");
        let document = json!({
            "type": { "text": "Brief" }, "description": "Geen afwijkingen",
            "content": [{ "attachment": { "title": "Brief oogarts" } }],
        });
        assert_eq!(describe(&document), "Brief oogarts");
    }

    #[test]
    fn a_long_title_is_cut() {
        assert_eq!(describe(&json!({ "title": "x".repeat(500) })).chars().count(), LINE_WIDTH);
        assert_eq!(describe(&json!({})), "without title");
    }
}
