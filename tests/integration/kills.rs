//! The server is killed while it works on a step of a flow, and started again on the same database: the flow goes on, or
//! ends in the page that says so, and nothing that was promised is lost.

use std::future::Future;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dvza::devnet::{DevNetwork, DevPractice, Ports};
use dvza::domain::time::Timestamp;
use dvza::pgo::{Browser, Page, Person, Pgo, PgoError, Wish};
use dvza::sample::practice::{FIRST_BSN, MEDMIJ_NAME};
use url::Url;

use crate::support::network::T;

/// After so many turns of the client the server is killed: before it has read the request, and later and later.
const CUTS: [usize; 4] = [0, 40, 160, 640];

/// The program, serving.
struct Program {
    dir: tempfile::TempDir,
    ports: Ports,
    child: Option<Child>,
}

impl Program {
    /// A practice with its patients, and the server on it.
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ports = Ports::unused().unwrap();
        let port = ports.front.to_string();
        let done =
            dvza(&["demo", "--now", T, "--port", &port, "--dir", dir.path().to_str().unwrap()]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let mut program = Self { dir, ports, child: None };
        program.start_again();
        program
    }

    fn start_again(&mut self) {
        let config = self.dir.path().join("dvza.toml");
        let mut command = dvza(&["serve", "--now", T, "--config", config.to_str().unwrap()]);
        command.env("DVZA_OAUTH__REFRESH_GRACE_SECONDS", "60").env("DVZA_LOG__FILTER", "off");
        self.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let end = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", self.ports.ops)).is_err() {
            assert!(Instant::now() < end, "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Sends a request and kills the server meanwhile; starts it again. The answer, if there was one.
    async fn cut<T>(&mut self, turns: usize, request: impl Future<Output = T>) -> Option<T> {
        let answer = {
            tokio::pin!(request);
            let mut answer = None;
            for _ in 0..turns {
                tokio::select! {
                    biased;
                    done = &mut request => { answer = Some(done); break; }
                    () = tokio::task::yield_now() => {}
                }
            }
            self.kill();
            answer
        };
        self.start_again();
        answer
    }

    fn pgo(&self) -> Pgo {
        let practice = DevPractice { medmij_name: MEDMIJ_NAME.to_owned(), display_name: "De Linde".to_owned() };
        let network = DevNetwork::create_or_open(self.dir.path(), self.ports, &[practice]).unwrap();
        let now = Timestamp::parse_rfc3339(T).unwrap();
        Pgo::from_demo(self.dir.path(), &network.demo_file(0, now, Vec::new(), Vec::new())).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

fn dvza(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvza"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn request(pgo: &Pgo) -> Url {
    let provider = pgo.directory().provider(MEDMIJ_NAME).unwrap();
    let mut url = provider.services[0].authorize.clone();
    let (id, other) = ("7d4f6d0c-9a1b-4c3e-8f00-1f2e3d4c5b6a", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed");
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", pgo.client_id()),
        ("redirect_uri", "https://pgo.dvza.test/callback"),
        ("scope", provider.scope()),
        ("state", "c3RhdGU"),
        ("MedMij-Request-ID", id),
        ("X-Correlation-ID", other),
    ]);
    url
}

const LOGIN: (&str, &str) = ("action", "login");
const GIVE: (&str, &str) = ("decision", "give");
const PERSON: [(&str, &str); 2] = [("bsn", FIRST_BSN), ("level", "substantieel")];

/// Again, when it went over a connection to the server that was killed.
macro_rules! again {
    ($request:expr) => {
        match $request.await {
            Err(PgoError::Connection { .. }) => $request.await,
            answer => answer,
        }
    };
}

/// The page that says that the session is over, or one from which the flow goes on.
fn is_right(page: &Page) -> bool {
    (page.status == 200 && !page.forms.is_empty()) || (page.status == 400 && page.html.contains("sessie is voorbij"))
}

async fn consent_page(browser: &mut Browser, url: Url) -> Page {
    let landing = browser.open(url).await.unwrap();
    let login = browser.press(&landing, LOGIN, &[]).await.unwrap();
    browser.press(&login, LOGIN, &PERSON).await.unwrap()
}

#[tokio::test]
async fn a_server_that_is_killed_in_the_middle_of_a_step_loses_nothing_it_promised() {
    let mut program = Program::start();
    let pgo = program.pgo();
    let url = request(&pgo);
    for turns in CUTS {
        // Landing: the person presses once more.
        let mut browser = pgo.browser().unwrap();
        let landing = browser.open(url.clone()).await.unwrap();
        program.cut(turns, browser.press(&landing, LOGIN, &[])).await;
        let login = again!(browser.press(&landing, LOGIN, &[])).unwrap();
        assert!(login.html.contains("name=\"bsn\""), "{turns}: {}", login.html);

        // Login return: the answer counts once, so the flow goes on or says that it is over.
        program.cut(turns, browser.press(&login, LOGIN, &PERSON)).await;
        let page = again!(browser.open(url.join("/consent").unwrap())).unwrap();
        assert!(is_right(&page), "{turns}: {} {}", page.status, page.html);

        // Consent: given once, and the code arrives.
        let mut browser = pgo.browser().unwrap();
        let consent = consent_page(&mut browser, url.clone()).await;
        let lasting = [("indefinite", "yes")];
        let first = program.cut(turns, browser.leave(&consent, GIVE, &lasting)).await;
        let returned = match first {
            Some(Ok(returned)) => returned,
            _ => again!(browser.leave(&consent, GIVE, &lasting)).unwrap(),
        };
        let code = returned.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();

        // Code issued: good after a restart; an exchange that was cut either counts or can be done again from the start.
        program.cut(0, std::future::ready(())).await;
        let person = Person::new(FIRST_BSN.parse().unwrap(), Wish::ConsentIndefinitely);
        let other = again!(pgo.authorize(MEDMIJ_NAME, &person)).unwrap();
        let tokens = again!(pgo.exchange(&other.with_code(&code))).unwrap();
        match program.cut(turns, pgo.exchange(&other)).await {
            Some(Ok(_)) => {}
            _ => match again!(pgo.exchange(&other)) {
                Ok(_) => {}
                Err(PgoError::Token { status: 400, error, .. }) => assert_eq!(error, "invalid_grant", "{turns}"),
                Err(error) => panic!("{turns}: {error}"),
            },
        }

        // Refresh: within the grace a lost answer can be asked for again.
        let renewed = match program.cut(turns, pgo.refresh(&tokens)).await {
            Some(Ok(renewed)) => renewed,
            _ => again!(pgo.refresh(&tokens)).unwrap(),
        };
        let patient =
            Url::parse(&format!("https://localhost:{}/fhir/huisartsdelinde/HG-R4/Patient", program.ports.back));
        let answer = pgo.get(&renewed, patient.unwrap(), "application/fhir+json").await.unwrap();
        assert_eq!(answer.status, 200, "{turns}");
    }
    program.kill();
    let config = program.dir.path().join("dvza.toml");
    let done = dvza(&["audit", "verify", "--config", config.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("the chain is whole"), "{said}");
}
