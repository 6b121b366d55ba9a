//! What the patient asks of the practice: one form with every kind, and the list of what was asked (release-rules §6.2).

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};

use super::{Own, commit, done, seen, viewed};
use crate::audit::{Action, Detail, Objects};
use crate::http::context::random;
use crate::http::front::error::PageError;
use crate::http::front::visit::{Visit, to_page};
use crate::http::pages::my::views::{Choice, Faults, OwnRequest, RequestForm, Requests};
use crate::http::pages::my::{MyTexts, dates, words};
use crate::http::pages::texts::fill;
use crate::http::pages::{Lang, Page};
use crate::oauth::Params;
use crate::seal::hex;
use crate::store::requests::{self, PatientRequest, RequestKind, RequestState};

/// The form, and where it goes.
const PATH: &str = "/my/requests";
/// Characters of an explanation.
const MOST: usize = 2000;
/// Characters that a request holds with everything that was added to it.
const MOST_TOGETHER: usize = 8000;
/// Bytes of the form: 2000 characters of the longest kind, each byte written as three.
pub(super) const MAX_BYTES: usize = 32 * 1024;

/// The form, and what was asked before.
pub(super) async fn show(visit: Visit) -> Response {
    let result = show_requests(&visit).await;
    seen(&visit, result).await
}

async fn show_requests(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    viewed(visit, &own, "my_requests_shown").await?;
    let query = Params::parse(visit.query.as_bytes()).ok();
    let done = query.as_ref().and_then(|query| query.single("done").ok()?);
    let kind = query.as_ref().and_then(|query| RequestKind::find(query.single("kind").ok()??));
    let t = &MyTexts::of(visit.lang).requests;
    let notice = match done {
        Some("sent") => Some(t.sent),
        Some("merged") => Some(t.merged),
        _ => None,
    };
    page(visit, &own, notice, &Filled { kind, words: String::new(), faults: Faults::default() }).await
}

/// What stands in the form, with what is wrong with it.
struct Filled {
    kind: Option<RequestKind>,
    words: String,
    faults: Faults,
}

async fn page(visit: &Visit, own: &Own, notice: Option<&'static str>, filled: &Filled) -> Result<Response, PageError> {
    let app = &visit.state.app;
    let mut tx = app.store().read().await?;
    let all = requests::for_patient(&mut tx, app.sealer(), &own.who).await?;
    tx.close().await?;
    let my = own.my(visit)?;
    let is_faulty = filled.faults.any();
    let frame = own.frame(visit);
    let kinds = RequestKind::ASKED.map(|kind| Choice {
        value: kind.as_str(),
        label: words::request(visit.lang, kind),
        chosen: filled.kind == Some(kind),
    });
    let view = Requests {
        frame: if is_faulty { frame.fixed() } else { frame },
        intro: own.say(my.m.requests.intro),
        notice,
        form: RequestForm {
            path: PATH,
            csrf: visit.csrf(PATH)?,
            kinds: kinds.into(),
            words: filled.words.clone(),
            faults: filled.faults,
        },
        own: all.iter().map(|request| own_request(visit.lang, request)).collect(),
        my,
    };
    let status = if is_faulty { axum::http::StatusCode::UNPROCESSABLE_ENTITY } else { axum::http::StatusCode::OK };
    Ok(Page::new(view).with_status(status).into_response())
}

fn own_request(lang: Lang, request: &PatientRequest) -> OwnRequest {
    let t = &MyTexts::of(lang).requests;
    let dated = |text, at| fill(text, &[("date", &dates::day(at))]);
    let mut lines = vec![dated(t.asked_on, request.requested_at)];
    if request.state == RequestState::Open {
        lines.push(dated(t.expected, request.requested_at.plus_local_months(1)));
    }
    lines.extend(request.handled_at.map(|at| dated(t.answered_on, at)));
    OwnRequest {
        title: words::request(lang, request.kind),
        state: words::request_state(lang, request.state),
        lines,
        asked: Some(request.words.asked.clone()).filter(|words| !words.is_empty()),
        answer: request.words.answer.clone().filter(|words| !words.is_empty()),
    }
}

/// Send a request.
pub(super) async fn send(visit: Visit, body: Bytes) -> Response {
    let result = sent(&visit, &body).await;
    done(&visit, result).await
}

async fn sent(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_long_form(PATH, body, MAX_BYTES)?;
    let own = Own::enter(visit).await?;
    let kind =
        form.single("kind").ok().flatten().and_then(RequestKind::find).filter(|kind| RequestKind::ASKED.contains(kind));
    let words = form.single("words").ok().flatten().unwrap_or_default();
    let words = words.replace("\r\n", "\n").trim().to_owned();
    let filled = Filled { faults: faults(visit.lang, kind, &words), kind, words };
    let Some(kind) = filled.kind.filter(|_| !filled.faults.any()) else {
        return page(visit, &own, None, &filled).await;
    };
    match add(visit, &own, kind, &filled.words).await? {
        Added::New => Ok(to_page("/my/requests?done=sent")),
        Added::Merged => Ok(to_page("/my/requests?done=merged")),
        Added::Opened => Ok(to_page("/my?done=opened")),
        Added::Enough => {
            let words = Some(MyTexts::of(visit.lang).requests.words_enough);
            page(visit, &own, None, &Filled { faults: Faults { kind: None, words }, ..filled }).await
        }
    }
}

/// What is wrong with the form, at the field where it is wrong.
fn faults(lang: Lang, kind: Option<RequestKind>, words: &str) -> Faults {
    let t = &MyTexts::of(lang).requests;
    // Nobody can know otherwise what is wrong, or what is to be left out.
    let needs_words = matches!(kind, Some(RequestKind::Correctie | RequestKind::Hide));
    let words = match words.chars().count() {
        0 if needs_words => Some(t.words_missing),
        count if count > MOST => Some(t.words_long),
        _ => None,
    };
    Faults { kind: kind.is_none().then_some(t.kind_missing), words }
}

/// What became of a request.
enum Added {
    New,
    /// Into one that was still open.
    Merged,
    /// It asked for access, and that opened by itself.
    Opened,
    /// What was added to it before is all it can hold.
    Enough,
}

async fn add(visit: &Visit, own: &Own, kind: RequestKind, words: &str) -> Result<Added, PageError> {
    let app = &visit.state.app;
    let (sealer, at) = (app.sealer(), visit.moment.at);
    let id = random()?;
    let mut tx = visit.write().await?;
    let all = requests::for_patient(&mut tx, sealer, &own.who).await?;
    let open = all.iter().find(|one| one.kind == kind && one.state == RequestState::Open);
    let before = open.map_or(0, |open| open.words.asked.chars().count());
    if before + words.chars().count() > MOST_TOGETHER {
        return Ok(Added::Enough);
    }
    // Who asks for access by the form asks for it all the same.
    if kind == RequestKind::Inzage
        && app.ask_for_access(&mut tx, &own.who, visit.moment).await? == crate::app::AccessAsked::Opened
    {
        tx.commit().await?;
        return Ok(Added::Opened);
    }
    let name = hex(open.map_or(&id, |open| &open.id));
    let is_new = requests::add(&mut tx, sealer, &own.who, id, kind, words, at).await?;
    let objects = vec![Objects { kind: "request".to_owned(), ids: vec![name] }];
    let facts = [("kind".to_owned(), kind.as_str().to_owned())].into();
    let detail = Detail { objects, facts, ..Detail::default() };
    let action = if is_new { Action::Create } else { Action::Update };
    commit(visit, tx, own.event(visit, "request_made", action).with(detail)).await?;
    Ok(if is_new { Added::New } else { Added::Merged })
}
