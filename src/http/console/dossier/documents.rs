//! Documents: publish with an explanation, withdraw (release-rules §4.7), and the forms of before the opening, one by one or as a
//! category (§4.8).

use axum::response::Response;

use super::decisions::decision;
use super::files;
use super::items::{Told, key_of, told, value_of};
use super::{of_page, take};
use crate::app::InFull;
use crate::audit::Action;
use crate::domain::decision::{Aspect, Choice, Decisions};
use crate::domain::dossier::DocumentKind;
use crate::domain::ids::PatientRef;
use crate::domain::release::{Item, Reason, Topic, Verdict};
use crate::domain::rights::Right;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff, Who};
use crate::http::console::{Button, answer, guard, words};
use crate::http::pages::blocks::{Block, Check, Input};
use crate::store;

/// The longest explanation, in characters.
const LONGEST: usize = 2000;
/// The button that releases the forms of before the opening, and the tick that goes with it.
const RELEASE_FORMS: &str = "release_forms";
const ASKED: &str = "asked";

/// The documents of a patient, each with its form.
pub(in crate::http::console) async fn show(staff: Staff, who: Who) -> Response {
    let result = page(&staff, &who.0).await;
    answer(&staff, result)
}

async fn page(staff: &Staff, who: &PatientRef) -> Result<Response, ConsoleError> {
    let mut tx = staff.write().await?;
    let loaded = super::load(staff, &mut tx, who).await?;
    let decided = store::decisions::that_count(&mut tx, staff.state.app.sealer(), who).await?;
    staff.record(&mut tx, "dossier_viewed", Action::Read, Some(who), of_page("documents")).await?;
    tx.commit().await?;
    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    let text = staff.pick(
        "Wat een PGO al heeft opgehaald kan niet worden teruggehaald.",
        "What a PGO has collected cannot be recalled.",
    );
    blocks.push(Block::Text(text.to_owned()));
    let full = loaded.full.as_ref();
    let forms = full.map_or(0, |full| old_forms(full, &decided).len());
    blocks.extend((forms > 0 && may_release_old(staff)).then(|| category(staff, who, forms)));
    for told in full.iter().flat_map(|full| told(full)).filter(|told| matches!(told.item.topic, Topic::Document { .. }))
    {
        let verdict = full.and_then(|full| full.verdict(told.place));
        blocks.push(one(staff, who, &told, verdict));
    }
    let title = format!("{} – {}", loaded.card.name, staff.pick("documenten", "documents"));
    Ok(staff.page("/patients", &title, blocks))
}

fn one(staff: &Staff, who: &PatientRef, told: &Told<'_>, verdict: Option<Verdict>) -> Block {
    let Topic::Document { published, servable, .. } = &told.item.topic else { return Block::Text(String::new()) };
    let status = verdict.map(|verdict| words::verdict(staff.lang(), verdict)).unwrap_or_default();
    let mut parts = vec![Block::Hidden("item", value_of(&told.item.key)), Block::Text(status.to_owned())];
    if !servable {
        let text = staff.pick(
            "Het bestand ontbreekt of is geen PDF. Tekst, RTF, JPEG en TIFF worden bij het publiceren omgezet.",
            "The file is missing or no PDF. Text, RTF, JPEG and TIFF are converted when published.",
        );
        parts.push(Block::Text(text.to_owned()));
    }
    let explanation = Input::text("explanation", staff.pick("Uitleg voor de patiënt", "Explanation for the patient"));
    parts.push(Block::Area(explanation.holding(told.note())));
    let may_override = staff.may(Right::HideEpisode);
    if verdict == Some(Verdict::Withhold(Reason::Episode)) && may_override {
        let label = staff.pick("Tonen, ook al is de episode verborgen", "Show although the episode is hidden");
        parts.push(Block::Check(Check {
            name: "override",
            value: "yes".to_owned(),
            label: label.to_owned(),
            checked: false,
            scope: 0,
        }));
    }
    let mut buttons = vec![Button::action("publish", staff.pick("Publiceren", "Publish"))];
    // Also what the practice's rule published is withdrawn here (R-DOC-07).
    if *published || verdict.is_some_and(|verdict| matches!(verdict, Verdict::Release | Verdict::Strip(_))) {
        buttons.push(Button::action("withdraw", staff.pick("Intrekken", "Withdraw")));
    }
    let form = staff.form(format!("/p/{}/documents", who.patient), parts, buttons);
    Block::More(format!("{} {}", told.title(), told.date()), vec![form])
}

/// The forms of before the opening that wait for nothing but their release. What the practice withdrew is not among them, and what
/// is hidden stays so: that is decided by other rules, and one by one.
fn old_forms<'f>(full: &'f InFull, decided: &Decisions) -> Vec<&'f Item> {
    let is_withdrawn = |item: &Item| {
        let decision = decided.find(&item.key, Aspect::Document);
        decision.is_some_and(|decision| matches!(decision.choice, Choice::Document { published: false, .. }))
    };
    let is_old = |place: usize, item: &Item| {
        matches!(item.topic, Topic::Document { kind: DocumentKind::Form, servable: true, .. })
            && full.verdict(place) == Some(Verdict::Withhold(Reason::Cutoff))
    };
    let items = full.index.facts.items().iter().enumerate();
    items.filter(|(place, item)| is_old(*place, item) && !is_withdrawn(item)).map(|(_, item)| item).collect()
}

fn category(staff: &Staff, who: &PatientRef, forms: usize) -> Block {
    let text = staff.pick(
        "Zoveel formulieren van voor de openstelling worden niet getoond",
        "So many forms of before the opening are not shown",
    );
    let tick = Check {
        name: ASKED,
        value: "yes".to_owned(),
        label: staff.pick("De patiënt heeft hierom gevraagd", "The patient asked for this").to_owned(),
        checked: false,
        scope: 0,
    };
    let parts = vec![Block::Text(format!("{text}: {forms}.")), Block::Check(tick)];
    let buttons = vec![Button::action(RELEASE_FORMS, staff.pick("Alle vrijgeven", "Release all"))];
    let form = staff.form(format!("/p/{}/documents", who.patient), parts, buttons);
    Block::More(
        staff.pick("Formulieren van voor de openstelling", "Forms of before the opening").to_owned(),
        vec![form],
    )
}

/// Is this somebody to release forms of before the opening? The sheet names the GP, who is known here by the right to episodes.
fn may_release_old(staff: &Staff) -> bool {
    staff.may(Right::HideEpisode)
}

/// Releases the forms of before the opening as a category (release-rules §4.8); later each can be withdrawn by itself.
async fn release_forms(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    if !may_release_old(staff) {
        return Err(guard::deny(staff, "/p/{patient}/documents", "hide_episode", Some(who)).await);
    }
    let refuse = |nl: &str, en: &str| Err(ConsoleError::Refused(staff.pick(nl, en).to_owned()));
    if fields.get(ASKED) != Some("yes") {
        return refuse("Bevestig dat de patiënt hierom heeft gevraagd.", "Confirm that the patient asked for this.");
    }
    let mut tx = staff.read().await?;
    let loaded = super::load(staff, &mut tx, who).await?;
    let decided = store::decisions::that_count(&mut tx, staff.state.app.sealer(), who).await?;
    tx.close().await?;
    let forms = loaded.full.as_ref().map(|full| old_forms(full, &decided)).unwrap_or_default();
    if forms.is_empty() {
        return refuse("Er zijn geen formulieren om vrij te geven.", "There are no forms to release.");
    }
    let release = |item: &Item| decision(staff, item.key.clone(), Choice::BackCatalogue(true), None);
    let decisions = forms.into_iter().map(release).collect();
    take(staff, who, "document_published", decisions, &format!("/p/{}/documents?done=1", who.patient)).await
}

/// Publish or withdraw.
pub(in crate::http::console) async fn decide(staff: Staff, who: Who, fields: Fields) -> Response {
    let result = settle(&staff, &who.0, &fields).await;
    answer(&staff, result)
}

async fn settle(staff: &Staff, who: &PatientRef, fields: &Fields) -> Result<Response, ConsoleError> {
    if fields.get("action") == Some(RELEASE_FORMS) {
        return release_forms(staff, who, fields).await;
    }
    let key = fields.get("item").and_then(key_of).ok_or(ConsoleError::Missing)?;
    let published = match fields.get("action") {
        Some("publish") => true,
        Some("withdraw") => false,
        _ => return Err(ConsoleError::Missing),
    };
    let explanation = fields.get("explanation").filter(|_| published);
    if explanation.is_some_and(|text| text.chars().count() > LONGEST) {
        let text =
            staff.pick("De uitleg is langer dan 2000 tekens.", "The explanation is longer than 2000 characters.");
        return Err(ConsoleError::Refused(text.to_owned()));
    }
    let mut tx = staff.read().await?;
    let subject = staff.state.app.subject(&mut tx, who).await?.ok_or(ConsoleError::Missing)?;
    tx.close().await?;
    let index = subject.index.ok_or(ConsoleError::Missing)?;
    let found = index.facts.items().iter().find(|item| item.key == key).map(|item| &item.topic);
    let Some(Topic::Document { kind, servable, .. }) = found else { return Err(ConsoleError::Missing) };
    // A copy has a right of its own.
    if *kind == DocumentKind::Copy && !staff.may(Right::PublishCopy) {
        return Err(guard::deny(staff, "/p/{patient}/documents", "publish_copy", Some(who)).await);
    }
    // Showing a letter of a hidden episode is as showing the episode (R-DOC-06).
    let overrides = published && fields.get("override") == Some("yes");
    if overrides && !staff.may(Right::HideEpisode) {
        return Err(guard::deny(staff, "/p/{patient}/documents", "hide_episode", Some(who)).await);
    }
    let converted = match published && !servable {
        true => Some(files::convert(staff, who, &key).await?),
        false => files::converted(staff, who, &key).await?,
    };
    let choice = Choice::Document {
        converted,
        published,
        explanation: explanation.map(str::to_owned),
        override_episode: overrides,
    };
    let name = if published { "document_published" } else { "document_withdrawn" };
    let back = format!("/p/{}/documents?done=1", who.patient);
    let mut decisions = vec![decision(staff, key.clone(), choice, None)];
    if published && *kind == DocumentKind::Form && may_release_old(staff) {
        // A form of before the opening is released by its name (release-rules §4.8); others publish it without showing it.
        decisions.push(decision(staff, key, Choice::BackCatalogue(true), None));
    }
    take(staff, who, name, decisions, &back).await
}
