//! Who has seen the patient's data: the access log, in words (release-rules §10).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};

use super::{Own, seen};
use crate::app::App;
use crate::audit::{self, Action, Actor, Detail, Event};
use crate::domain::dossier::{Employee, SourceId};
use crate::domain::time::Timestamp;
use crate::http::front::error::PageError;
use crate::http::front::visit::Visit;
use crate::http::pages::my::log as words;
use crate::http::pages::my::texts::LogTexts;
use crate::http::pages::my::views::{Log, LogRow};
use crate::http::pages::my::words::request;
use crate::http::pages::my::{MyTexts, dates};
use crate::http::pages::{Lang, Page};
use crate::medmij::Lists;
use crate::oauth::Params;
use crate::store::requests::RequestKind;
use crate::store::{self, StoreError, Tx};

/// Events on one page.
const PAGE: u32 = 100;
/// The last page that can be asked for.
const PAGES: u32 = 10_000;
/// Shows employees by what they do only, for their safety.
const FUNCTION_ONLY: &str = "page.log_function_only";

/// One page of the log, the newest first.
pub(super) async fn show(visit: Visit) -> Response {
    let result = show_log(&visit).await;
    seen(&visit, result).await
}

async fn show_log(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    let query = Params::parse(visit.query.as_bytes()).ok();
    let asked = query.and_then(|query| query.single("page").ok()??.parse::<u32>().ok());
    let page = asked.unwrap_or(1).clamp(1, PAGES);
    let (rows, more) = rows(visit, &own, "my_log_shown", ((page - 1) * PAGE, PAGE)).await?;
    let my = own.my(visit)?;
    let view = Log {
        frame: own.frame(visit),
        intro: own.say(my.m.log.intro),
        rows,
        older: more.then(|| format!("/my/log?page={}", page + 1)),
        newer: (page > 1).then(|| format!("/my/log?page={}", page - 1)),
        my,
    };
    Ok(Page::new(view).into_response())
}

/// So many events after so many others, in words; and whether there are more. That they are shown is recorded first, and
/// so is the first of them.
pub(super) async fn rows(
    visit: &Visit,
    own: &Own,
    kind: &'static str,
    (skip, most): (u32, u32),
) -> Result<(Vec<LogRow>, bool), PageError> {
    let app = &visit.state.app;
    let purpose = Detail { purpose: Some("own_page".to_owned()), ..Detail::default() };
    app.audit().append(own.event(visit, kind, Action::Read).with(purpose)).await?;
    let mut tx = app.store().read().await?;
    let names = Names::load(app, &mut tx, visit, own).await?;
    let mut entries = audit::page_for_patient(&mut tx, app.sealer(), &own.who, (skip, most + 1)).await?;
    tx.close().await?;
    let more = entries.len() > most as usize;
    entries.truncate(most as usize);
    let events: Vec<Event> = entries.into_iter().map(|entry| entry.event).collect();
    let same = |one: &Event, other: &Event| names.key(one) == names.key(other);
    Ok((events.chunk_by(same).map(|events| names.row(events)).collect(), more))
}

/// Whom the log speaks of.
struct Names {
    lang: Lang,
    t: &'static LogTexts,
    lists: Arc<Lists>,
    employees: BTreeMap<SourceId, Employee>,
    function_only: bool,
}

impl Names {
    async fn load(app: &App, tx: &mut Tx<'_>, visit: &Visit, own: &Own) -> Result<Self, StoreError> {
        let scope = own.practice.scope;
        let settings = store::settings::load_effective(tx, &scope).await?;
        Ok(Self {
            lang: visit.lang,
            t: &MyTexts::of(visit.lang).log,
            lists: visit.state.context.lists.load_full(),
            employees: app.employees(tx, &scope).await?,
            function_only: settings.get(FUNCTION_ONLY).is_some_and(|value| value == "true"),
        })
    }

    /// A PGO asks for a dossier in some dozens of requests: within a minute they are one line.
    fn key(&self, event: &Event) -> (String, &'static str, &'static str, String) {
        let ended = words::outcome(self.lang, event.outcome);
        (self.who(&event.actor), words::deed(self.lang, event), ended, dates::minute(event.at))
    }

    fn row(&self, events: &[Event]) -> LogRow {
        let at = events.first().map_or(Timestamp::from_millis(0), |event| event.at);
        let (who, deed, outcome, when) = events.first().map(|event| self.key(event)).unwrap_or_default();
        let about = events.iter().filter_map(|event| self.about(event));
        let mut more: Vec<String> = about.chain([words::objects(self.lang, events)]).collect();
        more.retain(|text| !text.is_empty());
        more.dedup();
        LogRow { instant: at.to_rfc3339(), when, who, what: deed.to_owned(), more: more.join(", "), outcome }
    }

    /// What an event is about beside the data: a PGO, an employee, what was asked.
    fn about(&self, event: &Event) -> Option<String> {
        if let (Some(client), false) = (&event.detail.client_id, matches!(event.actor, Actor::Pgo { .. })) {
            return Some(self.pgo(client));
        }
        let asked = event.detail.facts.get("kind").and_then(|kind| RequestKind::find(kind));
        if let (Some(kind), "request_made") = (asked, event.kind.as_str()) {
            return Some(request(self.lang, kind).to_owned());
        }
        let objects = event.detail.objects.iter().find(|objects| objects.kind == "employee")?;
        let id: SourceId = objects.ids.first()?.parse().ok()?;
        Some(self.employees.get(&id)?.name.clone())
    }

    fn who(&self, actor: &Actor) -> String {
        match actor {
            // The trail of a patient is their own: no other patient acts in it.
            Actor::Patient { .. } => self.t.oneself.to_owned(),
            Actor::Person { pseudonym } if pseudonym.is_empty() => self.t.nobody.to_owned(),
            Actor::Person { .. } => self.t.representative.to_owned(),
            Actor::Pgo { client_id } => self.pgo(client_id),
            Actor::Employee { id, role } => self.employee(id, role),
            Actor::System { .. } => self.t.system.to_owned(),
        }
    }

    /// Its name on the OAuthclientlist; one that left the list goes by its host.
    fn pgo(&self, client_id: &str) -> String {
        self.lists.ocl.find(client_id).map_or(client_id, |client| client.organisation.as_str()).to_owned()
    }

    fn employee(&self, id: &str, role: &str) -> String {
        let role = if role.is_empty() { self.t.one_of_practice } else { words::role(self.lang, role) };
        let name = id.parse::<SourceId>().ok().and_then(|id| Some(self.employees.get(&id)?.name.as_str()));
        match name.filter(|_| !self.function_only) {
            Some(name) => format!("{role} {name}"),
            None => role.to_owned(),
        }
    }
}
