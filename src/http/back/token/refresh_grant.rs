//! `grant_type=refresh_token`: rotation, and what reuse of a token means (medmij-authorization §3.7).

use super::{Caller, Failure, Ticket};
use crate::http::steps::StepKind;
use crate::oauth::RefreshTokenHash;
use crate::oauth::token::{RefreshRequest, TokenRefusal, TokenResponse};
use crate::store::authorization::tokens::{self, Refresh, Revocation};

/// New tokens for a refresh token.
pub(super) async fn issue(caller: &Caller<'_>, request: &RefreshRequest) -> Result<TokenResponse, Failure> {
    let hash = request.token.as_ref().ok_or(TokenRefusal::GRANT)?.hash();
    let found = {
        let mut tx = caller.context.store.read().await?;
        tokens::find_refresh(&mut tx, &hash).await?
    };
    let refresh = found.ok_or(TokenRefusal::GRANT)?;
    if is_reuse(caller, &refresh) {
        return Err(revoke(caller, &refresh).await);
    }
    let now = caller.moment.at;
    if refresh.client_id != request.client_id.as_str() || refresh.expires_at <= now || refresh.revoked_at.is_some() {
        return Err(TokenRefusal::GRANT.into());
    }
    // Who acts for another consents for once only: there is no refresh token of theirs.
    caller.require_available(&refresh.patient, None).await?;
    let offered = caller.services(&refresh.patient, &request.client_id, &refresh.services).await?;
    let services = narrow(offered, &request.narrow_to)?;
    rotate(caller, request, &hash, &refresh, &services).await
}

async fn rotate(
    caller: &Caller<'_>,
    request: &RefreshRequest,
    hash: &RefreshTokenHash,
    refresh: &Refresh,
    services: &[String],
) -> Result<TokenResponse, Failure> {
    let grace = caller.context.settings.refresh_grace_seconds;
    let mut tx = caller.context.store.write().await?;
    if !tokens::rotate(&mut tx, hash, grace, caller.moment.at).await? {
        // Somebody used it since it was read: of two at the same time one is not the rightful one.
        tx.close().await?;
        return Err(revoke(caller, refresh).await);
    }
    let ticket = Ticket {
        patient: refresh.patient,
        client_id: &request.client_id,
        family: refresh.family,
        consent: refresh.consent,
        term: refresh.term,
        services,
        grant_type: "refresh_token",
    };
    let response = caller.hand_out(&mut tx, &ticket).await?;
    tx.commit().await?;
    Ok(response)
}

fn is_reuse(caller: &Caller<'_>, refresh: &Refresh) -> bool {
    let grace = caller.context.settings.refresh_grace_seconds;
    refresh.rotated_at.is_some_and(|used_at| used_at.plus_seconds(grace) <= caller.moment.at)
}

/// Revokes the family of a token that was used again; whoever asks gets `invalid_grant`.
async fn revoke(caller: &Caller<'_>, refresh: &Refresh) -> Failure {
    match store_revocation(caller, refresh).await {
        Ok(()) => TokenRefusal::GRANT.into(),
        Err(failure) => failure,
    }
}

async fn store_revocation(caller: &Caller<'_>, refresh: &Refresh) -> Result<(), Failure> {
    let mut tx = caller.context.store.write().await?;
    let reason = Revocation::RefreshReused;
    if tokens::revoke_family(&mut tx, refresh.family, reason, caller.moment.at).await? {
        let step = caller.step(StepKind::RefreshTokenReused).about(&refresh.patient).for_client(&refresh.client_id);
        let step = step.with_consent(refresh.consent).refused(reason.as_str());
        step.record(&mut tx, &caller.context.sealer).await?;
    }
    Ok(tx.commit().await?)
}

/// A refresh request may narrow what was granted, never widen it (RFC 6749 §6).
fn narrow(offered: Vec<String>, asked: &[String]) -> Result<Vec<String>, TokenRefusal> {
    if asked.is_empty() {
        return Ok(offered);
    }
    if asked.iter().all(|id| offered.contains(id)) {
        Ok(offered.into_iter().filter(|id| asked.contains(id)).collect())
    } else {
        Err(TokenRefusal::SERVICES)
    }
}
