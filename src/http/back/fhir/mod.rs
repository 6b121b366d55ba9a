//! The resource interface: search, read, documents and metadata for PGO servers (fhir-data-services §1, §10).
//!
//! A request is proven (`access`), decided over the whole dossier (`domain::release`), selected (`search`), read from the store and
//! cut (`bodies`), and accounted for (`commit`) before it is answered. What goes wrong is `http::error::fhir`.

mod access;
mod bodies;
mod commit;
mod documents;
mod receive;
mod search;

use std::collections::HashMap;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{get, post};

pub use access::PatientAccess;

use crate::app::App;
use crate::domain::ids::ResourceId;
use crate::fhir::capability::{Installation, capability_statement};
use crate::fhir::negotiate::{Format, negotiate};
use crate::fhir::search::{Include, Nodes as _};
use crate::fhir::xml;
use crate::fhir::{FhirRelease, ResourceType};
use crate::http::error::fhir::FhirError;
use crate::mapping::finish::last_guard;
use crate::mapping::view::View;
use commit::Shown;

/// The endpoints of every data service of every practice, below `/fhir`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/{practice}/{service}", post(receive::transaction).fallback(nothing_here))
        .route("/{practice}/{service}/", post(receive::transaction).fallback(nothing_here))
        .route("/{practice}/{service}/metadata", get(metadata).fallback(refuse_method))
        .route("/{practice}/{service}/{kind}", get(search_type).fallback(refuse_method))
        .route("/{practice}/{service}/{kind}/{id}", get(read_one).fallback(refuse_method))
        .fallback(nothing_here)
        .layer(from_fn(receive::take_off))
}

/// `GET [base]/metadata`: what this data service offers; needs no token.
async fn metadata(
    State(app): State<App>,
    Path((practice, service)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, FhirError> {
    let found = app.services().find(&service).ok_or(FhirError::NotOffered)?;
    if !app.offers(&practice, &service).await? {
        return Err(FhirError::NotOffered);
    }
    let format = format_of(&headers, query.as_deref(), found.fhir)?;
    let installation = Installation {
        base: &app.resource_base(&practice, &service),
        version: env!("CARGO_PKG_VERSION"),
        date: app.started().local_date(),
    };
    answer(capability_statement(found, &installation), format)
}

/// `GET [base]/[type]?…`. See architecture.md, "From authorize to search".
async fn search_type(
    State(app): State<App>,
    access: PatientAccess,
    Path((_, _, kind)): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    Call { interaction: Interaction::Search { kind }, headers, query }.answer(&app, access).await
}

/// `GET [base]/[type]/[id]`: a withheld id reads exactly like an unknown one.
async fn read_one(
    State(app): State<App>,
    access: PatientAccess,
    Path((_, _, kind, id)): Path<(String, String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    Call { interaction: Interaction::Read { kind, id }, headers, query }.answer(&app, access).await
}

/// Answers made anew because what they were made of changed meanwhile; after that the client asks again.
const TRIES: u32 = 3;

/// What a client asks for.
struct Call {
    interaction: Interaction,
    headers: HeaderMap,
    query: Option<String>,
}

enum Interaction {
    Search { kind: String },
    Read { kind: String, id: String },
}

impl Call {
    /// An answer whose event is stored, or a refusal whose event is stored. What was made of something that is no longer
    /// so at that point is made anew.
    async fn answer(&self, app: &App, mut access: PatientAccess) -> Response {
        let format = self.format(&access).unwrap_or(Format::Json);
        let mut tries = 1;
        loop {
            let made = match self.make(app, &access).await {
                Err(error) if !matches!(error, FhirError::Moved) => {
                    Err(commit::refused(app, &access, &error).await.err().unwrap_or(error))
                }
                made => made,
            };
            let gone = match made {
                Ok(response) => return response,
                Err(FhirError::Moved) if tries < TRIES => match access.renew(app).await {
                    Ok(anew) => {
                        (access, tries) = (anew, tries + 1);
                        continue;
                    }
                    Err(error) => error,
                },
                Err(FhirError::Moved) => FhirError::Moved,
                Err(error) => return error.into_answer(format),
            };
            return commit::gone(app, &access, gone).await.into_answer(format);
        }
    }

    async fn make(&self, app: &App, access: &PatientAccess) -> Result<Response, FhirError> {
        let query = self.query.as_deref();
        match &self.interaction {
            Interaction::Search { kind } => {
                search::search(app, access, kind, &pairs(query), self.format(access)?).await
            }
            Interaction::Read { kind, id } if id == search::LASTN => {
                search::last(app, access, kind, &pairs(query), self.format(access)?).await
            }
            Interaction::Read { kind, id } => match target(access, kind, id)? {
                (ResourceType::Binary, id) => documents::read(app, access, id, &self.headers, query).await,
                (kind, id) => read_resource(app, access, kind, id, self.format(access)?).await,
            },
        }
    }

    fn format(&self, access: &PatientAccess) -> Result<Format, FhirError> {
        format_of(&self.headers, self.query.as_deref(), access.service.fhir)
    }
}

fn target(access: &PatientAccess, kind: &str, id: &str) -> Result<(ResourceType, ResourceId), FhirError> {
    let kind = ResourceType::find(kind).filter(|kind| access.service.find_read(*kind).is_some());
    let kind = kind.ok_or(FhirError::NotOffered)?;
    Ok((kind, id.parse().map_err(|_| FhirError::NotFound)?))
}

async fn read_resource(
    app: &App,
    access: &PatientAccess,
    kind: ResourceType,
    id: ResourceId,
    format: Format,
) -> Result<Response, FhirError> {
    let released = access.released(app);
    let view = &released.view;
    let place = view.find(kind, id).filter(|place| is_part(access, view, *place)).ok_or(FhirError::NotFound)?;
    let body = bodies::at(bodies::all(app, access, &released).await?, place)?;
    let body = bodies::of_service(access, view, place, body)?.into_owned();
    last_guard(&body).map_err(FhirError::Stopped)?;
    let shown = Shown { kinds: vec![kind], resources: vec![(kind, id)], withheld: view.tally(&[kind]) };
    commit::commit(app, access, shown).await?;
    answer(body, format)
}

/// Does what stands here belong to the data service that is asked? What cannot be searched for there belongs to it as far as
/// something that can leads to it: consent for one service opens nothing of another.
fn is_part(access: &PatientAccess, view: &View, place: usize) -> bool {
    let part = access.service.part();
    let holds = |place: usize| view.get(place).is_some_and(|(_, shown)| part.holds(shown.kind, &shown.search));
    let is_searched =
        |place: usize| view.get(place).is_some_and(|(_, shown)| access.service.find_search(shown.kind).is_some());
    if !holds(place) || is_searched(place) {
        return holds(place);
    }
    let back = brought_back(access, view);
    let mut waiting: Vec<usize> = (0..view.len()).filter(|place| holds(*place) && is_searched(*place)).collect();
    let mut seen = vec![false; view.len()];
    while let Some(from) = waiting.pop() {
        if from == place {
            return true;
        }
        if std::mem::replace(&mut seen[from], true) {
            continue;
        }
        let links = view.get(from).into_iter().flat_map(|(_, shown)| &shown.links);
        waiting.extend(links.filter_map(|link| view.place_of(&link.target)).filter(|place| holds(*place)));
        waiting.extend(back.get(&from).into_iter().flatten().filter(|place| holds(**place)));
    }
    false
}

/// What comes along in this data service because it points to something, by what it points to: places in the view.
fn brought_back(access: &PatientAccess, view: &View) -> HashMap<usize, Vec<usize>> {
    let includes: Vec<&Include> = access.service.requests.iter().flat_map(|request| &request.brings_back).collect();
    let mut back: HashMap<usize, Vec<usize>> = HashMap::new();
    if includes.is_empty() {
        return back;
    }
    for place in 0..view.len() {
        let Some((_, shown)) = view.get(place) else { continue };
        let brought =
            shown.links.iter().filter(|link| includes.iter().any(|include| include.follows(shown.kind, link)));
        for target in brought.filter_map(|link| view.place_of(&link.target)) {
            back.entry(target).or_default().push(place);
        }
    }
    back
}

async fn refuse_method() -> FhirError {
    FhirError::Method
}

async fn nothing_here() -> FhirError {
    FhirError::NotOffered
}

/// The decoded name-value pairs of a query string.
fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn format_of(headers: &HeaderMap, query: Option<&str>, release: FhirRelease) -> Result<Format, FhirError> {
    let wanted = pairs(query).into_iter().find(|(name, _)| name == "_format").map(|(_, value)| value);
    Ok(negotiate(accept(headers), wanted.as_deref(), release)?)
}

/// The format of a refusal when the request itself was not understood.
fn format_for_refusal(headers: &HeaderMap, release: FhirRelease) -> Format {
    negotiate(accept(headers), None, release).unwrap_or(Format::Json)
}

fn accept(headers: &HeaderMap) -> Option<&str> {
    headers.get(axum::http::header::ACCEPT).and_then(|value| value.to_str().ok())
}

/// A finished FHIR answer. Never cached on its way: it is a record as of now.
fn answer(json: Vec<u8>, format: Format) -> Result<Response, FhirError> {
    let body = match format {
        Format::Json => json,
        Format::Xml => xml::from_json(&json).map_err(|_| FhirError::Stopped("xml"))?,
    };
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
