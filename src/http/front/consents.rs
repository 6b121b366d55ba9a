//! The consents a person gave, and withdrawing them (Beheren toestemmingen, medmij-authorization §1.7, R-CO-03).
//!
//! Starts with its own login, at one practice. Whoever logs in and is no patient there sees an empty overview.

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::cookies;
use super::error::PageError;
use super::flow::{identified, page_of};
use super::visit::{Visit, to_page};
use crate::domain::ids::PatientRef;
use crate::domain::time::Timestamp;
use crate::http::context::{PracticeView, random};
use crate::http::pages::Page;
use crate::http::pages::my::MyTexts;
use crate::http::pages::texts::{Texts, fill};
use crate::http::pages::views::{
    ChoosePractice, Frame, Idle, Message, Overview, OverviewConsent, OverviewGroup, Withdraw,
};
use crate::http::steps::{Step, StepKind};
use crate::medmij::MedMijName;
use crate::oauth::{Params, SessionId};
use crate::store::authorization::ConsentId;
use crate::store::authorization::consents::{self, Consent, Term};
use crate::store::authorization::sessions::{self, Door, Opening};

/// The overview; without a login first the choice of a practice.
pub(super) async fn overview(visit: Visit) -> Response {
    let result = match identified(&visit).await {
        Ok((practice, patient)) => show_overview(&visit, &practice, patient.as_ref()).await,
        Err(PageError::NoSession) => offer_start(&visit).await,
        Err(error) => Err(error),
    };
    visit.answer(result)
}

async fn offer_start(visit: &Visit) -> Result<Response, PageError> {
    let t = visit.lang.texts();
    offer(visit, Door::Consents, (t.practices_title, t.practices_label)).await
}

/// The way in at this door: with more practices than one the choice of one, under this title and label.
pub(super) async fn offer(
    visit: &Visit,
    door: Door,
    (title, label): (&'static str, &'static str),
) -> Result<Response, PageError> {
    let practices = visit.state.context.practices.list().await?;
    if let [only] = practices.as_slice() {
        return open(visit, only, door).await;
    }
    let names = practices.into_iter().map(|practice| (practice.name.to_string(), practice.display_name));
    let mut frame = Frame::bare(visit.lang);
    frame.switchable = true;
    let path = page_of(door);
    Ok(Page::new(ChoosePractice { frame, title, label, path, practices: names.collect() }).into_response())
}

/// A practice was chosen.
pub(super) async fn start(visit: Visit, body: Bytes) -> Response {
    visit.answer(start_at(&visit, &body, Door::Consents).await)
}

/// Begins at the practice that was chosen; without one the choice is offered again.
pub(super) async fn start_at(visit: &Visit, body: &[u8], door: Door) -> Result<Response, PageError> {
    let form = visit.form(body)?;
    let name: Option<MedMijName> = form.single("practice").ok().flatten().and_then(|name| name.parse().ok());
    let Some(name) = name else { return Ok(to_page(page_of(door))) };
    match visit.state.context.practices.find(&name).await? {
        Some(practice) => open(visit, &practice, door).await,
        None => Ok(to_page(page_of(door))),
    }
}

async fn open(visit: &Visit, practice: &PracticeView, door: Door) -> Result<Response, PageError> {
    let session = SessionId::from_random(&random()?);
    let mut tx = visit.write().await?;
    sessions::start(&mut tx, &practice.scope, &session.hash(), Opening::Own(door), visit.moment.at).await?;
    tx.commit().await?;
    Ok((cookies::with_session(&session), to_page("/landing")).into_response())
}

async fn show_overview(
    visit: &Visit,
    practice: &PracticeView,
    patient: Option<&PatientRef>,
) -> Result<Response, PageError> {
    let mut consents = Vec::new();
    if let Some(patient) = patient {
        let mut tx = visit.write().await?;
        consents = consents::list_valid(&mut tx, patient, visit.moment.at).await?;
        visit.record(&mut tx, Step::of_person(visit.moment.at, StepKind::ShowConsentOverview).about(patient)).await?;
        tx.commit().await?;
    }
    let t = visit.lang.texts();
    let say = |text| fill(text, &[("practice", practice.display_name.as_str())]);
    let view = Overview {
        frame: practice.frame(visit.lang),
        title: say(t.overview_title),
        intro: say(t.overview_intro),
        home: MyTexts::of(visit.lang).home,
        help: MyTexts::of(visit.lang).tile_help,
        groups: group(visit, t, &consents),
        csrf: visit.csrf("/consents")?,
        idle: Idle::new(visit.lang, practice.idle_seconds),
    };
    Ok(Page::new(view).into_response())
}

/// Consents arrive by PGO.
fn group(visit: &Visit, t: &Texts, consents: &[Consent]) -> Vec<OverviewGroup> {
    let same_pgo = consents.chunk_by(|one, other| one.client_id == other.client_id);
    let groups = same_pgo.filter_map(|of_pgo| {
        let consents = of_pgo.iter().map(|consent| shown(visit, t, consent)).collect();
        Some(OverviewGroup { pgo: of_pgo.first()?.client_name.clone(), consents })
    });
    groups.collect()
}

/// A consent with the text that was agreed to, in the language in which it was read.
fn shown(visit: &Visit, t: &Texts, consent: &Consent) -> OverviewConsent {
    OverviewConsent {
        id: consent.id.to_string(),
        lines: lines(visit, t, consent),
        text_label: fill(t.overview_text, &[("version", &consent.text_version)]),
        language: consent.language.clone(),
        text: consent.text.lines().map(str::to_owned).collect(),
    }
}

fn lines(visit: &Visit, t: &Texts, consent: &Consent) -> Vec<String> {
    let lists = visit.state.context.lists.load();
    let name = |id: &String| lists.gnl.name(id).unwrap_or(id).to_owned();
    let services: Vec<String> = consent.services.iter().map(name).collect();
    let dated =
        |text, at: Timestamp| fill(text, &[("date", at.local_date().strftime("%d-%m-%Y").to_string().as_str())]);
    let used = consent.last_used_at.map_or_else(|| t.overview_unused.to_owned(), |at| dated(t.overview_used, at));
    let mut lines = vec![dated(t.overview_given, consent.given_at), used];
    match consent.term {
        Term::Once => lines.push(t.overview_once.to_owned()),
        Term::Indefinite => {
            lines.push(t.overview_indefinite.to_owned());
            lines.push(dated(t.overview_lapses, consent.lapses_at));
        }
    }
    if consent.representation.is_some() {
        lines.push(t.overview_by_another.to_owned());
    }
    lines.push(fill(t.overview_services, &[("services", &services.join(", "))]));
    lines
}

/// A consent was picked: ask for confirmation.
pub(super) async fn select(visit: Visit, body: Bytes) -> Response {
    visit.answer(selected(&visit, &body).await)
}

async fn selected(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_form("/consents", body)?;
    identified(visit).await?;
    Ok(match read_consent(&form, "withdraw") {
        Some(id) => to_page(&format!("/consents/withdraw?consent={id}")),
        None => to_page("/consents"),
    })
}

/// The confirmation (beëindigingsverklaring).
pub(super) async fn confirm(visit: Visit) -> Response {
    visit.answer(show_confirmation(&visit).await)
}

async fn show_confirmation(visit: &Visit) -> Result<Response, PageError> {
    let (practice, patient) = identified(visit).await?;
    let asked = Params::parse(visit.query.as_bytes()).ok().and_then(|query| read_consent(&query, "consent"));
    let (Some(patient), Some(id)) = (patient, asked) else {
        return Ok(to_page("/consents"));
    };
    let found = {
        let mut tx = visit.state.context.store.read().await?;
        consents::find(&mut tx, &patient, id).await?
    };
    let Some(consent) = found.filter(|consent| consent.is_valid_at(visit.moment.at)) else {
        return Ok(to_page("/consents"));
    };
    let t = visit.lang.texts();
    let values = [("practice", practice.display_name.as_str()), ("pgo", consent.client_name.as_str())];
    let view = Withdraw {
        frame: practice.frame(visit.lang).fixed(),
        lines: lines(visit, t, &consent),
        question: fill(t.withdraw_question, &values),
        effect: fill(t.withdraw_effect, &values),
        consent: id.to_string(),
        csrf: visit.csrf("/consents/withdraw")?,
    };
    Ok(Page::new(view).into_response())
}

/// Withdraw or keep; back to the overview either way.
pub(super) async fn withdraw(visit: Visit, body: Bytes) -> Response {
    visit.answer(settle(&visit, &body).await)
}

async fn settle(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_form("/consents/withdraw", body)?;
    let (_, patient) = identified(visit).await?;
    let confirmed = form.single("decision").ok().flatten() == Some("withdraw");
    if let (true, Some(patient), Some(id)) = (confirmed, patient, read_consent(&form, "consent")) {
        let mut tx = visit.write().await?;
        if consents::withdraw(&mut tx, &patient, id, visit.moment.at).await? {
            let step = Step::of_person(visit.moment.at, StepKind::ConsentWithdrawn).about(&patient).with_consent(id);
            visit.record(&mut tx, step).await?;
        }
        tx.commit().await?;
    }
    Ok(to_page("/consents"))
}

/// Log out.
pub(super) async fn leave(visit: Visit, body: Bytes) -> Response {
    visit.answer(left(&visit, "/consents", &body).await)
}

/// The answer to the button that logs out, in the form of this name.
pub(super) async fn left(visit: &Visit, form: &str, body: &[u8]) -> Result<Response, PageError> {
    visit.own_form(form, body)?;
    // Who clicks twice has left already the second time, and is told so again.
    let practice = match identified(visit).await {
        Ok((practice, _)) => Some(practice),
        Err(PageError::NoSession) => None,
        Err(error) => return Err(error),
    };
    end(visit, practice.as_ref()).await
}

/// Ends the session, and says so.
pub(super) async fn end(visit: &Visit, practice: Option<&PracticeView>) -> Result<Response, PageError> {
    let mut tx = visit.write().await?;
    sessions::end(&mut tx, &visit.session_id()?.hash(), visit.moment.at).await?;
    tx.commit().await?;
    let t = visit.lang.texts();
    let lines = vec![t.left_text.to_owned()];
    let frame = practice.map_or_else(|| Frame::bare(visit.lang), |practice| practice.frame(visit.lang).fixed());
    let view = Message { frame, title: t.left_title.to_owned(), lines, form: None, ids: None };
    // What a browser may have kept all the same, it is told to forget (R-SE-02).
    let forget = [(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""))];
    Ok((cookies::without_session(), forget, Page::new(view)).into_response())
}

fn read_consent(params: &Params, name: &'static str) -> Option<ConsentId> {
    params.single(name).ok()??.parse().ok()
}
