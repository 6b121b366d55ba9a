//! Whom the listeners let in, tried over loopback with real handshakes.

use super::*;
use crate::http::extract::client::ClientIdentity;
use crate::http::listeners::Listener;
use crate::http::test_network::{Authority, Pair, client_config, client_config_for, limits, reqwest_client};
use axum::Router;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

/// A running listener that answers with the hosts of the client's certificate.
struct Running {
    url: String,
    tls: ReloadingTls,
}

async fn run(files: TlsFiles) -> Running {
    let tls = ReloadingTls::open("back", files).unwrap();
    let listener = Listener::bind("back", ([127, 0, 0, 1], 0).into(), limits()).await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_address().port());
    let router = Router::new()
        .route("/", get(|client: ClientIdentity| async move { client.hosts.join(" ") }))
        .route("/anyone", get(|| async { "welcome" }));
    tokio::spawn(listener.serve_tls(tls.current(), router, CancellationToken::new()));
    Running { url, tls }
}

impl Running {
    async fn get(&self, config: rustls::ClientConfig) -> Result<String, reqwest::Error> {
        reqwest_client(config).get(&self.url).send().await?.error_for_status()?.text().await
    }

    async fn get_as(&self, ca: &Authority, pair: &Pair) -> Result<String, reqwest::Error> {
        self.get(client_config(ca, Some(pair))).await
    }
}

#[tokio::test]
async fn the_right_certificate_is_let_in_and_its_host_is_known() {
    let ca = Authority::new();
    let back = run(ca.server_files("localhost", ca.certified())).await;
    let answer = back.get_as(&ca, &ca.issue("PGO.dvza.test", 2090, 7)).await.unwrap();
    assert_eq!(answer, "pgo.dvza.test");
}

#[tokio::test]
async fn back_refuses_a_client_without_certificate() {
    let ca = Authority::new();
    let back = run(ca.server_files("localhost", ca.certified())).await;
    assert!(back.get(client_config(&ca, None)).await.is_err());
}

#[tokio::test]
async fn back_refuses_a_certificate_of_another_authority() {
    let (ca, other) = (Authority::new(), Authority::new());
    let back = run(ca.server_files("localhost", ca.certified())).await;
    assert!(back.get_as(&ca, &other.issue("pgo.dvza.test", 2090, 7)).await.is_err());
}

#[tokio::test]
async fn back_refuses_an_expired_certificate() {
    let ca = Authority::new();
    let back = run(ca.server_files("localhost", ca.certified())).await;
    assert!(back.get_as(&ca, &ca.issue("pgo.dvza.test", 2001, 7)).await.is_err());
}

#[tokio::test]
async fn front_asks_for_no_certificate_and_knows_no_client() {
    let ca = Authority::new();
    let front = run(ca.server_files("localhost", Clients::Anonymous)).await;
    let client = reqwest_client(client_config(&ca, Some(&ca.issue("pgo.dvza.test", 2090, 7))));
    let anyone = client.get(format!("{}anyone", front.url)).send().await.unwrap();
    assert_eq!(anyone.text().await.unwrap(), "welcome");
    let identified = client.get(&front.url).send().await.unwrap();
    assert_eq!(identified.status(), reqwest::StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_and_another_is_not() {
    let ca = Authority::new();
    let crls = vec![ca.file("ca.crl", &ca.crl(&[7], 2090))];
    let roots = ca.file("roots.pem", &ca.pem);
    let back = run(ca.server_files("localhost", Clients::Certified { roots, crls })).await;
    assert!(back.get_as(&ca, &ca.issue("pgo.dvza.test", 2090, 7)).await.is_err());
    assert!(back.get_as(&ca, &ca.issue("pgo.dvza.test", 2090, 8)).await.is_ok());
}

#[tokio::test]
async fn an_outdated_or_foreign_revocation_list_refuses_everyone() {
    let (ca, other) = (Authority::new(), Authority::new());
    let pair = ca.issue("pgo.dvza.test", 2090, 8);
    for (name, list) in [("outdated", ca.crl(&[], 2021)), ("of another authority", other.crl(&[], 2090))] {
        let clients = Clients::Certified { roots: ca.file("roots.pem", &ca.pem), crls: vec![ca.file("ca.crl", &list)] };
        let back = run(ca.server_files("localhost", clients)).await;
        assert!(back.get_as(&ca, &pair).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_new_revocation_list_counts_after_reload_without_resumption() {
    let ca = Authority::new();
    let crl = ca.file("ca.crl", &ca.crl(&[], 2090));
    let clients = Clients::Certified { roots: ca.file("roots.pem", &ca.pem), crls: vec![crl] };
    let back = run(ca.server_files("localhost", clients)).await;
    let config = client_config(&ca, Some(&ca.issue("pgo.dvza.test", 2090, 7)));
    assert!(back.get(config.clone()).await.is_ok());
    ca.file("ca.crl", &ca.crl(&[7], 2090));
    back.tls.reload().unwrap();
    assert!(back.get(config).await.is_err());
}

#[tokio::test]
async fn a_reload_that_fails_keeps_the_old_certificate() {
    let ca = Authority::new();
    let back = run(ca.server_files("localhost", ca.certified())).await;
    ca.file("server.pem", "no certificate");
    assert!(back.tls.reload().is_err());
    assert!(back.get_as(&ca, &ca.issue("pgo.dvza.test", 2090, 7)).await.is_ok());
}

#[test]
fn the_first_end_of_each_kind_is_told() {
    let ca = Authority::new();
    let (soon, _) = ca.issue("pgo.dvza.test", 2031, 7);
    let crls = vec![ca.file("late.crl", &ca.crl(&[], 2090)), ca.file("early.crl", &ca.crl(&[], 2040))];
    let roots = ca.file("roots.pem", &format!("{}{soon}", ca.pem));
    let files = ca.server_files("localhost", Clients::Certified { roots, crls });
    let at = |year| Some(rcgen::date_time_ymd(year, 1, 1).unix_timestamp());
    let expected = [("certificate", at(2090)), ("client_roots", at(2031)), ("revocation_lists", at(2040))];
    assert_eq!(Ends::read(&files).unwrap().0, expected);
    ca.file("early.crl", "no list");
    assert!(Ends::read(&files).is_err(), "what cannot be read is no end");
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_accepted() {
    let ca = Authority::new();
    let back = run(ca.server_files("localhost", ca.certified())).await;
    let pair = ca.issue("pgo.dvza.test", 2090, 7);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = client_config_for(&ca, Some(&pair), &[version]);
        assert_eq!(back.get(config).await.unwrap(), "pgo.dvza.test", "{:?}", version.version);
    }
}

#[test]
fn only_the_wanted_versions_suites_and_curves_are_offered() {
    let suites: Vec<String> = provider().cipher_suites.iter().map(|suite| format!("{:?}", suite.suite())).collect();
    assert_eq!(suites.len(), 9);
    for suite in &suites {
        let forward_secret = suite.starts_with("TLS13_") || suite.starts_with("TLS_ECDHE_");
        let authenticated = suite.contains("_GCM_") || suite.contains("CHACHA20_POLY1305");
        assert!(forward_secret && authenticated, "{suite}");
    }
    let groups: Vec<String> = provider().kx_groups.iter().map(|group| format!("{:?}", group.name())).collect();
    assert_eq!(groups, ["X25519", "secp256r1", "secp384r1"]);
    let versions: Vec<_> = VERSIONS.iter().map(|version| version.version).collect();
    assert_eq!(versions, [rustls::ProtocolVersion::TLSv1_3, rustls::ProtocolVersion::TLSv1_2]);
}

/// A ClientHello as RFC 5246 §7.4.1.2 has it, of this version and with this one suite.
fn client_hello(version: [u8; 2], suite: u16) -> Vec<u8> {
    let mut hello = version.to_vec();
    hello.extend([7; 32]); // random
    hello.push(0); // no session
    hello.extend([0, 2]);
    hello.extend(suite.to_be_bytes());
    hello.extend([1, 0]); // no compression
    // supported_groups: x25519, P-256; signature_algorithms: ECDSA and RSA-PSS with SHA-256; ec_point_formats.
    let extensions = [0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 13, 0, 6, 0, 4, 4, 3, 8, 4, 0, 11, 0, 2, 1, 0];
    hello.extend([0, u8::try_from(extensions.len()).unwrap()]);
    hello.extend(extensions);
    let length = u8::try_from(hello.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length], hello.as_slice()].concat()
}

/// What comes back first: the kind of the record, and of an alert its description.
async fn first_record(address: &str, hello: &[u8]) -> (u8, Option<u8>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(hello).await.unwrap();
    let mut record = [0; 7];
    stream.read_exact(&mut record).await.unwrap();
    (record[0], (record[0] == ALERT).then_some(record[6]))
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

#[tokio::test]
async fn every_forbidden_version_and_suite_ends_in_an_alert() {
    let ca = Authority::new();
    for clients in [Clients::Anonymous, ca.certified()] {
        let listener = run(ca.server_files("localhost", clients)).await;
        let address = listener.url.trim_start_matches("https://").trim_end_matches('/').to_owned();
        // TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 under TLS 1.2: the table itself is right.
        assert_eq!(first_record(&address, &client_hello([3, 3], 0xC02C)).await.0, HANDSHAKE);
        for (version, name) in [([3, 0], "SSL 3"), ([3, 1], "TLS 1.0"), ([3, 2], "TLS 1.1")] {
            let answer = first_record(&address, &client_hello(version, 0xC02C)).await;
            assert_eq!(answer, (ALERT, Some(70)), "{name}: protocol_version");
        }
        let forbidden = [
            (0xC024, "ECDHE with AES-256-CBC"),
            (0xC009, "ECDHE with AES-128-CBC and SHA-1"),
            (0xC008, "ECDHE with 3DES"),
            (0xC007, "ECDHE with RC4"),
            (0xC006, "ECDHE without encryption"),
            (0xC0AE, "ECDHE with AES-128-CCM-8"),
            (0x009F, "DHE with AES-256-GCM"),
            (0x009D, "RSA key exchange with AES-256-GCM"),
            (0x0035, "RSA key exchange with AES-256-CBC"),
            (0xC019, "anonymous ECDH"),
        ];
        for (suite, name) in forbidden {
            let answer = first_record(&address, &client_hello([3, 3], suite)).await;
            assert_eq!(answer, (ALERT, Some(40)), "{name}: handshake_failure");
        }
    }
}

/// core.tls.314: named are the issuing authorities, not the root above them.
#[tokio::test]
async fn certificates_of_another_issuer_below_the_same_root_are_refused() {
    let root = Authority::new();
    let (allowed, other) = (Authority::below(&root, "issuing 1"), Authority::below(&root, "issuing 2"));
    let back = run(root.server_files("localhost", allowed.certified())).await;
    let as_issued_by = |issuer: &Authority| {
        let (cert, key) = issuer.issue("pgo.dvza.test", 2090, 7);
        // The whole chain is shown, up to the root.
        (format!("{cert}{}{}", issuer.pem, root.pem), key)
    };
    assert_eq!(back.get_as(&root, &as_issued_by(&allowed)).await.unwrap(), "pgo.dvza.test");
    assert!(back.get_as(&root, &as_issued_by(&other)).await.is_err());
    assert!(back.get_as(&root, &root.issue("pgo.dvza.test", 2090, 7)).await.is_err(), "nor of the root itself");
}

#[test]
fn there_are_no_tickets_no_session_cache_and_no_early_data() {
    let ca = Authority::new();
    for clients in [Clients::Anonymous, ca.certified()] {
        let config = server_config(&ca.server_files("localhost", clients)).unwrap();
        assert_eq!((config.max_early_data_size, config.send_tls13_tickets), (0, 0));
        assert!(!config.ticketer.enabled() && !config.session_storage.can_cache());
    }
}

#[test]
fn an_error_names_the_file_and_what_to_do() {
    let ca = Authority::new();
    let good = ca.server_files("localhost", ca.certified());
    let (other_cert, _) = ca.issue("other", 2090, 3);
    let roots = ca.file("roots.pem", &ca.pem);
    let with_clients = |roots: PathBuf, crls| TlsFiles { clients: Clients::Certified { roots, crls }, ..good.clone() };
    let cases = [
        ("a missing certificate", TlsFiles { cert: "none.pem".into(), ..good.clone() }, "cannot read none.pem"),
        ("no certificate inside", TlsFiles { cert: ca.file("empty.pem", ""), ..good.clone() }, "hold a certificate"),
        ("no key inside", TlsFiles { key: ca.file("no.key", "x"), ..good.clone() }, "hold a private key"),
        ("another's key", TlsFiles { cert: ca.file("other.pem", &other_cert), ..good.clone() }, "matching pair"),
        ("no roots", with_clients(ca.file("no-roots.pem", "x"), vec![]), "hold a certificate"),
        ("a missing list", with_clients(roots.clone(), vec!["none.crl".into()]), "cannot read none.crl"),
        ("no list inside", with_clients(roots, vec![ca.file("x.crl", &ca.pem)]), "revocation list"),
    ];
    for (name, files, part) in cases {
        let text = server_config(&files).unwrap_err().to_string();
        assert!(text.contains(part), "{name}: {text}");
        assert!(!text.contains('\n'), "{name}: one line");
    }
}
