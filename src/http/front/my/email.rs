//! The patient's own e-mail address for notices (R-RG-01, R-RG-02).

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Own, commit, done, seen, viewed};
use crate::app::AddressAsked;
use crate::audit::Action;
use crate::domain::email::EmailAddress;
use crate::http::front::error::PageError;
use crate::http::front::visit::{Visit, to_page};
use crate::http::pages::Page;
use crate::http::pages::my::MyTexts;
use crate::http::pages::my::dates;
use crate::http::pages::my::views::OwnEmail;
use crate::http::pages::texts::fill;
use crate::oauth::Params;
use crate::store::accounts::{self, Told};

/// The form, and where it goes.
const PATH: &str = "/my/email";

/// The address, and the form to change it.
pub(super) async fn show(visit: Visit) -> Response {
    let result = show_address(&visit).await;
    seen(&visit, result).await
}

async fn show_address(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    viewed(visit, &own, "my_email_shown").await?;
    let t = &MyTexts::of(visit.lang).email;
    let query = Params::parse(visit.query.as_bytes()).ok();
    let notice = match query.as_ref().and_then(|query| query.single("done").ok()?) {
        Some("sent") => Some(t.sent),
        Some("enough") => Some(t.enough),
        Some("removed") => Some(t.removed),
        Some("yours") => Some(t.yours),
        _ => None,
    };
    page(visit, &own, notice, (String::new(), None)).await
}

async fn page(
    visit: &Visit,
    own: &Own,
    notice: Option<&'static str>,
    (typed, fault): (String, Option<&'static str>),
) -> Result<Response, PageError> {
    let app = &visit.state.app;
    let mut tx = app.store().read().await?;
    let account = accounts::of_patient(&mut tx, app.sealer(), &own.who).await?;
    tx.close().await?;
    let my = own.my(visit)?;
    let t = &my.m.email;
    let waits = account.as_ref().is_some_and(|account| account.confirmed_at.is_none());
    let state = account.as_ref().map(|account| match account.confirmed_at {
        Some(at) => fill(t.state_confirmed, &[("date", &dates::day(at))]),
        None => t.state_waits.to_owned(),
    });
    let frame = own.frame(visit);
    let view = OwnEmail {
        frame: if fault.is_some() { frame.fixed() } else { frame },
        notice,
        intro: own.say(t.intro),
        address: account.map(|account| account.told.address),
        state,
        waits,
        typed,
        fault,
        path: PATH,
        csrf: visit.csrf(PATH)?,
        my,
    };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Page::new(view).with_status(status).into_response())
}

/// Set or remove the address.
pub(super) async fn change(visit: Visit, body: Bytes) -> Response {
    let result = changed(&visit, &body).await;
    done(&visit, result).await
}

async fn changed(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_form(PATH, body)?;
    let own = Own::enter(visit).await?;
    let app = &visit.state.app;
    let mut tx = visit.write().await?;
    if form.single("action").ok().flatten() == Some("remove") {
        accounts::remove_all(&mut tx, &own.who).await?;
        commit(visit, tx, own.event(visit, "email_removed", Action::Delete)).await?;
        return Ok(to_page("/my/email?done=removed"));
    }
    let t = &MyTexts::of(visit.lang).email;
    let typed = form.single("email").ok().flatten().unwrap_or_default().to_owned();
    let Ok(address) = typed.parse::<EmailAddress>() else {
        return page(visit, &own, None, (typed, Some(t.email_fault))).await;
    };
    let whose = (own.who.practice, Some(own.who.patient));
    match app.ask_address(&mut tx, whose, &address, Told::default(), visit.moment.at).await? {
        AddressAsked::Taken => page(visit, &own, None, (typed, Some(t.taken))).await,
        AddressAsked::Enough => Ok(to_page("/my/email?done=enough")),
        AddressAsked::Yours => Ok(to_page("/my/email?done=yours")),
        AddressAsked::Sent => {
            commit(visit, tx, own.event(visit, "email_set", Action::Update)).await?;
            Ok(to_page("/my/email?done=sent"))
        }
    }
}
