//! Search: select among what is shown, order, page, bring along, and only then load bodies.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::access::PatientAccess;
use super::commit::{self, Shown};
use super::{answer, bodies};
use crate::app::App;
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::fhir::bundle::{Entry, Searchset, Total, count_only};
use crate::fhir::negotiate::Format;
use crate::fhir::search::{Node, Query, Summary, included, sort_key};
use crate::http::error::fhir::FhirError;
use crate::mapping::index::IndexedResource;
use crate::mapping::view::{Shelf, View};

/// The most a client may ask per page; a patient's set is hundreds, rarely thousands.
const LARGEST_PAGE: usize = 1000;

type Place<'a> = (Shelf, &'a IndexedResource);

pub(super) async fn search(
    app: &App,
    access: &PatientAccess,
    kind: &str,
    pairs: &[(String, String)],
    format: Format,
) -> Result<Response, FhirError> {
    let kind = ResourceType::find(kind).ok_or(FhirError::NotOffered)?;
    let request = access.service.find_search(kind).ok_or(FhirError::NotOffered)?;
    let query = Query::parse(&access.service, request, pairs)?;
    let base = app.resource_base(&access.practice, &access.service.id);
    let view = access.view();
    let all = view.all();
    let matches = matches(&query, &all);
    if query.summary() == Summary::Count {
        let shown = Shown { kinds: vec![kind], resources: Vec::new(), withheld: view.tally(&[kind]) };
        commit::commit(app, access, shown).await?;
        return answer(count_only(&query.self_link(&base), matches.len()), format);
    }
    let page = page(app, access, &query, &matches, &all)?;
    let nodes: Vec<Node<'_>> =
        all.iter().map(|(_, resource)| Node { kind: resource.kind, id: resource.id, links: &resource.links }).collect();
    let along = included(&query, &page.places, &nodes);
    let json = assemble(app, access, &view, &all, &query, &page, &along, &base).await?;
    bodies::last_guard(&json)?;
    let resources = page.places.iter().chain(&along).map(|place| (all[*place].1.kind, all[*place].1.id)).collect();
    let shown = Shown { kinds: vec![kind], resources, withheld: view.tally(&[kind]) };
    commit::commit(app, access, shown).await?;
    answer(json, format)
}

/// Places of the matches, newest first, then by id.
fn matches(query: &Query, all: &[Place<'_>]) -> Vec<usize> {
    let hits =
        |resource: &IndexedResource| resource.kind == query.kind() && query.matches(&resource.id, &resource.search);
    let mut places: Vec<usize> = (0..all.len()).filter(|place| hits(all[*place].1)).collect();
    places.sort_by_cached_key(|place| {
        let resource = all[*place].1;
        sort_key(resource.kind, resource.id, &resource.search)
    });
    places
}

struct Page {
    places: Vec<usize>,
    next: Option<String>,
    total: Total,
}

/// The page the client asked for. Without `_count` there is one page: everything.
///
/// A cursor names the last resource of the page before; it is sealed for this search of this patient, and evaluated
/// over what is shown now.
fn page(
    app: &App,
    access: &PatientAccess,
    query: &Query,
    matches: &[usize],
    all: &[Place<'_>],
) -> Result<Page, FhirError> {
    let context = cursor_context(access, query);
    let start = match query.cursor() {
        None => 0,
        Some(cursor) => {
            let after = open_cursor(app, &context, cursor)?;
            let place = matches.iter().position(|place| all[*place].1.id == after);
            // The resource it named is no longer shown: the page cannot be continued honestly.
            place.ok_or(FhirError::Cursor)? + 1
        }
    };
    let size =
        query.count().map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE));
    let places: Vec<usize> = matches.iter().skip(start).take(size).copied().collect();
    let more = start + places.len() < matches.len();
    let next = match places.last().filter(|_| more) {
        Some(last) => Some(seal_cursor(app, &context, all[*last].1.id)?),
        None => None,
    };
    let total = if places.len() == matches.len() { Total::Complete } else { Total::Paged };
    Ok(Page { places, next, total })
}

fn cursor_context(access: &PatientAccess, query: &Query) -> Vec<u8> {
    let mut context = b"search cursor".to_vec();
    context.extend_from_slice(access.patient.practice.as_bytes());
    context.extend_from_slice(access.patient.patient.as_bytes());
    context.extend_from_slice(access.service.id.as_bytes());
    context.extend_from_slice(query.criteria().as_bytes());
    context
}

fn seal_cursor(app: &App, context: &[u8], last: ResourceId) -> Result<String, FhirError> {
    let sealed = app.sealer().seal(context, last.as_bytes()).map_err(|_| FhirError::Stopped("cursor"))?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

fn open_cursor(app: &App, context: &[u8], cursor: &str) -> Result<ResourceId, FhirError> {
    let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| FhirError::Cursor)?;
    let plain = app.sealer().open(context, &sealed).map_err(|_| FhirError::Cursor)?;
    ResourceId::try_from(plain.as_slice()).map_err(|_| FhirError::Cursor)
}

#[allow(clippy::too_many_arguments, reason = "the parts of one bundle")]
async fn assemble(
    app: &App,
    access: &PatientAccess,
    view: &View<'_>,
    all: &[Place<'_>],
    query: &Query,
    page: &Page,
    along: &[usize],
    base: &str,
) -> Result<Vec<u8>, FhirError> {
    let wanted: Vec<Place<'_>> = page.places.iter().chain(along).map(|place| all[*place]).collect();
    let loaded = bodies::load(app, access, view, &wanted).await?;
    let entries: Vec<Entry<'_>> = wanted
        .iter()
        .zip(&loaded)
        .map(|((_, resource), body)| Entry { kind: resource.kind, id: resource.id, body })
        .collect();
    let (matches, includes) = entries.split_at(page.places.len());
    let next = page.next.as_deref().map(|cursor| query.next_link(base, cursor));
    let searchset = Searchset {
        base,
        self_link: &query.self_link(base),
        next: next.as_deref(),
        total: page.total,
        matches: matches.to_vec(),
        includes: includes.to_vec(),
    };
    Ok(searchset.to_json())
}
