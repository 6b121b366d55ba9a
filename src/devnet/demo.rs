//! `demo.json`: all that a client needs to use a development network (interface.md §2).

use serde::{Deserialize, Serialize};

/// The name of the file in the demo folder.
pub const DEMO_FILE: &str = "demo.json";

/// The content of `demo.json`. Paths are relative to its folder.
///
/// There is no `Debug`: it names the (invented) patients with their numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoFile {
    /// Always true: the file is written when every listener answers.
    pub ready: bool,
    /// The server's process.
    pub pid: u32,
    /// The instant the server's clock started at, RFC 3339.
    pub now: String,
    /// Base URL of the front listener.
    pub front: String,
    /// Base URL of the back listener.
    pub back: String,
    /// Base URL of the console.
    pub console: String,
    /// Where a patient sees and withdraws consents.
    pub consents: String,
    /// The patient's own pages.
    pub my: String,
    /// Base URL of health and metrics.
    pub ops: String,
    /// Base URL of what is simulated around the network: `/time` and `/letters`; only while a demo serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surroundings: Option<String>,
    /// The root certificate of the network.
    pub ca: String,
    /// The four MedMij lists.
    pub lists: DemoLists,
    /// The PGO to collect with.
    pub pgo: DemoClient,
    /// A PGO on the lists that never got consent.
    pub other_pgo: DemoClient,
    /// A certificate of the same authority that is on no list.
    pub stranger: DemoCertificate,
    /// The HIS of the first practice.
    pub his: DemoHis,
    /// Staff who can log in to the console.
    pub employees: Vec<Employee>,
    /// The practices and their patients.
    pub practices: Vec<DemoPractice>,
}

/// Files of the four MedMij lists under their official names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoLists {
    /// Zorgaanbiederslijst.
    pub zal: String,
    /// OAuthclientlist.
    pub ocl: String,
    /// Whitelist.
    pub whl: String,
    /// Gegevensdienstnamenlijst.
    pub gnl: String,
}

impl Default for DemoLists {
    fn default() -> Self {
        let file = |name: &str| format!("lists/MedMij_{name}.xml");
        Self {
            zal: file("Zorgaanbiederslijst"),
            ocl: file("OAuthclientlist"),
            whl: file("Whitelist"),
            gnl: file("Gegevensdienstnamenlijst"),
        }
    }
}

/// A client certificate with its key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoCertificate {
    /// PEM file with the certificate.
    pub cert: String,
    /// PEM file with the private key.
    pub key: String,
}

/// A PGO.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoClient {
    /// Its host name.
    pub client_id: String,
    /// Where it wants people back; nothing listens there.
    pub redirect_uri: String,
    /// What it shows on the back channel.
    #[serde(flatten)]
    pub certificate: DemoCertificate,
}

/// A HIS.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoHis {
    /// What it shows on the back channel.
    #[serde(flatten)]
    pub certificate: DemoCertificate,
    /// Where it delivers.
    pub push: String,
}

/// An employee of a practice.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    /// The id of the `employee` record, which is what logs in.
    pub name: String,
    /// The role in the practice, such as `praktijkhouder`.
    pub role: String,
}

/// A practice.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPractice {
    /// MedMij name with suffix.
    pub name: String,
    /// Its invented patients.
    pub patients: Vec<DemoPatient>,
}

/// An invented patient.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPatient {
    /// Number of the test range.
    pub bsn: String,
    /// Name.
    pub name: String,
}

impl DemoFile {
    /// The file's text: indented JSON with a line end.
    ///
    /// # Errors
    /// What serde says; with these types there is nothing to fail.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Reads a file's text; members it does not know are ignored.
    ///
    /// # Errors
    /// When the text is no JSON or a member is missing or of the wrong kind.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}
