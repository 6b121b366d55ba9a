//! A whole development network in a temporary folder: real listeners, real TLS, a clock that stands, and the test PGO.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use dvza::cli::args::InitArgs;
use dvza::cli::{devlists, init, new_keys, server};
use dvza::config::{Config, Environment};
use dvza::devnet::demo::DemoFile;
use dvza::devnet::{DevNetwork, DevPractice, Ports};
use dvza::domain::bsn::Bsn;
use dvza::domain::ids::{PracticeId, PracticeScope};
use dvza::domain::time::{Clock, Timestamp};
use dvza::fhir::catalogue::Catalogue;
use dvza::his::BatchReader;
use dvza::import::{Options, Report};
use dvza::pgo::{CollectRequest, Collected, Person, Pgo, PgoError, Tokens, Wish};
use dvza::store::practices::NewPractice;
use dvza::store::settings::{Setting, SettingSource};

use url::Url;

/// The reference instant of the sheets.
pub const T: &str = "2026-06-15T10:00:00+02:00";

/// A running network.
pub struct Network {
    /// Everything on disk.
    pub dir: tempfile::TempDir,
    /// The server.
    pub server: server::Server,
    /// What a client needs.
    pub demo: DemoFile,
    /// Moves only when a test moves it.
    pub clock: Clock,
    /// The practices, in the order of the deliveries.
    pub practices: Vec<PracticeScope>,
    /// Reports of the imports.
    pub reports: Vec<Report>,
    config: Config,
}

impl Network {
    /// Starts a server on SQLite whose practices are those of these deliveries.
    pub async fn start(now: &str, deliveries: &[Vec<u8>]) -> Self {
        Self::start_on(now, deliveries, None).await
    }

    /// The same on the database at this address.
    pub async fn start_on(now: &str, deliveries: &[Vec<u8>], database: Option<&str>) -> Self {
        let database = database.map(|url| ("DVZA_DATABASE__URL".to_owned(), url.to_owned()));
        Self::start_with(now, deliveries, Vec::from_iter(database), |_| {}).await
    }

    /// The same with configuration of the test's own: as variables, and in the configuration itself.
    pub async fn start_with(
        now: &str,
        deliveries: &[Vec<u8>],
        variables: Vec<(String, String)>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let now = Timestamp::parse_rfc3339(now).unwrap();
        let clock = Clock::standing_at(now);
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<DevPractice> = (0..deliveries.len()).map(dev_practice).collect();
        let ports = Ports::unused().unwrap();
        let network = DevNetwork::create_or_open(dir.path(), ports, &names).unwrap();
        let services = Catalogue::built_in().unwrap();
        network.write_lists(&devlists::write(&network, &names, &services, now).unwrap()).unwrap();
        let mut config = configuration(dir.path().to_owned(), ports, variables);
        change(&mut config);
        let server = server::start(&config, clock.clone()).await.unwrap();
        let demo = network.demo_file(std::process::id(), now, Vec::new(), Vec::new());
        let mut running = Self { dir, server, demo, clock, practices: Vec::new(), reports: Vec::new(), config };
        for (place, delivery) in deliveries.iter().enumerate() {
            let scope = running.add_practice(place, delivery, now).await;
            running.practices.push(scope);
            let report = running.import(delivery).await;
            running.reports.push(report);
        }
        running
    }

    async fn add_practice(&self, place: usize, delivery: &[u8], at: Timestamp) -> PracticeScope {
        let reader = BatchReader::open(Cursor::new(delivery.to_vec())).unwrap();
        let number = u8::try_from(place + 1).unwrap();
        let practice = NewPractice {
            id: PracticeId::from_bytes([number; 16]),
            medmij_name: dev_practice(place).medmij_name,
            ura: reader.header().ura.clone(),
            agb: Some(reader.header().agb.clone()),
            display_name: dev_practice(place).display_name,
        };
        let mut tx = self.server.app.store().write().await.unwrap();
        dvza::store::practices::add(&mut tx, &practice, at).await.unwrap();
        tx.commit().await.unwrap();
        PracticeScope { practice: practice.id }
    }

    /// Moves the clock on.
    pub fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
    }

    /// Stops the server and starts it again on the same folder, where it reads the lists anew.
    pub async fn restarted(self) -> Self {
        self.server.stop().await;
        let server = server::start(&self.config, self.clock.clone()).await.unwrap();
        Self { server, ..self }
    }

    /// Imports a further delivery.
    pub async fn import(&self, delivery: &[u8]) -> Report {
        let bytes = Cursor::new(delivery.to_vec());
        self.server.importer.import(bytes, &Options::default(), Arc::new(|_| {})).await.unwrap()
    }

    /// Sets a setting of the first practice.
    pub async fn set(&self, key: &str, value: &str) {
        self.set_at(0, key, value).await;
    }

    /// Sets a setting of the practice at this place.
    pub async fn set_at(&self, place: usize, key: &str, value: &str) {
        let mut tx = self.server.app.store().write().await.unwrap();
        let setting = Setting {
            key: key.to_owned(),
            source: SettingSource::Own,
            value: value.to_owned(),
            at: self.clock.now(),
            by: "test".to_owned(),
        };
        dvza::store::settings::set(&mut tx, &self.practices[place], &setting).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The MedMij name of the practice at this place.
    pub fn practice_name(&self, place: usize) -> String {
        dev_practice(place).medmij_name
    }

    /// What the server was configured with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// An authorization request that is the same each time.
    pub fn authorization(&self) -> Url {
        let pgo = self.pgo();
        let provider = pgo.directory().provider(&self.practice_name(0)).unwrap();
        let mut url = provider.services[0].authorize.clone();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", pgo.client_id()),
            ("redirect_uri", self.demo.pgo.redirect_uri.as_str()),
            ("scope", provider.scope()),
            ("state", "c3RhdGUtb2YtdGhlLXRlc3Qtc3RhdGUtb2YtdGhlLXRlc3Q"),
            ("MedMij-Request-ID", super::wire::UUID),
            ("X-Correlation-ID", super::wire::UUID),
        ]);
        url
    }

    /// The test PGO.
    pub fn pgo(&self) -> Pgo {
        Pgo::from_demo(self.dir.path(), &self.demo).unwrap()
    }

    /// Tokens for this patient of the first practice, after a consent for once.
    pub async fn tokens(&self, bsn: &str) -> Result<Tokens, PgoError> {
        self.tokens_at(0, bsn, Wish::ConsentOnce).await
    }

    /// Tokens for a patient of the practice at this place.
    pub async fn tokens_at(&self, place: usize, bsn: &str, wish: Wish) -> Result<Tokens, PgoError> {
        let pgo = self.pgo();
        let bsn: Bsn = bsn.parse().unwrap();
        let authorized = pgo.authorize(&self.practice_name(place), &Person::new(bsn, wish)).await?;
        pgo.exchange(&authorized).await
    }

    /// Everything the tokens are for.
    pub async fn collect(&self, tokens: &Tokens) -> Vec<Collected> {
        let services = Catalogue::built_in().unwrap();
        let mut all = Vec::new();
        for id in &tokens.services {
            let service = services.find(id).unwrap();
            let requests: Vec<CollectRequest> = service
                .collect_requests(self.clock.now().local_date())
                .into_iter()
                .map(|request| CollectRequest { name: request.name, path_and_query: request.path_and_query })
                .collect();
            all.push(self.pgo().collect(tokens, id, &requests).await.unwrap());
        }
        all
    }

    /// Base URL of a data service of the first practice.
    pub fn base(&self, service: &str) -> String {
        self.base_at(0, service)
    }

    /// Base URL of a data service of the practice at this place.
    pub fn base_at(&self, place: usize, service: &str) -> String {
        format!("{}/fhir/{}/{service}", self.demo.back, self.practice_name(place).trim_end_matches("@medmij"))
    }

    /// One GET below a data service of the first practice.
    pub async fn get(&self, tokens: &Tokens, service: &str, path: &str, accept: &str) -> dvza::pgo::Answer {
        let url = format!("{}/{path}", self.base(service)).parse().unwrap();
        self.pgo().get(tokens, url, accept).await.unwrap()
    }

    /// Stops the server; the folder goes with the value.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// The practice at this place of the deliveries.
fn dev_practice(place: usize) -> DevPractice {
    let letter = char::from(b'a' + u8::try_from(place).unwrap());
    DevPractice { medmij_name: format!("testpraktijk{letter}@medmij"), display_name: format!("Testpraktijk {letter}") }
}

fn configuration(dir: PathBuf, ports: Ports, more: Vec<(String, String)>) -> Config {
    let args = InitArgs {
        dir: dir.clone(),
        environment: Environment::Development,
        port: 8443,
        practice: dev_practice(0).medmij_name,
    };
    init::run(&args, new_keys).unwrap();
    let listener = |name: &str, port: u16| {
        [
            (format!("DVZA_LISTENERS__{name}__ADDRESS"), format!("127.0.0.1:{port}")),
            (format!("DVZA_LISTENERS__{name}__PUBLIC_URL"), format!("https://localhost:{port}")),
        ]
    };
    let mut variables: Vec<(String, String)> = Vec::new();
    variables.extend(listener("FRONT", ports.front));
    variables.extend(listener("BACK", ports.back));
    variables.extend(listener("CONSOLE", ports.console));
    variables.push(("DVZA_LISTENERS__OPS__ADDRESS".to_owned(), format!("127.0.0.1:{}", ports.ops)));
    variables.extend(more);
    Config::load(&dir.join("dvza.toml"), variables).unwrap()
}

/// The reference data of the sheets, when it is there; says so when it is not.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DVZA_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let file = root.join(path);
    if file.exists() {
        return Some(file);
    }
    eprintln!("skipped: {} is not there (set DVZA_SHARED)", file.display());
    None
}

impl Network {
    /// A client that shows this certificate of the network on the back listener.
    pub fn client_with(&self, stem: &str) -> reqwest::Client {
        use rustls_pki_types::pem::PemObject as _;
        use rustls_pki_types::{CertificateDer, PrivateKeyDer};
        let certs = self.dir.path().join("certs");
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certs.join("ca.pem")).unwrap()).unwrap();
        let chain = vec![CertificateDer::from_pem_file(certs.join(format!("{stem}.pem"))).unwrap()];
        let key = PrivateKeyDer::from_pem_file(certs.join(format!("{stem}.key"))).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap();
        reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
    }

    /// A client that keeps cookies, follows redirects and shows no certificate.
    pub fn browser(&self) -> reqwest::Client {
        use rustls_pki_types::CertificateDer;
        use rustls_pki_types::pem::PemObject as _;
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.dir.path().join("certs/ca.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        reqwest::Client::builder().tls_backend_preconfigured(tls).cookie_store(true).no_proxy().build().unwrap()
    }

    /// Where the HIS of the first practice delivers.
    pub fn push_url(&self) -> String {
        format!("{}/his/{}", self.demo.back, self.practice_name(0).trim_end_matches("@medmij"))
    }
}
