//! The logs of the real program, at the finest level, hold nothing about anyone and nothing that opens anything.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use dvza::devnet::Ports;
use dvza::devnet::demo::{DEMO_FILE, DemoFile};
use dvza::pgo::{CollectRequest, Person, Pgo, Tokens, Wish};
use dvza::sample::practice::{FIRST_BSN, MEDMIJ_NAME};
use serde_json::Value;

use crate::support::demo::{Delivery, NOBODY};
use crate::support::network::T;
use crate::support::served::has_word;

/// `dvza demo --serve`, ended with the value; what it says after it serves still has a reader.
struct Demo(Child, Option<std::io::BufReader<std::process::ChildStdout>>);

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Demo {
    /// Starts it, and waits until it says that it serves.
    fn start(dir: &Path, log: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_dvza"))
            .args(["demo", "--serve", "--now", T, "--port", &Ports::unused().unwrap().front.to_string(), "--dir"])
            .arg(dir)
            .env("DVZA_LOG__FILTER", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log).unwrap())
            .spawn()
            .unwrap();
        let mut demo = Self(child, None);
        let mut reader = std::io::BufReader::new(demo.0.stdout.take().unwrap());
        let lines = std::io::BufRead::lines(&mut reader);
        let serving = lines.map_while(Result::ok).any(|line| line.starts_with("serving until a signal"));
        demo.1 = Some(reader);
        assert!(serving, "it ended before it served: {}", fs::read_to_string(log).unwrap());
        demo
    }
}

#[tokio::test]
async fn the_finest_log_holds_nothing_about_anyone_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, log) = (folder.path().join("demo"), folder.path().join("stderr"));
    let demo = Demo::start(&dir, &log);
    let secrets = use_and_misuse(&dir).await;
    drop(demo);

    let log = fs::read_to_string(&log).unwrap();
    let lines = log.lines().count();
    assert!(lines > 100, "{lines} lines");
    assert!(has_word(&log, "answered"), "requests are logged");
    let delivery = Delivery::demo();
    let mut forbidden: Vec<String> = delivery.numbers();
    forbidden.push(NOBODY.to_owned());
    forbidden.extend(secrets);
    forbidden.extend(delivery.records().iter().flat_map(words_about_people));
    assert!(forbidden.len() > 300, "{} words", forbidden.len());
    for word in forbidden {
        assert!(!has_word(&log, &word), "the log holds {word}");
    }
}

/// Collects as a PGO, then asks what must be refused, with numbers and names where they do not belong. The secrets
/// that were on the wire.
async fn use_and_misuse(dir: &Path) -> Vec<String> {
    let demo = DemoFile::from_json(&fs::read_to_string(dir.join(DEMO_FILE)).unwrap()).unwrap();
    let pgo = Pgo::from_demo(dir, &demo).unwrap();
    let person = Person::new(FIRST_BSN.parse().unwrap(), Wish::ConsentIndefinitely);
    let authorized = pgo.authorize(MEDMIJ_NAME, &person).await.unwrap();
    let tokens = pgo.exchange(&authorized).await.unwrap();
    let requests = [("Episodes", "EpisodeOfCare"), ("Contacts", "Composition")]
        .map(|(name, path)| CollectRequest { name: name.to_owned(), path_and_query: path.to_owned() });
    assert!(pgo.collect(&tokens, "HG-R4", &requests).await.unwrap().is_complete());
    let renewed = pgo.refresh(&tokens).await.unwrap();
    assert!(pgo.refresh(&tokens).await.is_err());
    assert!(pgo.exchange(&authorized).await.is_err());
    let nobody = Person::new(NOBODY.parse().unwrap(), Wish::ConsentOnce);
    assert!(pgo.authorize(MEDMIJ_NAME, &nobody).await.is_err());

    let base = format!("{}/fhir/{}/HG-R4", demo.back, MEDMIJ_NAME.trim_end_matches("@medmij"));
    let odd = [
        format!("{base}/Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|{FIRST_BSN}"),
        format!("{base}/Patient/{FIRST_BSN}"),
        format!("{base}/{FIRST_BSN}/x"),
        format!("{base}/Encounter?date={FIRST_BSN}"),
        format!("{base}/Encounter?{FIRST_BSN}=Esdoorn&patient=Esdoorn"),
        format!("{base}/Patient?access_token={}", tokens.expose_access_token()),
        format!("{}/fhir/{FIRST_BSN}/HG-R4/Patient", demo.back),
        format!("{}/{FIRST_BSN}?name=Esdoorn", demo.back),
    ];
    for url in odd {
        let answer = pgo.get(&tokens, url.parse().unwrap(), "application/fhir+json").await.unwrap();
        assert!(answer.status >= 400, "{url}");
    }
    let mut browser = pgo.browser().unwrap();
    for path in [FIRST_BSN.to_owned(), format!("oauth/authorize?client_id={FIRST_BSN}&state=Esdoorn")] {
        let page = browser.open(format!("{}/{path}", demo.front).parse().unwrap()).await.unwrap();
        assert!(page.status >= 400, "{path}");
    }
    let both = |tokens: &Tokens| {
        [Some(tokens.expose_access_token()), tokens.expose_refresh_token()].map(|token| token.unwrap().to_owned())
    };
    [both(&tokens), both(&renewed)].into_iter().flatten().chain([authorized.expose_code().to_owned()]).collect()
}

/// Names, addresses and clinical texts of a record: what may be in no log.
fn words_about_people(record: &Value) -> Vec<String> {
    const MEMBERS: [&str; 16] = [
        "title",
        "text",
        "name",
        "last",
        "first",
        "call",
        "partner_last",
        "street",
        "city",
        "email",
        "policy",
        "conclusion",
        "explanation",
        "dosage_text",
        "location",
        "substance",
    ];
    let mut words = Vec::new();
    // What the practice is called stands in the lists; it is no person.
    if record["t"] != "practice" {
        collect_texts(&record["d"], &MEMBERS, &mut words);
    }
    words.retain(|word| word.len() >= 3);
    words
}

fn collect_texts(value: &Value, members: &[&str], words: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                match member.as_str() {
                    Some(text) if members.contains(&name.as_str()) => words.push(text.to_owned()),
                    _ => collect_texts(member, members, words),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, members, words)),
        _ => {}
    }
}
