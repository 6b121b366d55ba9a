//! A running server: configuration turned into an [`App`], four listeners, and the tasks beside them.
//!
//! Used by `serve` and `demo`, and by the tests, which run the same listeners on ports of their own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use arc_swap::ArcSwap;
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use rustls::ServerConfig;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::doctor::Finding;
use super::lists::{self, Supply};
use super::wire;
use crate::app::{App, Parts};
use crate::audit::forward::{Forwarder, Told};
use crate::config::{Config, Environment, LoginMethod, OclWithoutServices, StaffMethod};
use crate::devnet::files::{Privacy, write_new};
use crate::domain::time::Clock;
use crate::fhir::catalogue::Catalogue;
use crate::http::context::{ServiceDesk, Settings};
use crate::http::listeners::{Limits, Listener};
use crate::http::ops::{self, Readiness, ReadinessCheck};
use crate::http::tls::ReloadingTls;
use crate::http::{back, console, front, observe};
use crate::import::Importer;
use crate::login::PatientLogin;
use crate::login::closed::ClosedLogin;
use crate::login::simulator::Simulator;
use crate::login::staff::StaffLogin;
use crate::mapping::check::Profiles;
use crate::medmij::{Lists, WithoutServices};
use crate::oauth::HostRule;
use crate::oauth::describe::Descriptions;
use crate::seal::{KeyFile, Sealer};
use crate::store::{self, Store, StoreOptions};
use crate::tasks::Post;

/// A server whose listeners accept connections.
pub struct Server {
    /// What the handlers share.
    pub app: App,
    /// Takes deliveries.
    pub importer: Importer,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// What a server and a command on the same data share: database, keys, profiles, time.
pub struct Foundation {
    /// The database, of this version.
    pub store: Store,
    /// Keys.
    pub sealer: Sealer,
    /// Takes deliveries.
    pub importer: Importer,
    /// Data services.
    pub services: Catalogue,
}

/// The keys of this installation.
///
/// # Errors
/// One line about the key file.
pub fn keys(config: &Config) -> anyhow::Result<Sealer> {
    let keys = std::fs::read_to_string(&config.keys.file)
        .with_context(|| format!("cannot read the key file {}", config.keys.file.display()))?;
    let keys = KeyFile::parse(&keys).context("the key file cannot be used")?;
    Sealer::new(&keys).context("the key file cannot be used")
}

/// Opens what every command on the data needs.
///
/// # Errors
/// One line that names the part: key file, database, catalogue.
pub async fn lay(config: &Config, clock: &Clock) -> anyhow::Result<Foundation> {
    let sealer = keys(config)?;
    let url = config.database_url()?;
    if let Some(path) =
        url.strip_prefix("sqlite:").map(Path::new).filter(|path| path.parent().is_some_and(Path::is_dir))
    {
        // SQLite itself would let others read it.
        write_new(path, b"", Privacy::OwnerOnly).context("the database cannot be made")?;
    }
    let store = Store::open(&url, &StoreOptions::default()).await.context("the database cannot be opened")?;
    if config.database.migrate_on_start {
        store.migrate().await.context("the database cannot be brought to this version")?;
    }
    if store.is_current().await? {
        require_own_keys(&store, &sealer).await.with_context(|| config.keys.file.display().to_string())?;
    }
    let services = match &config.services.catalogue {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            let text = text.with_context(|| format!("cannot read the catalogue {}", path.display()))?;
            Catalogue::parse(&text).with_context(|| format!("the catalogue {} cannot be used", path.display()))?
        }
        None => Catalogue::built_in()?,
    };
    let services = services.offering(&config.services.also).context("[services] also")?;
    let profiles = Arc::new(Profiles::load().context("the built-in profiles cannot be compiled")?);
    let importer = Importer {
        store: store.clone(),
        sealer: sealer.clone(),
        profiles,
        releases: services.releases(),
        clock: clock.clone(),
        nhg45: None,
    };
    Ok(Foundation { store, sealer, importer, services })
}

/// [`lay`] for a command that looks and changes nothing: a database that is not there is not made.
///
/// # Errors
/// One line that names the part.
pub async fn lay_existing(config: &Config, clock: &Clock) -> anyhow::Result<Foundation> {
    let url = config.database_url()?;
    if let Some(path) = url.strip_prefix("sqlite:").filter(|path| !Path::new(path).exists()) {
        bail!("there is no database {path}: dvza migrate or dvza serve makes it");
    }
    lay(config, clock).await
}

/// With another installation's keys nobody would be found, and each event would break the audit chain.
async fn require_own_keys(store: &Store, sealer: &Sealer) -> anyhow::Result<()> {
    let mut tx = store.read().await?;
    let found = store::installation::key_mark(&mut tx).await?;
    tx.close().await?;
    match found {
        Some(mark) if mark == sealer.mark() => Ok(()),
        Some(_) => bail!("this is not the key file that this database was begun with: put that one back"),
        None => {
            let mut tx = store.write().await?;
            store::installation::begin(&mut tx, &sealer.mark()).await?;
            Ok(tx.commit().await?)
        }
    }
}

/// Starts every listener; returns when all of them accept connections.
///
/// # Errors
/// One line that names the part that cannot start.
pub async fn start(config: &Config, clock: Clock) -> anyhow::Result<Server> {
    let metrics = metrics_handle()?;
    let foundation = lay(config, &clock).await?;
    let supply = Supply::of(config, &foundation.store, &clock)?;
    let current = Arc::new(ArcSwap::from_pointee(supply.first().await?));
    let app = App::new(Parts {
        store: foundation.store.clone(),
        sealer: foundation.sealer.clone(),
        clock: clock.clone(),
        services: foundation.services,
        lists: current.clone(),
        settings: settings(config)?,
        back_origin: origin(&config.listeners.back.public_url),
    });
    let login = login(config, &foundation.sealer, &clock).await?;
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let limits = wire::limits(&config.limits);
    let shared = Shared { limits, stop: &stop };
    let context = app.authorization_context();

    let front = front::router(front::FrontState {
        context: context.clone(),
        login,
        app: app.clone(),
        importer: foundation.importer.clone(),
    });
    let body_bytes = usize::try_from(config.limits.body_bytes).unwrap_or(usize::MAX);
    let front = front.layer(RequestBodyLimitLayer::new(body_bytes));
    let for_pgos = answered_within(back::token::router(context), TOKEN_SECONDS);
    // Of FHIR no body is read, and a refusal is an OperationOutcome whatever its size.
    let for_pgos = for_pgos
        .layer(RequestBodyLimitLayer::new(body_bytes))
        .nest("/fhir", back::fhir::router().with_state(app.clone()));
    let for_pgos = answered_within(for_pgos, config.limits.request_seconds);
    // A delivery may be large and take long: the format's own limits hold for it.
    let back = for_pgos.nest("/his", back::his::router(app.clone(), foundation.importer.clone()));
    let front_tls = ReloadingTls::open("front", wire::browser_tls(&config.listeners.front))?;
    let back_tls = ReloadingTls::open("back", wire::client_tls(&config.listeners.back))?;
    shared.tls(&mut tasks, "front", config.listeners.front.address, front, front_tls.current()).await?;
    shared.tls(&mut tasks, "back", config.listeners.back.address, back, back_tls.current()).await?;
    let console = console::router(console::ConsoleState {
        app: app.clone(),
        importer: foundation.importer.clone(),
        login: staff_login(config, &foundation.sealer, &clock).await?,
        origin: origin(&config.listeners.console.public_url),
    });
    let console_tls = ReloadingTls::open("console", wire::browser_tls(&config.listeners.console))?;
    shared.tls(&mut tasks, "console", config.listeners.console.address, console, console_tls.current()).await?;
    let ops = ops::router(readiness(&app, &current, config), metrics);
    let listener = Listener::bind("ops", config.listeners.ops.address, limits).await?;
    tasks.spawn(listener.serve_plain(ops, stop.clone()));
    tasks.spawn(crate::tasks::keep_house(foundation.importer.clone(), stop.clone()));
    tasks.spawn(crate::tasks::extractions::make(app.clone(), stop.clone()));
    if let Some(mail) = &config.mail {
        let every = Duration::from_secs(u64::from(mail.every_seconds));
        let post = Post { mailer: wire::mailer(mail).context("mail")?, every };
        tasks.spawn(crate::tasks::post(app.clone(), clock.clone(), post, stop.clone()));
    }
    tasks.spawn(refresh_lists(supply, config.lists.refresh(), current, clock.clone(), stop.clone()));
    if let Some(log) = &config.chain_log {
        let parts = (foundation.store.clone(), foundation.sealer.clone(), clock.clone());
        let forwarder = wire::forwarder(log, config, parts).context("chain_log")?;
        tasks.spawn(tell_chain_log(forwarder, Duration::from_secs(u64::from(log.every_seconds)), stop.clone()));
    }
    tasks.spawn(reload_certificates([front_tls, back_tls, console_tls], stop.clone()));
    Ok(Server { app, importer: foundation.importer, stop, tasks })
}

impl Server {
    /// Stops accepting, lets running requests finish, then closes the database.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.app.store().close().await;
    }
}

/// The longest a token request may take (core.tknint.206), in seconds.
const TOKEN_SECONDS: u32 = 10;

/// The same, but whoever waits longer than this is told that it cannot be done now.
fn answered_within(router: Router, seconds: u32) -> Router {
    let time = Duration::from_secs(u64::from(seconds));
    router.layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, time))
}

struct Shared<'a> {
    limits: Limits,
    stop: &'a CancellationToken,
}

impl Shared<'_> {
    async fn tls(
        &self,
        tasks: &mut JoinSet<()>,
        name: &'static str,
        address: std::net::SocketAddr,
        router: Router,
        tls: Arc<ArcSwap<ServerConfig>>,
    ) -> anyhow::Result<()> {
        let router = router.layer(axum::middleware::from_fn_with_state(name, observe::request));
        let listener = Listener::bind(name, address, self.limits).await?;
        tasks.spawn(listener.serve_tls(tls, router, self.stop.clone()));
        Ok(())
    }
}

fn settings(config: &Config) -> anyhow::Result<Settings> {
    let oauth = &config.oauth;
    Ok(Settings {
        descriptions: Descriptions::with(&oauth.error_descriptions).context("oauth.error_descriptions")?,
        host_rule: if oauth.redirect_host_must_match_client { HostRule::SameAsClient } else { HostRule::Any },
        refresh_grace_seconds: i64::from(oauth.refresh_grace_seconds),
        without_services: match oauth.ocl_without_services {
            OclWithoutServices::Refuse => WithoutServices::Refuse,
            OclWithoutServices::All => WithoutServices::All,
        },
        representation: if oauth.representation { config.login.grounds() } else { Vec::new() },
        lists_max_age_seconds: i64::from(config.lists.max_age_seconds),
        front_origin: origin(&config.listeners.front.public_url),
        medmij_logo: config.pages.medmij_logo.as_deref().map(wire::picture).transpose()?,
        security_txt: config.security.as_ref().map(|own| wire::security_txt(own, &config.listeners.front.public_url)),
        service_desk: ServiceDesk { name: config.service_desk.name.clone(), phone: config.service_desk.phone.clone() },
    })
}

async fn login(config: &Config, sealer: &Sealer, clock: &Clock) -> anyhow::Result<Arc<dyn PatientLogin>> {
    let front = &config.listeners.front.public_url;
    Ok(match config.login.method {
        LoginMethod::Simulator => Arc::new(Simulator::new(lists::environment(config))?),
        LoginMethod::Closed => Arc::new(ClosedLogin),
        LoginMethod::Oidc => {
            let provider = config.login.oidc.as_ref().context("login.oidc describes no provider")?;
            let oidc = wire::oidc(provider, front, sealer.clone(), clock.clone()).context("login.oidc")?;
            Arc::new(oidc.introduce().await)
        }
        #[cfg(feature = "saml")]
        LoginMethod::Saml => {
            let provider = config.login.saml.as_ref().context("login.saml describes no provider")?;
            Arc::new(wire::saml(provider, front, sealer.clone(), clock.clone()).context("login.saml")?)
        }
        #[cfg(not(feature = "saml"))]
        LoginMethod::Saml => anyhow::bail!("this build has no SAML: build it with --features saml"),
    })
}

/// The means by which employees log in to the console.
async fn staff_login(config: &Config, sealer: &Sealer, clock: &Clock) -> anyhow::Result<StaffLogin> {
    Ok(match config.console.login {
        StaffMethod::Simulator => StaffLogin::simulator(lists::environment(config))?,
        StaffMethod::Closed => StaffLogin::provider(Arc::new(ClosedLogin)),
        StaffMethod::Oidc => {
            let provider = config.console.oidc.as_ref().context("console.oidc describes no provider")?;
            let url = &config.listeners.console.public_url;
            let oidc = wire::oidc(provider, url, sealer.clone(), clock.clone()).context("console.oidc")?;
            StaffLogin::provider(Arc::new(oidc.introduce().await))
        }
    })
}

/// What is wrong with the connection of method `saml`, as far as its files tell.
pub fn saml_fault(config: &Config, sealer: &Sealer, clock: &Clock) -> Option<Finding> {
    #[cfg(feature = "saml")]
    if let Some(provider) = &config.login.saml {
        let front = &config.listeners.front.public_url;
        let made = wire::saml(provider, front, sealer.clone(), clock.clone());
        return made.err().map(|error| Finding::new(super::doctor::Health::Bad, "login.saml", format!("{error:#}")));
    }
    let _ = (config, sealer, clock);
    None
}

/// An origin as RFC 6454 writes it, without a final slash.
fn origin(url: &url::Url) -> String {
    url.origin().ascii_serialization()
}

fn readiness(app: &App, lists: &Arc<ArcSwap<Lists>>, config: &Config) -> ReadinessCheck {
    let (app, lists) = (app.clone(), lists.clone());
    let max_age = i64::from(config.lists.max_age_seconds);
    Arc::new(move || {
        let (app, lists) = (app.clone(), lists.clone());
        Box::pin(async move {
            let mut missing = Vec::new();
            if app.store().ping().await.is_err() {
                missing.push("database");
            }
            if !lists.load().are_usable_at(app.clock().now(), max_age) {
                missing.push("lists");
            }
            if missing.is_empty() { Readiness::Ready } else { Readiness::NotReady(missing) }
        })
    })
}

/// The recorder is one per process, however many servers run in it.
fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    // Held while the recorder is installed: a second server that starts meanwhile waits for it.
    let mut known = HANDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*known {
        return Ok(handle.clone());
    }
    let handle = ops::install_metrics().context("metrics cannot be recorded")?;
    Ok(known.insert(handle).clone())
}

/// Looks for newer lists again and again; the last good ones stay in use while there are none.
async fn refresh_lists(
    supply: Supply,
    every: Duration,
    current: Arc<ArcSwap<Lists>>,
    clock: Clock,
    stop: CancellationToken,
) {
    while !stopped_within(&stop, every).await {
        supply.renew(&current).await;
        let age = (clock.now().millis() - current.load().good_at.millis()) / 1000;
        #[allow(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
        metrics::gauge!("dvza_lists_age_seconds").set(age as f64);
    }
}

/// Tells MedMij's chain log what is new, again and again; what it does not take is told in a later round.
async fn tell_chain_log(forwarder: Forwarder, every: Duration, stop: CancellationToken) {
    while !stopped_within(&stop, every).await {
        loop {
            match forwarder.tell().await {
                Ok(Told::Lines(_)) if !stop.is_cancelled() => {}
                Ok(_) => break,
                Err(error) => {
                    metrics::counter!("dvza_chain_log_failures_total").increment(1);
                    tracing::warn!(%error, "the chain log was not told; tried again");
                    break;
                }
            }
        }
    }
}

/// Takes renewed certificates into use; a pair that cannot be used leaves the old one in place.
async fn reload_certificates(listeners: [ReloadingTls; 3], stop: CancellationToken) {
    while !stopped_within(&stop, Duration::from_secs(600)).await {
        for tls in &listeners {
            if let Err(error) = tls.reload() {
                metrics::counter!("dvza_tls_reload_failures_total", "listener" => tls.name()).increment(1);
                tracing::error!(listener = tls.name(), %error, "certificate files cannot be used; the old ones stay in use");
            }
        }
    }
}

async fn stopped_within(stop: &CancellationToken, time: Duration) -> bool {
    tokio::time::timeout(time, stop.cancelled()).await.is_ok()
}

/// Is this installation for real patients?
pub fn is_production(config: &Config) -> bool {
    config.environment == Environment::Production
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use tokio::time::Instant;
    use tower::ServiceExt as _;

    use super::*;

    /// Time stands still here and jumps to the next thing that is waited for.
    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_interface_allows() {
        for seconds in [TOKEN_SECONDS, 60] {
            let stuck = get(|| async { std::future::pending::<()>().await });
            let router = answered_within(Router::new().route("/", stuck), seconds);
            let began = Instant::now();
            let answer = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(began.elapsed().as_secs(), u64::from(seconds));
        }
        assert_eq!(TOKEN_SECONDS, 10, "core.tknint.206");
        assert!(crate::config::Limits::default().request_seconds <= 60, "core.rscint.202");
    }
}
