//! The commit point of an own page: what is shown is decided, recorded with its ids, and only then answered.

use std::collections::BTreeMap;

use super::{Own, commit, refused};
use crate::app::Standing;
use crate::app::{Asked, Showing};
use crate::audit::{Action, Detail, Objects};
use crate::domain::ids::ResourceId;
use crate::domain::release::Gate;
use crate::fhir::ResourceType;
use crate::http::front::error::Cause;
use crate::http::front::error::PageError;
use crate::http::front::visit::Visit;

/// How often something that changed meanwhile is shown anew.
const TRIES: u32 = 3;

/// Type and id of something that is shown.
pub(super) type Name = (ResourceType, ResourceId);

/// What the dossier shows now, after the event of showing what `picked` names is stored; `None` while the dossier is not
/// open. What was decided is looked at once more when the event is stored, as for a PGO (release-rules §3.1, G7).
pub(super) async fn shown(
    visit: &Visit,
    own: &Own,
    kind: &'static str,
    picked: impl Fn(&Showing) -> Result<Vec<Name>, PageError>,
) -> Result<Option<Showing>, PageError> {
    Ok(shown_as_of(visit, own, kind, picked).await?.map(|(_, showing)| showing))
}

/// As [`shown`], with what the decision rests on: for an answer of which parts are read later.
pub(super) async fn shown_as_of(
    visit: &Visit,
    own: &Own,
    kind: &'static str,
    picked: impl Fn(&Showing) -> Result<Vec<Name>, PageError>,
) -> Result<Option<(Standing, Showing)>, PageError> {
    let app = &visit.state.app;
    for _ in 0..TRIES {
        let mut tx = app.store().read().await?;
        let before = app.standing(&mut tx, &own.who, visit.moment).await?;
        let showing = app.show(&mut tx, &own.who, Asked::ByPatient, visit.moment).await?;
        tx.close().await?;
        let (before, showing) = match (before, showing) {
            (Ok(before), Ok(showing)) if before.shows_data() => (before, showing),
            (Ok(_), Ok(_) | Err(Gate::Dossier)) => return Ok(None),
            (Err(gate), _) | (_, Err(gate)) => {
                return Err(refused(visit, own.practice.clone(), Some(&own.who), gate).await);
            }
        };
        let event = own.event(visit, kind, Action::Read).with(detail(&picked(&showing)?));
        let mut tx = visit.write().await?;
        let now = app.standing(&mut tx, &own.who, visit.moment).await?;
        if now.is_ok_and(|now| is_same(&before, &now)) {
            commit(visit, tx, event).await?;
            return Ok(Some((before, showing)));
        }
    }
    Err(Cause::Stopped("moved").into())
}

/// Is what the decision rested on what it was? The hash stands for the records and what was decided about them.
pub(super) fn is_same(before: &Standing, now: &Standing) -> bool {
    before.subject.entry == now.subject.entry && before.policy == now.policy && before.admission == now.admission
}

fn detail(names: &[Name]) -> Detail {
    let mut objects: BTreeMap<ResourceType, Vec<String>> = BTreeMap::new();
    for (kind, id) in names {
        objects.entry(*kind).or_default().push(id.to_string());
    }
    let objects = objects.into_iter().map(|(kind, ids)| Objects { kind: kind.as_str().to_owned(), ids });
    Detail { purpose: Some("own_page".to_owned()), objects: objects.collect(), ..Detail::default() }
}
