//! The link in a letter, and signing up an e-mail address without an eID (R-RG-02, R-RG-03). Neither logs in: an address is for
//! notices, access to a dossier needs an eID.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::error::PageError;
use super::visit::Visit;
use crate::app::{AddressAsked, Confirmed};
use crate::audit::{self, Action, Actor, Event, Kind};
use crate::domain::email::EmailAddress;
use crate::domain::ids::{PracticeId, PracticeScope};
use crate::http::context::PracticeView;
use crate::http::pages::Page;
use crate::http::pages::my::MyTexts;
use crate::http::pages::my::email::EmailTexts;
use crate::http::pages::my::views::{ConfirmEmail, Register, RegisterFaults};
use crate::http::pages::texts::fill;
use crate::http::pages::views::{Frame, Message};
use crate::medmij::MedMijName;
use crate::oauth::Params;
use crate::store::accounts::Told;

/// Where who has no eID signs up.
const REGISTER: &str = "/register";
/// The longest name and telephone number, in characters.
const LONGEST: usize = 200;

fn texts(visit: &Visit) -> &'static EmailTexts {
    &MyTexts::of(visit.lang).email
}

/// The page behind the link: it only asks, since programs that look through mail follow links.
pub(super) async fn ask(visit: Visit) -> Response {
    let query = Params::parse(visit.query.as_bytes()).ok();
    let token = query.and_then(|query| query.single("token").ok()?.map(str::to_owned)).unwrap_or_default();
    let view = ConfirmEmail { frame: Frame::bare(visit.lang), m: MyTexts::of(visit.lang), token, again: false };
    visit.answer(Ok(Page::new(view).into_response()))
}

/// The link is used, or a new letter is asked for.
pub(super) async fn confirm(visit: Visit, body: Bytes) -> Response {
    let result = confirmed(&visit, &body).await;
    visit.answer(result)
}

async fn confirmed(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.form(body)?;
    let token = form.single("token").ok().flatten().unwrap_or_default();
    let (app, at, t) = (&visit.state.app, visit.moment.at, texts(visit));
    let mut tx = visit.write().await?;
    if form.single("action").ok().flatten() == Some("again") {
        app.renew_link(&mut tx, token, at).await?;
        tx.commit().await?;
        return Ok(message(visit, None, t.sent_title, &[t.sent, t.sent_hint]));
    }
    let confirmed = app.confirm_address(&mut tx, token, at).await?;
    if let Confirmed::Done { practice, .. } = confirmed {
        audit::append_in(&mut tx, app.sealer(), &[event("email_confirmed", practice, at)]).await?;
    }
    tx.commit().await?;
    Ok(match confirmed {
        Confirmed::Unknown => {
            let page = message(visit, None, t.unknown_title, &[t.unknown]);
            (StatusCode::NOT_FOUND, page).into_response()
        }
        Confirmed::Expired(_) => {
            let (m, token) = (MyTexts::of(visit.lang), token.to_owned());
            let view = ConfirmEmail { frame: Frame::bare(visit.lang), m, token, again: true };
            Page::new(view).with_status(StatusCode::GONE).into_response()
        }
        Confirmed::Done { practice, linked } => {
            let practice = visit.state.context.practices.load(&PracticeScope { practice }).await?;
            let line = if linked { t.done_linked } else { t.done_waits };
            message(visit, practice.as_ref(), t.done_title, &[line, t.done_access])
        }
    })
}

/// The form to sign up.
pub(super) async fn offer(visit: Visit) -> Response {
    let result = form(&visit, Filled::default()).await;
    visit.answer(result)
}

/// What stands in the form, with what is wrong with it.
#[derive(Default)]
struct Filled {
    practice: String,
    name: String,
    birth: String,
    phone: String,
    email: String,
    faults: RegisterFaults,
}

async fn form(visit: &Visit, filled: Filled) -> Result<Response, PageError> {
    let practices = offering(visit).await?;
    let m = MyTexts::of(visit.lang);
    if practices.is_empty() {
        return Ok(message(visit, None, m.email.register_title, &[m.email.register_off]));
    }
    let mut frame = Frame::bare(visit.lang);
    let is_faulty = filled.faults.any();
    frame.switchable = !is_faulty;
    let names = practices.into_iter().map(|practice| (practice.name.to_string(), practice.display_name));
    let view = Register {
        frame,
        m,
        path: REGISTER,
        practices: names.collect(),
        practice: filled.practice,
        name: filled.name,
        birth: filled.birth,
        phone: filled.phone,
        email: filled.email,
        faults: filled.faults,
    };
    let status = if is_faulty { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Page::new(view).with_status(status).into_response())
}

/// The practices that let people sign up without an eID.
async fn offering(visit: &Visit) -> Result<Vec<PracticeView>, PageError> {
    let mut offering = Vec::new();
    let practices = visit.state.context.practices.list().await?;
    let mut tx = visit.state.context.store.read().await?;
    for practice in practices {
        let policy = visit.state.app.policy(&mut tx, practice.scope.practice).await?;
        if policy.is_some_and(|policy| policy.register_without_eid) {
            offering.push(practice);
        }
    }
    tx.close().await?;
    Ok(offering)
}

/// Signs up. The answer never tells whether an address is in use: the mailbox is told.
pub(super) async fn register(visit: Visit, body: Bytes) -> Response {
    let result = registered(&visit, &body).await;
    visit.answer(result)
}

async fn registered(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let fields = visit.form(body)?;
    let of = |name: &'static str| fields.single(name).ok().flatten().unwrap_or_default().trim().to_owned();
    let t = texts(visit);
    let mut filled = Filled {
        practice: of("practice"),
        name: of("name"),
        birth: of("birth"),
        phone: of("phone"),
        email: of("email"),
        faults: RegisterFaults::default(),
    };
    let is_told = |text: &str| !text.is_empty() && text.chars().count() <= LONGEST;
    let address: Option<EmailAddress> = filled.email.parse().ok();
    let born = filled.birth.parse::<jiff::civil::Date>().ok().filter(|born| *born <= visit.moment.today);
    filled.faults = RegisterFaults {
        name: (!is_told(&filled.name)).then_some(t.name_fault),
        birth: born.is_none().then_some(t.birth_fault),
        phone: (!is_told(&filled.phone)).then_some(t.phone_fault),
        email: address.is_none().then_some(t.email_fault),
    };
    let name: Option<MedMijName> = filled.practice.parse().ok();
    let practice = offering(visit).await?.into_iter().find(|practice| name.as_ref() == Some(&practice.name));
    let (Some(practice), Some(address), false) = (practice, address, filled.faults.any()) else {
        return form(visit, filled).await;
    };
    let told = Told { name: Some(filled.name), birth: born, phone: Some(filled.phone), ..Told::default() };
    let (app, at, id) = (&visit.state.app, visit.moment.at, practice.scope.practice);
    let mut tx = visit.write().await?;
    match app.ask_address(&mut tx, (id, None), &address, told, at).await? {
        AddressAsked::Sent => {
            audit::append_in(&mut tx, app.sealer(), &[event("email_signed_up", id, at)]).await?;
        }
        AddressAsked::Taken | AddressAsked::Yours => app.tell_taken(&mut tx, id, &address, at).await?,
        AddressAsked::Enough => {}
    }
    tx.commit().await?;
    Ok(message(visit, Some(&practice), t.sent_title, &[t.sent, t.sent_hint, t.sent_next]))
}

/// Who did it is not known: nobody logged in.
fn event(kind: &'static str, practice: PracticeId, at: crate::domain::time::Timestamp) -> Event {
    let kind = Kind::new(kind).unwrap_or(Kind::UNNAMED);
    Event::new(at, kind, Action::Update, Actor::Person { pseudonym: String::new() }).in_practice(practice)
}

fn message(visit: &Visit, practice: Option<&PracticeView>, title: &str, lines: &[&str]) -> Response {
    let frame = practice.map_or_else(|| Frame::bare(visit.lang), |practice| practice.frame(visit.lang).fixed());
    let name = practice.map_or("", |practice| practice.display_name.as_str());
    let lines = lines.iter().map(|line| fill(line, &[("practice", name)])).collect();
    Page::new(Message { frame, title: title.to_owned(), lines, form: None, ids: None }).into_response()
}
