//! Deliveries of invented practices, with their records to look things up in.

use std::collections::BTreeMap;

use dvza::domain::time::Timestamp;
use dvza::sample::practice::demo_practice;
use dvza::sample::writer::sha256_hex;
use serde_json::{Value, json};

use super::network::T;

/// A number of the test range that no invented patient has.
pub const NOBODY: &str = "999911132";

/// A delivery.
pub struct Delivery {
    /// As it is handed in.
    pub bytes: Vec<u8>,
    header: Value,
    records: Vec<Value>,
}

impl Delivery {
    /// The built-in demo practice at the reference instant.
    pub fn demo() -> Self {
        let mut bytes = Vec::new();
        demo_practice(Timestamp::parse_rfc3339(T).unwrap(), &mut bytes).unwrap();
        Self::read(bytes)
    }

    /// A delivery with its records.
    pub fn read(bytes: Vec<u8>) -> Self {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let mut records: Vec<Value> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        let header = records.remove(0);
        records.pop();
        Self { bytes, header, records }
    }

    /// Every record.
    pub fn records(&self) -> &[Value] {
        &self.records
    }

    /// The citizen service number of a patient.
    pub fn bsn(&self, patient: &str) -> String {
        self.find("patient", patient)["d"]["bsn"].as_str().unwrap().to_owned()
    }

    /// Ids and numbers of all patients who have one.
    pub fn people(&self) -> Vec<(String, String)> {
        let patients = self.records.iter().filter(|record| record["t"] == "patient");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        patients.filter_map(|record| Some((text(&record["id"])?, text(&record["d"]["bsn"])?))).collect()
    }

    /// Every citizen service number, of representatives too.
    pub fn numbers(&self) -> Vec<String> {
        self.records.iter().filter_map(|record| record["d"]["bsn"].as_str()).map(str::to_owned).collect()
    }

    /// The record of this type and id.
    pub fn find(&self, t: &str, id: &str) -> &Value {
        self.records.iter().find(|record| record["t"] == t && record["id"] == id).unwrap()
    }

    /// The next delivery: this record with another member in it, one version later.
    pub fn change(&self, t: &str, id: &str, member: &str, value: Value) -> Vec<u8> {
        self.changes(&[(t, id, json!({ member: value }))])
    }

    /// The next delivery: these records with other members in them, one version later; a member that is null is left out.
    pub fn changes(&self, changes: &[(&str, &str, Value)]) -> Vec<u8> {
        let mut lines = String::new();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (t, id, members) in changes {
            let mut record = self.find(t, id).clone();
            record["v"] = json!(record["v"].as_u64().unwrap() + 1);
            let content = record["d"].as_object_mut().unwrap();
            for (member, value) in members.as_object().unwrap() {
                content.insert(member.clone(), value.clone());
            }
            content.retain(|member, value| !(members.get(member).is_some() && value.is_null()));
            lines.push_str(&format!("{record}\n"));
            *counts.entry(t).or_default() += 1;
        }
        self.next(&lines, &counts)
    }

    /// The delivery after this one, with this change: the one that another change follows.
    pub fn followed(&self, t: &str, id: &str, member: &str, value: Value) -> Self {
        let next = Self::read(self.change(t, id, member, value));
        let mut records = self.records.clone();
        let known = records.iter_mut().find(|record| record["t"] == t && record["id"] == id);
        *known.unwrap() = next.find(t, id).clone();
        Self { records, ..next }
    }

    /// The next delivery: records that were not there, each like one that is but for its id and these members.
    pub fn added(&self, records: &[(&str, &str, &str, Value)]) -> Vec<u8> {
        let mut lines = String::new();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (t, like, id, members) in records {
            let mut record = self.find(t, like).clone();
            record["id"] = json!(id);
            for (member, value) in members.as_object().unwrap() {
                record["d"][member] = value.clone();
            }
            lines.push_str(&format!("{record}\n"));
            *counts.entry(t).or_default() += 1;
        }
        self.next(&lines, &counts)
    }

    fn next(&self, lines: &str, counts: &BTreeMap<&str, u64>) -> Vec<u8> {
        let mut header = self.header.clone();
        header["kind"] = json!("delta");
        header["prev"] = header["batch"].take();
        let seq = header["seq"].as_u64().unwrap() + 1;
        header["batch"] = json!(format!("0e4c8a52-5d1c-4f0e-9a6e-{seq:012x}"));
        header["seq"] = json!(seq);
        let sha256 = sha256_hex(lines.as_bytes());
        let footer = json!({ "t": "footer", "batch": header["batch"], "counts": counts, "sha256": sha256 });
        format!("{header}\n{lines}{footer}\n").into_bytes()
    }
}
