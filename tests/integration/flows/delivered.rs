//! What the HIS changes counts from the next request: episodes, lines, results, medication, appointments (release-rules §12).

use dvza::sample::practice::FIRST_BSN;
use serde_json::{Value, json};

use super::demo;
use crate::support::network::Network;
use crate::support::served::FORMATS;

/// Everything of these types that a PGO gets now, as one text.
async fn served(network: &Network) -> String {
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let mut all = String::new();
    for kind in ["Condition", "Composition", "Observation", "AllergyIntolerance", "MedicationRequest", "Appointment"] {
        let answer = network.get(&tokens, "HG-R4", kind, FORMATS[0]).await;
        assert_eq!(answer.status, 200, "{kind}");
        all.push_str(&String::from_utf8(answer.body).unwrap());
    }
    all
}

/// The id and version of the line with this text.
async fn line(network: &Network, text: &str) -> (String, String) {
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let answer = network.get(&tokens, "HG-R4", "Observation", FORMATS[0]).await;
    let bundle: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut lines = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    let line = lines.find(|line| line["valueString"].as_str().is_some_and(|value| value.contains(text))).unwrap();
    let member = |member: &Value| member.as_str().unwrap().to_owned();
    (member(&line["id"]), member(&line["meta"]["versionId"]))
}

#[tokio::test]
async fn a_new_episode_of_an_open_dossier_is_shown_with_its_lines_unless_it_is_hidden() {
    // R-DR-07
    let (network, delivery) = demo().await;
    let new = |name: &str, title: &str, visible: bool| {
        let (episode, entry) = (format!("p1-{name}"), format!("p1-n-{name}"));
        let lines = json!([{ "k": "E", "text": format!("Regel bij {title}.") }]);
        [
            ("episode", "p1-ep9", episode.clone(), json!({ "title": title, "visible": visible })),
            (
                "entry",
                "p1-c1-1",
                entry,
                json!({ "episodes": [episode], "lines": lines, "seq": if visible { 71 } else { 72 } }),
            ),
        ]
    };
    let records = [new("epn", "Tennisarm", true), new("eph", "Wespensteek", false)].concat();
    let records: Vec<_> = records.iter().map(|(t, like, id, d)| (*t, *like, id.as_str(), d.clone())).collect();
    let report = network.import(&delivery.added(&records)).await;
    assert_eq!((report.refused, report.changed), (0, 1), "{report:?}");
    let after = served(&network).await;
    assert!(after.contains("Tennisarm") && after.contains("Regel bij Tennisarm."));
    assert!(!after.contains("Wespensteek"));
    network.stop().await;
}

#[tokio::test]
async fn what_the_his_changes_counts_from_the_next_request() {
    let (network, delivery) = demo().await;
    let before = served(&network).await;
    let (id, version) = line(&network, "Suikerziekte redelijk ingesteld").await;
    let lines = json!([{ "k": "E", "text": "Suikerziekte goed ingesteld.", "icpc": "T90.02" }]);
    let late = json!([{ "k": "E", "text": "Later bijgewerkt.", "edited_at": "2026-06-14T10:00:00+02:00" }]);
    let changes = [
        // E01: closed today; its lines stay, without the episode.
        ("episode", "p1-ep9", json!({ "status": "closed", "end": "2026-06-15" })),
        // E02: closed before, and now with attention value.
        ("episode", "p1-ep4", json!({ "attention": "yes" })),
        // R-EP-07: opened again.
        ("episode", "p1-ep8", json!({ "status": "open", "end": null })),
        // E16: a line was corrected after it was collected.
        ("entry", "p1-c1-1", json!({ "lines": lines })),
        // E15, R-SP-03: edited yesterday, in a contact of before the introduction.
        ("entry", "p1-c10-1", json!({ "lines": late })),
        // E18: corrected by the laboratory, and not yet looked at.
        ("observation", "p1-o3", json!({ "value": "9", "release": { "state": "received" } })),
        // E09: stopped a minute ago, whatever its end.
        ("medication", "p1-m5", json!({ "stopped_at": "2026-06-15T09:59:00+02:00" })),
        // E64: cancelled a minute ago.
        ("appointment", "p1-ap1", json!({ "status": "cancelled" })),
        // E65: no longer active.
        ("allergy", "p1-a1", json!({ "status": "inactive" })),
    ];
    let agent = delivery.find("allergy", "p1-a1")["d"]["agent"]["display"].as_str().unwrap().to_owned();
    let appointment = delivery.find("appointment", "p1-ap1")["d"]["start"].as_str().unwrap().to_owned();
    let report = network.import(&delivery.changes(&changes)).await;
    assert_eq!((report.refused, report.changed), (0, 1), "{report:?}");
    let after = served(&network).await;
    let (appears, disappears) = (
        ["Otitis media acuta", "Jicht", "Suikerziekte goed ingesteld."],
        ["Vaak moe", "Suikerziekte redelijk ingesteld", "CRP", "Prednisolon", &agent, &appointment],
    );
    for text in appears {
        assert!(!before.contains(text) && after.contains(text), "{text} appears");
    }
    for text in disappears {
        assert!(before.contains(text) && !after.contains(text), "{text} disappears");
    }
    // E16: the same line, of another version, and no history of it.
    let corrected = line(&network, "Suikerziekte goed ingesteld.").await;
    assert!(corrected.0 == id && corrected.1 != version, "{corrected:?} after {version}");
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let history = network.get(&tokens, "HG-R4", &format!("Observation/{id}/_history"), FORMATS[0]).await;
    assert_eq!(history.status, 404, "there is no history");
    assert!(!after.contains("Later bijgewerkt."), "the contact's date decides");
    // The lines of the episode that closed are still there.
    assert!(after.contains("Moe en duizelig"));
    network.stop().await;
}
