//! Search: select among what is shown, order, page, bring along, and only then load bodies.

use std::collections::HashMap;

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::access::PatientAccess;
use super::commit::{self, Shown};
use super::{answer, bodies};
use crate::app::{App, Body};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::fhir::bundle::{Entry, Searchset, Total, count_only};
use crate::fhir::negotiate::Format;
use crate::fhir::search::{Nodes as _, Param, Query, SearchValue, SearchValues, Summary, included, sort_key};
use crate::http::error::fhir::FhirError;
use crate::mapping::finish::last_guard;
use crate::mapping::index::IndexedResource;
use crate::mapping::view::View;

/// The most a client may ask per page; a patient's set is hundreds, rarely thousands.
const LARGEST_PAGE: usize = 1000;

/// The operation, as it stands in a URL.
pub(super) const LASTN: &str = "$lastn";

pub(super) async fn search(
    app: &App,
    access: &PatientAccess,
    kind: &str,
    pairs: &[(String, String)],
    format: Format,
) -> Result<Response, FhirError> {
    let kind = ResourceType::find(kind).ok_or(FhirError::NotOffered)?;
    let request = access.service.find_search(kind).ok_or(FhirError::NotOffered)?;
    answer_query(app, access, Query::parse(&access.service, request, pairs)?, format).await
}

/// `$lastn`: of each code the newest (fhir-data-services §1.7).
pub(super) async fn last(
    app: &App,
    access: &PatientAccess,
    kind: &str,
    pairs: &[(String, String)],
    format: Format,
) -> Result<Response, FhirError> {
    let kind = ResourceType::find(kind).ok_or(FhirError::NotOffered)?;
    let request = access.service.find_last(kind).ok_or(FhirError::NotOffered)?;
    answer_query(app, access, Query::parse_last(&access.service, request, pairs)?, format).await
}

async fn answer_query(app: &App, access: &PatientAccess, query: Query, format: Format) -> Result<Response, FhirError> {
    let kind = query.kind();
    let base = app.resource_base(access.practice(), &access.service.id);
    let released = access.released(app);
    let view = &released.view;
    let matches = matches(&query, view);
    if query.summary() == Summary::Count {
        let shown = Shown { kinds: vec![kind], resources: Vec::new(), withheld: view.tally(&[kind]) };
        commit::commit(app, access, shown).await?;
        return answer(count_only(&query.self_link(&base), matches.len()), format);
    }
    let page = page(app, access, &query, &matches, view)?;
    let along = included(&query, &page.places, view);
    let bodies = bodies::all(app, access, &released).await?;
    let json = assemble((access, view), bodies, &query, &page, &along, &base)?;
    last_guard(&json).map_err(FhirError::Stopped)?;
    let places = page.places.iter().chain(&along);
    let resources = places.filter_map(|place| view.get(*place)).map(|(_, shown)| (shown.kind, shown.id)).collect();
    let shown = Shown { kinds: vec![kind], resources, withheld: view.tally(&[kind]) };
    commit::commit(app, access, shown).await?;
    answer(json, format)
}

/// Places of the matches, newest first, then by id.
fn matches(query: &Query, view: &View) -> Vec<usize> {
    let hits =
        |(place, _): &(usize, (_, &IndexedResource))| view.node(*place).is_some_and(|node| query.matches(node, view));
    let mut found: Vec<_> = view.all().enumerate().filter(hits).collect();
    found.sort_by_cached_key(|(_, (_, resource))| sort_key(resource.kind, resource.id, &resource.search));
    if let Some(most) = query.last() {
        let mut codes = PerCode { most, seen: HashMap::new() };
        found.retain(|(_, (_, resource))| codes.takes(&resource.search));
    }
    found.into_iter().map(|(place, _)| place).collect()
}

/// How many of each code were taken.
struct PerCode {
    most: u32,
    seen: HashMap<SearchValue, u32>,
}

impl PerCode {
    /// Is one more of its codes wanted? Two results are of one kind when they share a code: the same determination may
    /// carry the code of NHG table 45 only, or that of LOINC too. What has no code is of no kind and is always taken.
    fn takes(&mut self, search: &SearchValues) -> bool {
        let codes: Vec<&SearchValue> = search.of(Param::Code).collect();
        if codes.iter().any(|code| self.seen.get(*code).is_some_and(|seen| *seen >= self.most)) {
            return false;
        }
        for code in codes {
            *self.seen.entry(code.clone()).or_default() += 1;
        }
        true
    }
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
fn page(app: &App, access: &PatientAccess, query: &Query, matches: &[usize], view: &View) -> Result<Page, FhirError> {
    let id = |place: usize| view.get(place).map(|(_, resource)| resource.id);
    let context = cursor_context(access, query);
    let start = match query.cursor() {
        None => 0,
        Some(cursor) => {
            let after = open_cursor(app, &context, cursor)?;
            let place = matches.iter().position(|place| id(*place) == Some(after));
            // The resource it named is no longer shown: the page cannot be continued honestly.
            place.ok_or(FhirError::Cursor)? + 1
        }
    };
    let size =
        query.count().map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE));
    let places: Vec<usize> = matches.iter().skip(start).take(size).copied().collect();
    let more = start + places.len() < matches.len();
    let next = match places.last().filter(|_| more).and_then(|last| id(*last)) {
        Some(last) => Some(seal_cursor(app, &context, last)?),
        None => None,
    };
    let total = if places.len() == matches.len() { Total::Complete } else { Total::Paged };
    Ok(Page { places, next, total })
}

fn cursor_context(access: &PatientAccess, query: &Query) -> Vec<u8> {
    let mut context = b"search cursor".to_vec();
    context.extend_from_slice(access.patient().practice.as_bytes());
    context.extend_from_slice(access.patient().patient.as_bytes());
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

fn assemble(
    (access, view): (&PatientAccess, &View),
    bodies: &[Body],
    query: &Query,
    page: &Page,
    along: &[usize],
    base: &str,
) -> Result<Vec<u8>, FhirError> {
    let entry = |place: &usize| {
        let (_, resource) = view.get(*place).ok_or(FhirError::Stopped("body_missing"))?;
        let body = bodies::of_service(access, view, *place, bodies::at(bodies, *place)?)?;
        Ok(Entry { kind: resource.kind, id: resource.id, body })
    };
    let next = page.next.as_deref().map(|cursor| query.next_link(base, cursor));
    let searchset = Searchset {
        base,
        self_link: &query.self_link(base),
        next: next.as_deref(),
        total: page.total,
        matches: page.places.iter().map(entry).collect::<Result<_, FhirError>>()?,
        includes: along.iter().map(entry).collect::<Result<_, FhirError>>()?,
    };
    Ok(searchset.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(codes: &[(&'static str, &'static str)]) -> SearchValues {
        let token = |(system, code): &(&'static str, &'static str)| {
            (Param::Code, SearchValue::Token { system: Some((*system).into()), code: Some((*code).into()) })
        };
        codes.iter().map(token).collect()
    }

    #[test]
    fn of_each_code_so_many_are_taken_and_two_that_share_a_code_are_of_one_kind() {
        let mut codes = PerCode { most: 2, seen: HashMap::new() };
        let taken = [
            (coded(&[("loinc", "8480-6")]), true),
            (coded(&[("loinc", "8480-6"), ("nhg45", "1744")]), true),
            (coded(&[("nhg45", "1744")]), true),
            (coded(&[("nhg45", "1744")]), false),
            (coded(&[("loinc", "8480-6")]), false),
            (coded(&[("loinc", "1744")]), true),
            (coded(&[]), true),
            (coded(&[]), true),
            (coded(&[]), true),
        ];
        for (number, (search, expected)) in taken.iter().enumerate() {
            assert_eq!(codes.takes(search), *expected, "number {number}");
        }
    }
}
