//! `grant_type=authorization_code` (medmij-authorization §3.3).

use super::{Caller, Failure, Ticket};
use crate::http::context::random;
use crate::http::steps::{Step, StepKind};
use crate::oauth::Params;
use crate::oauth::token::{CodeRequest, TokenRefusal, TokenResponse, offered_code};
use crate::store::authorization::consents;
use crate::store::authorization::grants::{self, CodeOffer, Grant, Login, Stage};
use crate::store::authorization::tokens;
use crate::store::authorization::{ConsentId, FamilyId};

/// Burns the code in a request, if there is one, for good: in a transaction of its own.
pub(super) async fn burn(caller: &Caller<'_>, params: &Params) -> Result<CodeOffer, Failure> {
    let Some(code) = offered_code(params) else {
        return Ok(CodeOffer::Unknown);
    };
    let mut tx = caller.context.store.write().await?;
    let offer = grants::offer_code(&mut tx, &code.hash(), caller.moment.at).await?;
    let step = match &offer {
        CodeOffer::Unknown => None,
        CodeOffer::First(grant) => Some(step(caller, grant, StepKind::ReceiveTokenRequest)),
        CodeOffer::Reused(grant) => Some(step(caller, grant, StepKind::AuthorizationCodeReused).refused("code_reused")),
    };
    if let Some(step) = step {
        step.record(&mut tx, &caller.context.sealer).await?;
    }
    tx.commit().await?;
    Ok(offer)
}

fn step(caller: &Caller<'_>, grant: &Grant, kind: StepKind) -> Step {
    caller.step(kind).at_practice(&grant.scope).for_client(grant.request.client_id.as_str())
}

/// Tokens for a code that was burnt just now.
pub(super) async fn issue(
    caller: &Caller<'_>,
    request: &CodeRequest,
    offer: CodeOffer,
) -> Result<TokenResponse, Failure> {
    let CodeOffer::First(grant) = offer else {
        return Err(TokenRefusal::GRANT.into());
    };
    let (login, consent) = check(caller, request, &grant)?;
    let found = {
        let mut tx = caller.context.store.read().await?;
        consents::find(&mut tx, &login.patient, consent).await?
    };
    let consent = found.filter(|consent| consent.is_valid_at(caller.moment.at)).ok_or(TokenRefusal::GRANT)?;
    caller.require_available(&login.patient, consent.representation).await?;
    let services = caller.services(&login.patient, &request.client_id, &consent.services).await?;
    let ticket = Ticket {
        patient: login.patient,
        client_id: &request.client_id,
        family: FamilyId::from_random(random()?),
        consent: consent.id,
        term: consent.term,
        services: &services,
        grant_type: "authorization_code",
    };
    let mut tx = caller.context.store.write().await?;
    if !grants::exchange(&mut tx, grant.id).await? {
        return Err(TokenRefusal::GRANT.into());
    }
    tokens::open_family(&mut tx, &ticket.patient, ticket.family, grant.id, ticket.consent, caller.moment.at).await?;
    let response = caller.hand_out(&mut tx, &ticket).await?;
    tx.commit().await?;
    Ok(response)
}

/// In time, by the client it was issued to, for the same redirect address (core.tknint.205).
fn check(caller: &Caller<'_>, request: &CodeRequest, grant: &Grant) -> Result<(Login, ConsentId), TokenRefusal> {
    let Stage::Consented { login, consent, code_expires_at } = grant.stage else {
        return Err(TokenRefusal::GRANT);
    };
    let same_client = request.client_id == grant.request.client_id;
    let same_address = request.redirect_uri == grant.request.redirect_uri.as_str();
    let in_time = code_expires_at > caller.moment.at;
    if same_client && same_address && in_time { Ok((login, consent)) } else { Err(TokenRefusal::GRANT) }
}
