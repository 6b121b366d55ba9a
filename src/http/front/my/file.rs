//! Everything that is shared, as one file: the Bundle with what a PGO is served, documents' bytes too.
//!
//! All of it is decided, cut and on record before the first byte leaves. The bytes of documents are read while the file is
//! sent, one document at a time: a download holds the finished bodies and one document, at most 50 MiB as the HIS hands it in
//! (`his::documents`) and once more in its wrapping, however many there are. Before each of them it is asked whether all is
//! as it was; what was withdrawn or closed meanwhile breaks the file off, as it does a PGO's answer (release-rules §3.1).

use std::borrow::Cow;
use std::vec::IntoIter;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;

use super::data::shut;
use super::shown::{is_same, shown_as_of};
use super::{Own, seen};
use crate::app::{App, ShowError, Showing, ShownResource, Standing};
use crate::domain::ids::PatientRef;
use crate::domain::time::Moment;
use crate::fhir::binary::with_data;
use crate::fhir::bundle::{Collection, Entry};
use crate::fhir::{FhirRelease, ResourceType};
use crate::http::front::error::PageError;
use crate::http::front::visit::Visit;
use crate::store;

/// The data service of this release whose addresses the file names.
const fn service(release: FhirRelease) -> &'static str {
    match release {
        FhirRelease::R4 => "HG-R4",
        FhirRelease::Stu3 => "49",
    }
}

/// A document that is shown, and the SHA-256 by which its bytes are found.
type Document = (ShownResource, [u8; 32]);

/// Everything that is shared, as one Bundle.
pub(super) async fn download(visit: Visit) -> Response {
    let result = make(&visit).await;
    seen(&visit, result).await
}

async fn make(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    let all = |showing: &Showing| Ok(showing.resources.iter().map(|resource| (resource.kind, resource.id)).collect());
    let Some((before, showing)) = shown_as_of(visit, &own, "my_data_downloaded", all).await? else {
        return shut(visit, &own);
    };
    let app = &visit.state.app;
    let release = showing.view.release();
    let (documents, rest) = apart(showing);
    let mut ready = Vec::new();
    let base = app.resource_base(own.practice.name.stem(), service(release));
    let mut bundle = Collection::start(&base, &visit.moment.at.to_rfc3339(), &mut ready);
    for resource in rest {
        bundle.entry(&entry(&resource, Cow::Borrowed(&resource.body)), &mut ready);
    }
    let documents = documents.into_iter();
    let (app, who, moment) = (app.clone(), own.who, visit.moment);
    let sending = Sending { app, who, moment, before, release, bundle, ready, documents };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"mijn-gegevens.json\"")),
    ];
    let pieces = try_unfold(Some(sending), |sending| async move {
        let Some(sending) = sending else { return Ok::<_, ShowError>(None) };
        sending.next().await.inspect_err(broken_off).map(Some)
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// The documents that have bytes, and everything else.
fn apart(Showing { resources, view, .. }: Showing) -> (Vec<Document>, Vec<ShownResource>) {
    let hash_of = |resource: &ShownResource| {
        let place = view.find(resource.kind, resource.id).filter(|_| resource.kind == ResourceType::Binary)?;
        let (_, indexed) = view.get(place)?;
        indexed.content.as_deref().and_then(store::content::hash_from_hex)
    };
    let (mut documents, mut rest) = (Vec::new(), Vec::new());
    for resource in resources {
        match hash_of(&resource) {
            Some(hash) => documents.push((resource, hash)),
            None => rest.push(resource),
        }
    }
    (documents, rest)
}

fn entry<'b>(resource: &ShownResource, body: Cow<'b, [u8]>) -> Entry<'b> {
    Entry { kind: resource.kind, id: resource.id, body }
}

/// The head of the answer is gone: nobody can be told but who operates the server.
fn broken_off(error: &ShowError) {
    tracing::error!(%error, source = ?std::error::Error::source(error), "a download was broken off");
}

/// A file on its way.
struct Sending {
    app: App,
    who: PatientRef,
    moment: Moment,
    /// What the decision rests on.
    before: Standing,
    /// The FHIR release of what is sent.
    release: FhirRelease,
    bundle: Collection,
    /// What is made and not sent yet.
    ready: Vec<u8>,
    documents: IntoIter<Document>,
}

impl Sending {
    /// The next piece, and what comes after it; nothing comes after the end of the Bundle.
    async fn next(mut self) -> Result<(Bytes, Option<Self>), ShowError> {
        let mut piece = std::mem::take(&mut self.ready);
        if !piece.is_empty() {
            return Ok((piece.into(), Some(self)));
        }
        let Some((resource, hash)) = self.documents.next() else {
            return Ok((Bytes::from_static(self.bundle.end()), None));
        };
        // A PGO that asks for bytes that are not there gets none either.
        let body = match self.bytes(&hash).await? {
            Some(bytes) => {
                let body = with_data(self.release, &resource.body, &bytes);
                body.map_err(|_| ShowError::Stopped("body_unreadable"))?
            }
            None => resource.body.clone(),
        };
        self.bundle.entry(&entry(&resource, Cow::Owned(body)), &mut piece);
        Ok((piece.into(), Some(self)))
    }

    /// The bytes of a document, when everything is still as it was decided.
    async fn bytes(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, ShowError> {
        let mut tx = self.app.store().read().await?;
        let now = self.app.standing(&mut tx, &self.who, self.moment).await?;
        if !now.is_ok_and(|now| is_same(&self.before, &now)) {
            return Err(ShowError::Stopped("moved"));
        }
        let bytes = store::content::find(&mut tx, self.app.sealer(), &self.who, hash).await?;
        tx.close().await?;
        Ok(bytes)
    }
}
