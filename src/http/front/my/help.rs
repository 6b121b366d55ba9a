//! Help: what the words mean, whom to ask what, which browsers work (R-RG-05), and the practice's own links.

use axum::response::{IntoResponse, Response};

use super::{LEAVE, seen};
use crate::http::front::error::PageError;
use crate::http::front::flow::{Live, live};
use crate::http::front::visit::Visit;
use crate::http::pages::Page;
use crate::http::pages::my::links;
use crate::http::pages::my::views::{Help, My};
use crate::http::pages::texts::fill;
use crate::store;

/// The help page. Also for who cannot log in: it says why that may be.
pub(super) async fn show(visit: Visit) -> Response {
    let result = show_help(&visit).await;
    seen(&visit, result).await
}

async fn show_help(visit: &Visit) -> Result<Response, PageError> {
    let practice = match live(visit).await? {
        Live::Own(practice, ..) => practice,
        Live::Authorize(_) => return Err(PageError::NoSession),
    };
    let mut tx = visit.state.app.store().read().await?;
    let settings = store::settings::load_effective(&mut tx, &practice.scope).await?;
    tx.close().await?;
    let desk = &visit.state.context.settings.service_desk;
    let values = [("practice", practice.display_name.as_str()), ("desk", &desk.name), ("phone", &desk.phone)];
    let say = |text: &str| fill(text, &values);
    let my = My::new(visit.lang, practice.idle_seconds, visit.csrf(LEAVE)?);
    let t = &my.m.help;
    let view = Help {
        frame: practice.frame(visit.lang),
        whom: t.whom_lines.map(say).into_iter().chain(practice.contact.clone()).collect(),
        links: links::of(&settings),
        film: settings.get("page.film").filter(|url| links::is_safe(url)).cloned(),
        later: say(t.later_text),
        privacy: practice.privacy_url.clone().map(|url| (url, say(t.privacy))),
        my,
    };
    Ok(Page::new(view).into_response())
}
