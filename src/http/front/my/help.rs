//! Help: what the words mean, whom to ask what, and the practice's own links.

use super::*;
use crate::http::front::flow::{Live, live};
use crate::http::pages::Page;
use crate::http::pages::my::views::Help;
use crate::store;

/// The most links of a practice.
const LINKS: u32 = 9;

/// The help page. Also for who cannot log in: it says why that may be.
pub(super) async fn show(visit: Visit) -> Response {
    let result = show_help(&visit).await;
    seen(&visit, result)
}

async fn show_help(visit: &Visit) -> Result<Response, PageError> {
    let practice = match live(visit).await? {
        Live::Own(practice, ..) => practice,
        Live::Authorize(_) => return Err(PageError::NoSession),
    };
    let mut tx = visit.state.app.store().read().await?;
    let settings = store::settings::load_effective(&mut tx, &practice.scope).await?;
    tx.close().await?;
    let link = |number: u32| link(settings.get(&format!("page.link.{number}"))?);
    let desk = &visit.state.context.settings.service_desk;
    let values = [("practice", practice.display_name.as_str()), ("desk", &desk.name), ("phone", &desk.phone)];
    let say = |text: &str| fill(text, &values);
    let my = My { m: MyTexts::of(visit.lang), leave: visit.csrf(LEAVE)? };
    let t = &my.m.help;
    let view = Help {
        frame: practice.frame(visit.lang),
        whom: t.whom_lines.map(say).into_iter().chain(practice.contact.clone()).collect(),
        links: (1..=LINKS).filter_map(link).collect(),
        film: settings.get("page.film").filter(|url| is_safe(url)).cloned(),
        later: say(t.later_text),
        privacy: practice.privacy_url.clone().map(|url| (url, say(t.privacy))),
        my,
    };
    Ok(Page::new(view).into_response())
}

/// Label and address of a link as the practice set it: `label|https://…`; `None` when it is not one.
fn link(setting: &str) -> Option<(String, String)> {
    let (label, url) = setting.split_once('|')?;
    let (label, url) = (label.trim(), url.trim());
    (!label.is_empty() && is_safe(url)).then(|| (label.to_owned(), url.to_owned()))
}

fn is_safe(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_a_label_and_leads_to_https_only() {
        assert_eq!(
            link("Griep | https://thuisarts.nl/griep"),
            Some(("Griep".into(), "https://thuisarts.nl/griep".into()))
        );
        for bad in
            ["Griep", "|https://thuisarts.nl", "x|http://thuisarts.nl", "x|javascript:alert(1)", "x|//thuisarts.nl"]
        {
            assert_eq!(link(bad), None, "{bad}");
        }
    }
}
