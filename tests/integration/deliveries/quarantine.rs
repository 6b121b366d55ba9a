//! The list of records that were not taken: what comes on it, what leaves it, and what does not touch it.

use dvza::domain::ids::{PracticeId, PracticeScope};
use dvza::domain::time::Timestamp;
use dvza::his::Finding;
use dvza::import::{Options, Report, State};
use dvza::store::practices;
use dvza::store::quarantine;
use serde_json::Value;

use super::{Installation, demo, demo_installation, rewritten};
use crate::support::demo::NOBODY;
use crate::support::engines::engines;
use crate::support::network::T;

/// Every record of the demo practice.
fn records() -> Vec<Value> {
    let text = String::from_utf8(demo()).unwrap();
    let mut all: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    all.pop();
    all.remove(0);
    all
}

/// A record of the demo practice, so many versions later.
fn later(t: &str, id: &str, versions: u64) -> Value {
    raised(records().into_iter().find(|r| r["t"] == t && r["id"] == id).unwrap(), versions)
}

fn raised(mut record: Value, versions: u64) -> Value {
    record["v"] = (record["v"].as_u64().unwrap() + versions).into();
    record
}

/// An episode with a code that is none.
fn broken(id: &str, versions: u64) -> Value {
    let mut episode = later("episode", id, versions);
    episode["d"]["icpc"] = "T9002".into();
    episode
}

/// The same under an id that nothing was stored under.
fn broken_as(like: &str, id: &str) -> Value {
    let mut episode = broken(like, 0);
    episode["id"] = id.into();
    episode
}

/// Forty records that are in order: with fewer of them one refusal would refuse the delivery.
fn good(versions: u64) -> Vec<Value> {
    let all = records().into_iter().filter(|r| r["t"] == "contact" || r["t"] == "medication");
    let all: Vec<Value> = all.take(40).map(|record| raised(record, versions)).collect();
    assert_eq!(all.len(), 40);
    all
}

/// The delivery with this number, which follows the one before.
fn delivery(seq: u64, kind: &str, patients: &[&str], records: &[Value]) -> Vec<u8> {
    let batch = |seq: u64| format!("11111111-1111-4111-8111-{seq:012}");
    rewritten(
        &demo(),
        |header| {
            header["kind"] = kind.into();
            header["seq"] = seq.into();
            header["prev"] = if seq == 2 { header["batch"].clone() } else { batch(seq - 1).into() };
            header["batch"] = batch(seq).into();
            if !patients.is_empty() {
                header["patients"] = patients.into();
            }
        },
        |_| records.to_vec(),
    )
}

async fn import(installation: &Installation, delivery: Vec<u8>) -> Report {
    let report = installation.import(delivery, &Options::default()).await;
    assert_eq!(report.state, State::Accepted, "{:?}", report.findings);
    report
}

/// Id, code and instant of every record on the list, by id.
async fn listed(installation: &Installation) -> Vec<(String, String, Timestamp)> {
    let scope = PracticeScope { practice: PracticeId::from_bytes([7; 16]) };
    let mut tx = installation.engine.store.read().await.unwrap();
    let rows = quarantine::list(&mut tx, &installation.engine.sealer, &scope, 100).await.unwrap();
    tx.close().await.unwrap();
    let told = |row: quarantine::Quarantined| (Finding::read(&row.body).unwrap().id.unwrap(), row.code, row.at);
    let mut rows: Vec<_> = rows.into_iter().map(told).collect();
    rows.sort();
    rows
}

/// Ids of the records on the list.
async fn ids(installation: &Installation) -> Vec<String> {
    listed(installation).await.into_iter().map(|(id, ..)| id).collect()
}

#[tokio::test]
async fn what_is_refused_is_listed_since_the_first_time_until_it_comes_in_order() {
    for engine in engines().await {
        let installation = demo_installation(engine).await;
        import(&installation, demo()).await;
        assert!(listed(&installation).await.is_empty());
        let first = [good(1), vec![broken("p1-ep1", 1)]].concat();
        assert_eq!(import(&installation, delivery(2, "delta", &[], &first)).await.refused, 1);
        let at = Timestamp::parse_rfc3339(T).unwrap();
        let expected = [("p1-ep1".to_owned(), "E-CODE-001".to_owned(), at)];
        assert_eq!(listed(&installation).await, expected);

        installation.clock.set(at.plus_seconds(3600));
        let again = [good(2), vec![broken("p1-ep1", 2)]].concat();
        import(&installation, delivery(3, "delta", &[], &again)).await;
        assert_eq!(listed(&installation).await, expected, "still since the first time");

        // A dry run changes nothing, and what is refused as a whole neither.
        let mended = delivery(4, "delta", &[], &[later("episode", "p1-ep1", 3)]);
        let dry = Options { dry_run: true, ..Options::default() };
        assert_eq!(installation.import(mended.clone(), &dry).await.state, State::Accepted);
        assert_eq!(listed(&installation).await, expected);
        let hopeless = delivery(4, "delta", &[], &[broken("p1-ep2", 1), later("episode", "p1-ep1", 3)]);
        assert_eq!(installation.import(hopeless, &Options::default()).await.state, State::Rejected);
        assert_eq!(listed(&installation).await, expected);

        import(&installation, mended).await;
        assert!(listed(&installation).await.is_empty());
    }
}

#[tokio::test]
async fn a_complete_set_tells_anew_and_a_patient_who_is_gone_leaves_the_list() {
    for engine in engines().await {
        let installation = demo_installation(engine).await;
        import(&installation, demo()).await;
        let two = [good(1), vec![broken("p1-ep1", 1), broken_as("p11-ep1", "p11-ep9")]].concat();
        assert_eq!(import(&installation, delivery(2, "delta", &[], &two)).await.refused, 2);
        assert_eq!(ids(&installation).await, ["p1-ep1", "p11-ep9"]);

        let of_p11 = records().into_iter().filter(|r| r["pat"] == "p11" || r["id"] == "p11");
        let of_p11: Vec<Value> = of_p11.map(|record| raised(record, 2)).collect();
        import(&installation, delivery(3, "patient", &["p11"], &of_p11)).await;
        assert_eq!(ids(&installation).await, ["p1-ep1"], "what the set of p11 does not name is nowhere");

        let other = [good(3), vec![broken_as("p12-ep1", "p12-ep9")]].concat();
        import(&installation, delivery(4, "delta", &[], &other)).await;
        assert_eq!(ids(&installation).await, ["p1-ep1", "p12-ep9"]);
        let mut gone = later("patient", "p12", 5);
        gone["op"] = "del".into();
        gone.as_object_mut().unwrap().remove("d");
        assert_eq!(import(&installation, delivery(5, "delta", &[], &[gone])).await.removed, 1);
        assert_eq!(ids(&installation).await, ["p1-ep1"]);

        // Everything in order but another record.
        let whole = records().into_iter().filter(|r| r["t"] != "merge" && r["pat"] != "p17" && r["id"] != "p17");
        let whole = whole.map(|record| match record["id"].as_str() {
            Some("p2-ep1") => broken("p2-ep1", 10),
            _ => raised(record, 10),
        });
        let whole: Vec<Value> = whole.collect();
        import(&installation, delivery(6, "full", &[], &whole)).await;
        assert_eq!(ids(&installation).await, ["p2-ep1"]);
    }
}

#[tokio::test]
async fn who_is_held_back_is_listed_and_keeps_what_was_listed_before() {
    for engine in engines().await {
        let installation = demo_installation(engine).await;
        import(&installation, demo()).await;
        let first = [good(1), vec![broken("p11-ep1", 1)]].concat();
        import(&installation, delivery(2, "delta", &[], &first)).await;
        // The episode is in order now, but nothing of this patient is taken: the number changed without a merge.
        let mut changed = later("patient", "p11", 1);
        changed["d"]["bsn"] = NOBODY.into();
        let report = import(&installation, delivery(3, "delta", &[], &[changed, later("episode", "p11-ep1", 2)])).await;
        assert_eq!(report.held, ["p11"]);
        assert_eq!(ids(&installation).await, ["p11", "p11-ep1"]);
        let right = [later("patient", "p11", 2), later("episode", "p11-ep1", 3)];
        assert!(import(&installation, delivery(4, "delta", &[], &right)).await.held.is_empty());
        assert!(listed(&installation).await.is_empty());
    }
}

#[tokio::test]
async fn what_waited_in_vain_for_what_it_names_is_listed_too() {
    let installation = demo_installation(crate::support::engines::sqlite().await).await;
    import(&installation, demo()).await;
    let mut entry = later("entry", "p11-c1-1", 0);
    entry["id"] = "p11-c9-1".into();
    entry["d"]["contact"] = "p11-c9".into();
    let waits = import(&installation, delivery(2, "delta", &[], std::slice::from_ref(&entry))).await;
    assert_eq!((waits.parked, waits.refused), (1, 0));
    assert!(listed(&installation).await.is_empty());
    installation.clock.set(installation.clock.now().plus_seconds(24 * 3600 + 1));
    let mut tx = installation.engine.store.read().await.unwrap();
    let practice = practices::find_by_ura(&mut tx, dvza::sample::practice::URA).await.unwrap().unwrap();
    tx.close().await.unwrap();
    assert_eq!(installation.importer.expire_parked(&practice).await.unwrap().len(), 1);
    let at = installation.clock.now();
    assert_eq!(listed(&installation).await, [("p11-c9-1".to_owned(), "E-REF-002".to_owned(), at)]);
    let mut contact = later("contact", "p11-c1", 0);
    contact["id"] = "p11-c9".into();
    import(&installation, delivery(3, "delta", &[], &[contact, raised(entry, 1)])).await;
    assert!(listed(&installation).await.is_empty());
}
