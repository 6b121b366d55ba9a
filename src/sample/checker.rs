//! A second opinion on `dvza-his-1` for tests: written from his-source-data §4.2, apart from the importer.
//!
//! It knows the members of every record type and their forms, resolves every reference within the file and
//! the patient, and compares counts, hash and document bytes. It panics on the first thing it dislikes.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::writer::sha256_hex;
use crate::domain::bsn::Bsn;
use crate::domain::time::Timestamp;

/// Type, then its members: `*` mandatory, `?` may be null, `@t` a reference, `[x]` a list, `a|b` one of these.
const MEMBERS: [(&str, &str); 22] = [
    (
        "practice",
        "name*:text ura*:8 agb*:8 online_access_since:day correspondence_since:day facility:any request_mode:manual|auto \
         closed_episode_policy:attention_only|attention_or_released_ep lab_release_mode:explicit|auto_delay",
    ),
    (
        "employee",
        "name*:text role*:huisarts|waarnemer|doktersassistent|poh|pa|vs|manager|overig uzi_role:text agb:8 uzi:9 active*:bool",
    ),
    (
        "patient",
        "bsn:bsn bsn_verified*:bool name*:any sex*:male|female|undetermined|unknown birth*:birth deceased:day \
         multiple_birth:bool addr:any phone:[text] email:text insurer:any gp:@employee registered_from*:day \
         registered_to:day status*:registered|deregistered|transferred|passant",
    ),
    (
        "release",
        "state*:none|requested|open|refused|on_hold|closed opened_at:at requested_at:at mode:manual|auto by:@employee \
         back_catalogue:[named] patient_hidden:[named] block:none|practice|patient_optout|transferred",
    ),
    (
        "representative",
        "name*:text relation*:parent|guardian|mentor|curator|mandate bsn:bsn authority:bool valid_from*:day valid_to:day",
    ),
    ("merge", "from*:@patient to*:@patient"),
    (
        "episode",
        "title:text friendly_title:text icpc:icpc start*:past end:day status*:open|closed attention*:yes|no|unknown \
         flag:bool visible*?:bool sensitive:bool bundle:@episode",
    ),
    (
        "contact",
        "start*:at end:at kind*:consult|visite|telefonisch_consult|e_consult|video_consult|groepsconsult|herhaalrecept|\
         overleg|post|administratief|memo|spoed_hap|overig nhg14:2 with_patient?:bool carer:@employee location:text",
    ),
    ("entry", "contact*:@contact seq*:count episodes:[@episode] lines*:[line] not_for_representative:bool"),
    (
        "medication",
        "prk:digits hpk:digits gpk:digits name:text atc:atc start*:day end:day stopped_at:at stop_reason:text chronic:bool \
         dosage_text:text nhg25:[digits] qty:decimal unit:text repeats:count route:any reason_icpc:icpc \
         prescriber:@employee episodes:[@episode] kind:agreement|prescription entered_in_error:bool",
    ),
    (
        "allergy",
        "agent*:any category*:medication|food|environment|other status*:active|inactive|error onset:partial \
         severity:mild|moderate|severe reaction:text note:text",
    ),
    ("contraindication", "code:digits display*:text start*:day end:day"),
    (
        "observation",
        "nhg45:digits loinc:loinc name:text date*:dayat value_type*:q|c|s|t|none value:text unit:text cmp:<|<=|>|>= \
         code:digits low:decimal high:decimal flag:N|L|H|LL|HH|A status*:prelim|final|corrected|cancelled|error \
         lab:text lab_agb:8 report:@report contact:@contact episodes:[@episode] comment:text comment_third_party:bool \
         release*:any",
    ),
    (
        "report",
        "lab*:text lab_agb:8 number*:text requested_at:at sampled_at:at authorised_at:at complete:bool \
         members:[@observation]",
    ),
    ("treatment", "code:text code_text*:text date:partial side:text visible?:bool episodes:[@episode]"),
    ("prophylaxis", "nhg56:digits name*:text start*:day end:day"),
    ("vaccination", "atc:atc prk:digits name:text date*:past batch:text"),
    ("alert", "text*:text start*:day end:day"),
    (
        "document",
        "kind*:specialist_letter|discharge|referral_out|hap_report|paramedic_report|lab_letter|letter|form|copy|other \
         title*:text date:past received*:past mime*:application/pdf size*:count sha256*:hash from:text to:text \
         published:bool published_at:at explanation:text override_episode:bool third_party:bool stored_at:at \
         episodes:[@episode]",
    ),
    ("blob", "sha256*:hash part*:count parts*:count data*:base64"),
    ("referral", "to*:text icpc:icpc date*:past number:text text:text episodes:[@episode]"),
    (
        "appointment",
        "start*:at end:at status*:booked|cancelled|done|noshow with:@employee kind:text reason:text episodes:[@episode]",
    ),
];

/// Types without `pat`.
const UNBOUND: [&str; 4] = ["practice", "employee", "patient", "merge"];

/// UCUM units the samples may use.
const UNITS: [&str; 17] = [
    "mmol/mol", "mmol/L", "umol/L", "nmol/L", "%", "mg/L", "mm[Hg]", "kg", "cm", "/min", "Cel", "mU/L", "ug/L", "U/L",
    "stuk", "gram", "",
];

/// A delivery that was found sound.
pub(super) struct Delivery {
    /// The records, in the order of the file.
    pub(super) records: Vec<Value>,
    /// The text of the whole file.
    pub(super) text: String,
}

impl Delivery {
    /// The records of this type.
    pub(super) fn of<'a>(&'a self, t: &'a str) -> impl Iterator<Item = &'a Value> {
        self.records.iter().filter(move |record| record["t"] == t)
    }

    /// The content of the record with this type and id.
    pub(super) fn d(&self, t: &str, id: &str) -> &Value {
        let found = self.records.iter().find(|record| record["t"] == t && record["id"] == id);
        &found.unwrap_or_else(|| panic!("no {t} {id}"))["d"]
    }
}

struct Checker {
    now: Timestamp,
    /// Type and id to patient; the empty text for records of no patient.
    owners: BTreeMap<(String, String), String>,
}

/// Checks the delivery as it would be imported at `now`.
pub(super) fn check(bytes: &[u8], now: Timestamp) -> Delivery {
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (first, rest) = lines.split_first().expect("a header");
    let (last, middle) = rest.split_last().expect("a footer");
    let records: Vec<Value> = middle.iter().map(|line| parse(line)).collect();
    check_container(&parse(first), &parse(last), middle, &records);
    let mut owners = BTreeMap::new();
    for record in &records {
        let (t, id) = (text_of(&record["t"]), text_of(&record["id"]));
        assert!((1..=64).contains(&id.len()), "{t} {id}");
        assert_eq!(record.get("pat").is_some(), !UNBOUND.contains(&t), "{t} {id}: pat");
        let owner = record.get("pat").map_or("", text_of);
        assert!(owners.insert((t.to_owned(), id.to_owned()), owner.to_owned()).is_none(), "{t} {id} twice");
    }
    let checker = Checker { now, owners };
    for record in &records {
        checker.record(record);
    }
    check_people(&records);
    check_documents(&records);
    check_entries(&records);
    Delivery { records, text }
}

fn parse(line: &str) -> Value {
    assert!(line.ends_with('\n') && line.len() > 1 && line.len() <= 1 << 20);
    serde_json::from_str(line).expect("JSON")
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

fn check_container(header: &Value, footer: &Value, middle: &[&str], records: &[Value]) {
    assert_eq!(
        (&header["t"], &header["fmt"], &header["kind"]),
        (&"header".into(), &"dvza-his-1".into(), &"full".into())
    );
    assert_eq!((&footer["t"], &footer["batch"]), (&"footer".into(), &header["batch"]));
    assert_eq!(footer["sha256"], sha256_hex(middle.concat().as_bytes()));
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for record in records {
        *counts.entry(text_of(&record["t"])).or_default() += 1;
        assert!(record["v"].as_u64().is_some_and(|v| v >= 1));
        assert_eq!(record["op"], "put");
    }
    let said: BTreeMap<&str, u64> =
        footer["counts"].as_object().unwrap().iter().map(|(t, n)| (t.as_str(), n.as_u64().unwrap())).collect();
    assert_eq!(said, counts);
    let practice = records.iter().find(|record| record["t"] == "practice").expect("a practice");
    assert_eq!(practice["d"]["ura"], header["practice"]["ura"]);
    assert_eq!(practice["d"]["agb"], header["practice"]["agb"]);
}

impl Checker {
    fn record(&self, record: &Value) {
        let name = format!("{} {}", record["t"], record["id"]);
        let t = text_of(&record["t"]);
        if let Some(pat) = record.get("pat") {
            assert!(self.owners.contains_key(&("patient".into(), text_of(pat).into())), "{name}: patient unknown");
        }
        self.form("at", &record["at"], "", &name);
        let (_, members) = MEMBERS.iter().find(|(known, _)| *known == t).unwrap_or_else(|| panic!("{name}: type"));
        let owner = record.get("pat").map_or("", text_of);
        let mut d = record["d"].as_object().unwrap_or_else(|| panic!("{name}: d")).clone();
        for mark in ["hidden_by_practice", "hidden_reason"] {
            d.remove(mark);
        }
        self.members(members, d, owner, &name);
        self.between_members(t, &record["d"], &name);
    }

    /// Every member is known and has its form, and the mandatory ones are there.
    fn members(&self, members: &str, mut d: Map<String, Value>, owner: &str, name: &str) {
        for member in members.split_whitespace() {
            let (key, form) = member.split_once(':').unwrap();
            let bare = key.trim_end_matches(['*', '?']);
            let place = format!("{name} {bare}");
            match d.remove(bare) {
                None => assert!(!key.contains('*'), "{place} is missing"),
                Some(Value::Null) => assert!(key.contains('?'), "{place} is null"),
                Some(value) => self.form(form, &value, owner, &place),
            }
        }
        assert!(d.is_empty(), "{name}: unknown members {:?}", d.keys());
    }

    fn form(&self, form: &str, value: &Value, owner: &str, place: &str) {
        if let Some(inner) = form.strip_prefix('[').and_then(|form| form.strip_suffix(']')) {
            let items = value.as_array().unwrap_or_else(|| panic!("{place} is no list"));
            items.iter().for_each(|item| self.form(inner, item, owner, place));
            return;
        }
        if let Some(target) = form.strip_prefix('@') {
            let key = (target.to_owned(), text_of(value).to_owned());
            let found = self.owners.get(&key).unwrap_or_else(|| panic!("{place}: {value} is unknown"));
            assert!(UNBOUND.contains(&target) || found == owner, "{place} crosses patients");
            return;
        }
        let today = self.now.local_date().to_string();
        let text = || text_of(value);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sound = match form {
            "any" => value.is_object() || value.is_string(),
            "bool" => value.is_boolean(),
            "count" => value.is_u64(),
            "text" => !text().trim().is_empty() && text().chars().count() <= 4000,
            "base64" => STANDARD.decode(text()).is_ok_and(|data| (1..=700 * 1024).contains(&data.len())),
            "digits" => digits(text()),
            "2" | "8" | "9" => digits(text()) && text().len().to_string() == form,
            "bsn" => text().parse::<Bsn>().is_ok(),
            "day" => is_day(text()),
            "past" => is_day(text()) && text() <= today.as_str(),
            "birth" => text().len() == 10 && (is_day(text()) || text().ends_with("-00")) && text() <= today.as_str(),
            "partial" => is_day(text()) || (digits(&text().replace('-', "")) && [4, 7].contains(&text().len())),
            // Reading and writing again changes nothing: the offset is that of Europe/Amsterdam.
            "at" => Timestamp::parse_rfc3339(text()).is_ok_and(|at| at.to_rfc3339() == text()),
            "dayat" => is_day(text()) || Timestamp::parse_rfc3339(text()).is_ok_and(|at| at <= self.now),
            "decimal" => text().parse::<f64>().is_ok() && !text().starts_with('.') && !text().contains(['e', 'E', '+']),
            "hash" => {
                text().len() == 64 && text().bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            }
            "icpc" => is_icpc(text()),
            "atc" => text().len() == 7 && text().is_ascii(),
            "loinc" => text().split_once('-').is_some_and(|(number, check)| digits(number) && check.len() == 1),
            "line" => {
                let members = "k*:E|P text*:text icpc:icpc visible?:bool third_party:bool edited_at:at";
                self.members(members, value.as_object().unwrap().clone(), owner, place);
                true
            }
            "named" => {
                self.form(&format!("@{}", text_of(&value["t"])), &value["id"], owner, place);
                true
            }
            choices => choices.split('|').any(|choice| *value == choice),
        };
        assert!(sound, "{place} has not the form {form}: {value}");
    }

    /// What one member demands of another.
    fn between_members(&self, t: &str, d: &Value, name: &str) {
        let has = |member: &str| d.get(member).is_some();
        let ordered = |first: &str, then: &str| {
            if has(first) && has(then) {
                assert!(text_of(&d[first]) <= text_of(&d[then]), "{name}: {then} before {first}");
            }
        };
        ordered("start", "end");
        ordered("valid_from", "valid_to");
        ordered("registered_from", "registered_to");
        match t {
            "patient" => assert!(!text_of(&d["name"]["last"]).is_empty()),
            "release" => assert!(d["state"] != "open" || has("opened_at"), "{name}: opened_at"),
            "episode" => {
                assert!(has("title") || has("icpc"), "{name} has no name");
                assert_eq!(d["status"] == "closed", has("end"), "{name}: end");
            }
            "entry" => assert!((1..=8).contains(&d["lines"].as_array().unwrap().len()), "{name}: lines"),
            "medication" => assert!(has("prk") || has("hpk") || has("gpk") || has("name"), "{name} has no product"),
            "observation" => self.result(d, name),
            "document" => assert!(d["published"] != true || has("published_at"), "{name}: published_at"),
            "vaccination" => assert!(has("atc") || has("prk") || has("name"), "{name} has no product"),
            _ => {}
        }
    }

    fn result(&self, d: &Value, name: &str) {
        let release = d["release"].as_object().unwrap_or_else(|| panic!("{name}: release")).clone();
        let published = release["state"] == "published";
        assert!(!published || (release.contains_key("at") && release.contains_key("conclusion")), "{name}: published");
        let members = "state*:received|saved|invited|published|withdrawn at:at conclusion:text by:@employee";
        self.members(members, release, "", name);
        assert!(UNITS.contains(&d.get("unit").map_or("", text_of)), "{name}: unit");
        match text_of(&d["value_type"]) {
            "q" => self.form("decimal", &d["value"], "", name),
            "none" => assert!(d.get("value").is_none(), "{name}: value"),
            _ => assert!(d.get("value").is_some(), "{name}: value"),
        }
    }
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_icpc(text: &str) -> bool {
    let (code, sub) = text.split_once('.').unwrap_or((text, "00"));
    let number = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    code.starts_with(|c| "ABDFHKLNPRSTUWXYZ".contains(c)) && number(&code[1..]) && number(sub)
}

/// Numbers and e-mail addresses are unique, and a patient has one release record.
fn check_people(records: &[Value]) {
    for member in ["bsn", "email"] {
        let all: Vec<&Value> =
            records.iter().filter(|r| r["t"] == "patient").filter_map(|r| r["d"].get(member)).collect();
        let distinct: BTreeSet<&str> = all.iter().map(|value| text_of(value)).collect();
        assert_eq!(distinct.len(), all.len(), "{member} twice");
    }
    let releases: Vec<&str> = records.iter().filter(|r| r["t"] == "release").map(|r| text_of(&r["pat"])).collect();
    assert_eq!(releases.iter().collect::<BTreeSet<_>>().len(), releases.len(), "two releases of one patient");
}

/// The parts of every document with bytes make up its size and hash; no part is left over.
fn check_documents(records: &[Value]) {
    let mut parts: BTreeMap<(&str, &str), BTreeMap<u64, Vec<u8>>> = BTreeMap::new();
    for blob in records.iter().filter(|record| record["t"] == "blob") {
        let d = &blob["d"];
        let data = STANDARD.decode(text_of(&d["data"])).expect("base64");
        let all = parts.entry((text_of(&blob["pat"]), text_of(&d["sha256"]))).or_default();
        assert!(all.insert(d["part"].as_u64().unwrap(), data).is_none(), "a part twice");
    }
    for document in records.iter().filter(|record| record["t"] == "document") {
        let key = (text_of(&document["pat"]), text_of(&document["d"]["sha256"]));
        let Some(found) = parts.remove(&key) else { continue };
        assert!(found.keys().copied().eq(1..=found.len() as u64), "a part is missing");
        let bytes: Vec<u8> = found.into_values().flatten().collect();
        assert_eq!(sha256_hex(&bytes), key.1);
        assert_eq!(document["d"]["size"], bytes.len());
        assert!(bytes.starts_with(b"%PDF-"));
    }
    assert!(parts.is_empty(), "parts of no document");
}

fn check_entries(records: &[Value]) {
    let mut seen = BTreeSet::new();
    for entry in records.iter().filter(|record| record["t"] == "entry") {
        let place = (text_of(&entry["d"]["contact"]), entry["d"]["seq"].as_u64().unwrap());
        assert!(place.1 >= 1 && seen.insert(place), "a deelcontact twice");
    }
}
