//! What the practice shares with the patient: the headings, what stands under one, and a document.
//! All of it as one file is `file`.

use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::entries::{entries, of_section};
use super::shown::shown;
use super::{Own, seen};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::http::front::error::PageError;
use crate::http::front::visit::Visit;
use crate::http::pages::Page;
use crate::http::pages::my::views::{Data, DataShut, Heading, SectionPage};
use crate::http::pages::my::words;
use crate::mapping::summary::Section;
use crate::store;

/// The headings, with how much stands under each. Hidden and empty look the same: nothing stands there.
pub(super) async fn sections(visit: Visit) -> Response {
    let result = show_sections(&visit).await;
    seen(&visit, result).await
}

async fn show_sections(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    let Some(showing) = shown(visit, &own, "my_data_shown", |_| Ok(Vec::new())).await? else {
        return shut(visit, &own);
    };
    let entries = entries(&showing);
    let heading = |section: Section| Heading {
        path: format!("/my/data/{}", section.as_str()),
        title: words::section(visit.lang, section),
        count: entries.iter().filter(|entry| entry.summary.section == section).count(),
    };
    let my = own.my(visit)?;
    let view = Data {
        frame: own.frame(visit),
        intro: own.say(my.m.data_intro),
        headings: Section::ALL.map(heading).into(),
        my,
    };
    Ok(Page::new(view).into_response())
}

/// The dossier is not open: there is nothing to show, and the start page says why.
pub(super) fn shut(visit: &Visit, own: &Own) -> Result<Response, PageError> {
    let view = DataShut { frame: own.frame(visit), my: own.my(visit)? };
    Ok(Page::new(view).into_response())
}

/// What stands under one heading.
pub(super) async fn section(visit: Visit, Path(name): Path<String>) -> Response {
    let result = show_section(&visit, &name).await;
    seen(&visit, result).await
}

async fn show_section(visit: &Visit, name: &str) -> Result<Response, PageError> {
    let section = Section::find(name).ok_or(PageError::NotFound)?;
    let own = Own::enter(visit).await?;
    let picked = |showing: &_| Ok(of_section(showing, section).iter().map(|entry| entry.name).collect());
    let Some(showing) = shown(visit, &own, "my_data_shown", picked).await? else { return shut(visit, &own) };
    let items: Vec<_> = of_section(&showing, section).iter().map(|entry| entry.item(visit.lang)).collect();
    let view = SectionPage {
        frame: own.frame(visit),
        my: own.my(visit)?,
        title: words::section(visit.lang, section),
        with_caution: section == Section::Uitslagen && !items.is_empty(),
        items,
    };
    Ok(Page::new(view).into_response())
}

/// A document of the shown ones, as the practice delivered it.
pub(super) async fn document(visit: Visit, Path(id): Path<String>) -> Response {
    let result = open_document(&visit, &id).await;
    seen(&visit, result).await
}

async fn open_document(visit: &Visit, id: &str) -> Result<Response, PageError> {
    let id: ResourceId = id.parse().map_err(|_| PageError::NotFound)?;
    let own = Own::enter(visit).await?;
    let kind = ResourceType::Binary;
    let picked = |showing: &crate::app::Showing| {
        showing.view.find(kind, id).map(|_| vec![(kind, id)]).ok_or(PageError::NotFound)
    };
    let showing = shown(visit, &own, "my_document_shown", picked).await?.ok_or(PageError::NotFound)?;
    let (_, resource) =
        showing.view.find(kind, id).and_then(|place| showing.view.get(place)).ok_or(PageError::NotFound)?;
    let hash = resource.content.as_deref().and_then(store::content::hash_from_hex).ok_or(PageError::NotFound)?;
    let mut tx = visit.state.app.store().read().await?;
    let bytes = store::content::find(&mut tx, visit.state.app.sealer(), &own.who, &hash).await?;
    tx.close().await?;
    let bytes = bytes.ok_or(PageError::NotFound)?;
    // Shown in the browser, not put on its disk (R-SE-02). A viewer is an object with a style of its own.
    const POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"document.pdf\"")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    Ok((headers, bytes).into_response())
}
