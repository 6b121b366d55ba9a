//! The wish to speak to the doctor before new results are shown (R-LAB-15). It tells of no value and of no name of a test.

use axum::body::Bytes;
use axum::response::Response;

use super::{Own, done};
use crate::app::Standing;
use crate::audit::Action;
use crate::domain::decision::{Choice, Decision};
use crate::domain::dossier::RecordType;
use crate::domain::release::ItemKey;
use crate::http::front::error::PageError;
use crate::http::front::visit::{Visit, to_page};
use crate::http::pages::my::views::Results;

/// The form, and where it goes.
const PATH: &str = "/my/results";
/// Who made a decision that the patient made.
const BY: &str = "patient";

/// What the start page says of results; `None` when there is nothing to say.
pub(super) fn section(visit: &Visit, own: &Own) -> Result<Option<Results>, PageError> {
    let standing = &own.standing;
    if !standing.is_open() || !standing.policy.lab_patient_wait {
        return Ok(None);
    }
    Ok(Some(Results { csrf: visit.csrf(PATH)?, path: PATH, waits: waits(standing) }))
}

fn waits(standing: &Standing) -> bool {
    standing.subject.index.as_ref().is_some_and(|index| index.facts.subject.results_wait.is_some())
}

/// Wait with new results, no longer, or show now what waits.
pub(super) async fn change(visit: Visit, body: Bytes) -> Response {
    let result = changed(&visit, &body).await;
    done(&visit, result).await
}

async fn changed(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_form(PATH, body)?;
    let own = Own::enter(visit).await?;
    let at = visit.moment.at;
    let since = match form.single("action").ok().flatten() {
        Some("stop") => None,
        // What was published until now is shown; what comes waits again.
        Some("now") if waits(&own.standing) => Some(at),
        Some("wait") if !waits(&own.standing) => Some(at),
        _ => return Ok(to_page("/my")),
    };
    if !own.standing.is_open() || !own.standing.policy.lab_patient_wait {
        return Ok(to_page("/my"));
    }
    let about = ItemKey::record(RecordType::Patient, &own.standing.subject.entry.source_id);
    let decision = Decision { about, choice: Choice::ResultsWait(since), at, by: BY.to_owned(), reason: None };
    let mut tx = visit.write().await?;
    visit.state.importer.decide(&mut tx, &own.who, &[decision], visit.moment).await?;
    super::commit(visit, tx, own.event(visit, "results_wish_changed", Action::Update)).await?;
    Ok(to_page("/my?done=results"))
}
