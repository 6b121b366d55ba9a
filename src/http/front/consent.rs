//! The consent page, and the code that follows a consent (medmij-authorization §1.6, §2.5).

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};

use super::again::{self, Said};
use super::cookies;
use super::error::PageError;
use super::flow::{Flow, authorization};
use super::visit::{Visit, to_outside, to_page};
use crate::domain::representation::Representation;
use crate::http::context::random;
use crate::http::pages::Page;
use crate::http::pages::consent_text::{self, ConsentText};
use crate::http::pages::views::ConsentForm;
use crate::http::steps::StepKind;
use crate::store::authorization::ConsentId;
use crate::store::authorization::consents::{self, NewConsent, Term};
use crate::store::authorization::grants::{self, Login, Refusal, Stage};
use crate::store::authorization::sessions;

/// The consent page. Nothing on it is preset.
pub(super) async fn show(visit: Visit) -> Response {
    let result = match authorization(&visit).await {
        Ok(flow) => show_form(&visit, &flow).await.map_err(|error| error.within(&flow)),
        Err(error) => Err(error),
    };
    visit.answer(result)
}

async fn show_form(visit: &Visit, flow: &Flow) -> Result<Response, PageError> {
    let Stage::Authenticated(login) = flow.grant.stage else {
        return Ok(to_page("/landing"));
    };
    let mut tx = visit.write().await?;
    visit.record(&mut tx, flow.step(visit, StepKind::ShowConsentPage).about_login(&login)).await?;
    tx.commit().await?;
    let ground = flow.grant.request.scope.representation();
    let view = ConsentForm {
        frame: flow.practice.frame(visit.lang),
        text: ConsentText::new(visit.lang, &flow.practice.display_name, &flow.pgo, ground),
        privacy_url: flow.practice.privacy_url.clone(),
        // The language is part of the form: what is stored is what was read.
        csrf: visit.csrf(&form_name(visit))?,
    };
    Ok(Page::new(view).leading_to(flow.grant.request.redirect_uri.origin()).into_response())
}

/// Give or refuse.
pub(super) async fn decide(visit: Visit, body: Bytes) -> Response {
    let form = match visit.own_form(&form_name(&visit), &body) {
        Ok(form) => form,
        Err(error) => return visit.answer(Err(error)),
    };
    let decision = form.single("decision").ok().flatten();
    let said = if decision == Some("give") { Said::Consent } else { Said::Other };
    let result = match authorization(&visit).await {
        Ok(flow) => {
            let indefinite = form.single("indefinite").ok().flatten() == Some("yes");
            // Authority to act for another is asked anew for each collection (R-AG-02): such a consent never lasts.
            let may_last = flow.grant.request.scope.representation().is_none();
            let term = if indefinite && may_last { Term::Indefinite } else { Term::Once };
            settle(&visit, &flow, decision, term).await.map_err(|error| error.within(&flow))
        }
        Err(error) => Err(error),
    };
    visit.answer(again::or_again(&visit, said, result).await)
}

async fn settle(visit: &Visit, flow: &Flow, decision: Option<&str>, term: Term) -> Result<Response, PageError> {
    let Stage::Authenticated(login) = flow.grant.stage else {
        return Err(PageError::NoSession);
    };
    match decision {
        Some("give") => give(visit, flow, &login, term).await,
        Some("refuse") => refuse(visit, flow, &login).await,
        _ => Ok(to_page("/consent")),
    }
}

/// Consent, code, audit event and the end of the session are one transaction.
async fn give(visit: &Visit, flow: &Flow, login: &Login, term: Term) -> Result<Response, PageError> {
    let code = again::code(visit)?;
    let id = ConsentId::from_random(random()?);
    let at = visit.moment.at;
    let ground = flow.grant.request.scope.representation();
    let text = ConsentText::new(visit.lang, &flow.practice.display_name, &flow.pgo, ground).rendered();
    let services: Vec<String> = flow.practice.services.iter().map(ToString::to_string).collect();
    let consent = NewConsent {
        id,
        client_id: &flow.grant.request.client_id,
        client_name: &flow.pgo,
        services: &services,
        term,
        level: login.level,
        text_version: consent_text::VERSION,
        language: visit.lang.as_str(),
        text: &text,
        at,
        representative: ground.zip(login.acting),
    };
    let mut tx = visit.write().await?;
    consents::give(&mut tx, &login.patient, &consent).await?;
    if !grants::consent(&mut tx, flow.grant.id, id, &code.hash(), at).await? {
        return Err(PageError::NoSession);
    }
    if ground.is_none() {
        // Only the patients themselves ask for their dossier.
        visit.state.context.availability.authorized(&mut tx, &login.patient, visit.moment).await?;
    }
    let given = flow.step(visit, StepKind::ConsentGiven).about_login(login).with_consent(id);
    let given = given
        .with("term", term.as_str())
        .with("text_version", consent_text::VERSION)
        .with("language", visit.lang.as_str())
        .with("level", login.level.as_str())
        .with("ground", ground.map_or("self", Representation::as_str));
    visit.record(&mut tx, given).await?;
    visit.record(&mut tx, flow.step(visit, StepKind::SendAuthorizationResponse).about_login(login)).await?;
    sessions::end(&mut tx, &visit.session_id()?.hash(), at).await?;
    tx.commit().await?;
    let request = &flow.grant.request;
    let location = request.redirect_uri.with_query(&[("code", code.expose()), ("state", request.state.as_str())]);
    Ok((cookies::without_session(), to_outside(&location)).into_response())
}

async fn refuse(visit: &Visit, flow: &Flow, login: &Login) -> Result<Response, PageError> {
    let mut tx = visit.write().await?;
    if !grants::refuse(&mut tx, flow.grant.id, Refusal::Declined).await? {
        return Err(PageError::NoSession);
    }
    let step = flow.step(visit, StepKind::ConsentRefused).about_login(login).refused(Refusal::Declined.as_str());
    flow.deny(visit, tx, step).await
}

fn form_name(visit: &Visit) -> String {
    format!("/consent?{}", visit.lang.as_str())
}
