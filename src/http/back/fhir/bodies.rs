//! Bodies: loaded only when they are shown, cut where something they point to is not, and looked at once more.

use std::borrow::Cow;

use super::access::PatientAccess;
use crate::app::{App, Body, Released};
use crate::domain::ids::{PatientRef, ResourceId};
use crate::fhir::links::links_of;
use crate::fhir::search::Nodes as _;
use crate::fhir::tree::Json;
use crate::http::error::fhir::FhirError;
use crate::mapping::finish::finish;
use crate::mapping::view::{Shelf, View};
use crate::store;

/// The finished bodies of everything that is shown, by the places of the view.
///
/// Read at once by the first request that needs one: the other requests of a collection ask for the rest. What is withheld
/// is not even unpacked.
pub(super) async fn all<'r>(
    app: &App,
    access: &PatientAccess,
    released: &'r Released,
) -> Result<&'r [Body], FhirError> {
    if let Some(bodies) = released.bodies() {
        return Ok(bodies);
    }
    let view = &released.view;
    let (patient, release) = (*access.patient(), view.release());
    let shelf = PatientRef::practice_itself(patient.practice);
    let mut tx = access.transaction(app).await?;
    let mut own = store::shelves::find(&mut tx, app.sealer(), &patient, release).await?;
    let mut practice = store::shelves::find(&mut tx, app.sealer(), &shelf, release).await?;
    tx.close().await?;
    let finished = view.all().map(|(on, resource)| {
        let shelf = match on {
            Shelf::Patient => own.as_mut(),
            Shelf::Practice => practice.as_mut(),
        };
        let body = shelf.map(|shelf| shelf.body(&(resource.kind, resource.id))).transpose();
        let body = body.map_err(|_| "body_unreadable")?.flatten().ok_or("body_missing")?;
        finish(view, (on, resource), body, access.policy())
    });
    Ok(released.keep_bodies(finished.collect()))
}

/// The finished body at this place of the view.
pub(super) fn at(bodies: &[Body], place: usize) -> Result<&[u8], FhirError> {
    match bodies.get(place) {
        Some(Ok(body)) => Ok(body),
        Some(Err(reason)) => Err(FhirError::Stopped(reason)),
        None => Err(FhirError::Stopped("body_missing")),
    }
}

/// The body as this data service shows it: references to what is no part of the service are cut, since nobody could follow
/// them there (fhir-data-services §1.4).
pub(super) fn of_service<'b>(
    access: &PatientAccess,
    view: &View,
    place: usize,
    body: &'b [u8],
) -> Result<Cow<'b, [u8]>, FhirError> {
    let (_, resource) = view.get(place).ok_or(FhirError::Stopped("body_missing"))?;
    let part = access.service.part();
    let foreign = |target: &ResourceId| {
        let target = view.place_of(target).and_then(|place| view.get(place));
        target.is_some_and(|(_, target)| !part.holds(target.kind, &target.search))
    };
    if !resource.links.iter().any(|link| foreign(&link.target)) {
        return Ok(Cow::Borrowed(body));
    }
    // Earlier cuts moved places in arrays: the references are looked up anew.
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|_| FhirError::Stopped("body_unreadable"))?;
    let links = links_of(resource.kind, &value);
    let cuts: Vec<&str> = links.iter().filter(|link| foreign(&link.target)).map(|link| link.cut.as_ref()).collect();
    let mut tree = Json::parse(body).map_err(|_| FhirError::Stopped("body_unreadable"))?;
    tree.cut(&cuts).map_err(|_| FhirError::Stopped("cut"))?;
    let mut cut = Vec::with_capacity(body.len());
    tree.write(&mut cut);
    Ok(Cow::Owned(cut))
}
