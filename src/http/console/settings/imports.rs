//! Deliveries of the HIS: what became of each, what was found in it, what was not taken, and what waits for a person.

mod counts;
mod found;
pub(in crate::http::console) mod held;

use axum::response::Response;

use crate::http::console::error::ConsoleError;
use crate::http::console::staff::Staff;
use crate::http::console::{answer, overview, words};
use crate::http::pages::blocks::{Block, Cell, Link};
use crate::store::cards::Waiting;
use crate::store::deliveries::{Delivery, DeliveryState};
use crate::store::{self};
use counts::Counts;

/// The deliveries shown, the newest ones.
const MOST: u32 = 30;

/// All deliveries, or the one that the address names.
pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = match asked(&staff.visit.query) {
        Some(batch) => one(&staff, &batch).await,
        None => all(&staff).await,
    };
    answer(&staff, result)
}

fn asked(query: &str) -> Option<String> {
    let mut words = url::form_urlencoded::parse(query.as_bytes());
    words.find(|(name, _)| name == "batch").map(|(_, batch)| batch.into_owned())
}

async fn all(staff: &Staff) -> Result<Response, ConsoleError> {
    let (scope, sealer) = (staff.scope(), staff.state.app.sealer());
    let mut tx = staff.read().await?;
    let latest = store::deliveries::latest(&mut tx, &scope, MOST).await?;
    let untaken = store::quarantine::list(&mut tx, sealer, &scope, found::MOST).await?;
    let untaken_count = store::quarantine::count(&mut tx, &scope).await?;
    let waiting = store::cards::waiting_in_all(&mut tx, &scope).await?;
    tx.close().await?;
    let mut blocks = Vec::new();
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    let open = latest.iter().filter(|delivery| waits(staff, delivery));
    blocks.extend(open.flat_map(|delivery| held::blocks(staff, delivery)));
    blocks.push(reviews(staff, &waiting));
    let rows = latest.iter().map(|delivery| row(staff, delivery)).collect();
    let head = [
        staff.pick("Ontvangen", "Received"),
        staff.pick("Soort", "Kind"),
        staff.pick("Nummer", "Number"),
        staff.pick("Status", "State"),
        staff.pick("Aantallen", "Counts"),
    ];
    blocks.push(overview::table(staff.pick("Leveringen", "Deliveries"), &head, rows));
    blocks.extend(found::untaken(staff, &untaken, untaken_count));
    Ok(staff.page("/imports", staff.pick("Leveringen", "Deliveries"), blocks))
}

async fn one(staff: &Staff, batch: &str) -> Result<Response, ConsoleError> {
    let (scope, sealer) = (staff.scope(), staff.state.app.sealer());
    let mut tx = staff.read().await?;
    let delivery = store::deliveries::find(&mut tx, &scope, batch).await?.ok_or(ConsoleError::Missing)?;
    let findings = store::deliveries::find_findings(&mut tx, sealer, &scope, batch).await?;
    tx.close().await?;
    let title = format!("{} {}", staff.pick("Levering van", "Delivery of"), words::moment(delivery.new.received_at));
    let counts = Counts::read(&delivery.counts);
    let facts = [
        (staff.pick("Soort", "Kind"), kind(staff, &delivery)),
        (staff.pick("Nummer", "Number"), delivery.new.seq.to_string()),
        (staff.pick("Status", "State"), state(staff, &delivery).to_owned()),
        (staff.pick("Aantallen", "Counts"), counts.lines(staff.lang()).join(", ")),
    ];
    let back = Link { href: "/imports".to_owned(), text: staff.pick("Alle leveringen", "All deliveries").to_owned() };
    let mut blocks = vec![
        Block::Links(vec![back]),
        Block::Facts(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
    ];
    if waits(staff, &delivery) {
        blocks.extend(held::blocks(staff, &delivery));
    }
    blocks.extend(found::findings(staff, findings.as_deref().unwrap_or_default()));
    blocks.push(taken(staff, &counts));
    Ok(staff.page("/imports", &title, blocks))
}

/// Can a person still do something about it?
fn waits(staff: &Staff, delivery: &Delivery) -> bool {
    delivery.waits_after(staff.practice.last_seq())
}

fn reviews(staff: &Staff, waiting: &Waiting) -> Block {
    let facts = [
        (staff.pick("Uitslagen om te beoordelen", "Results to review"), waiting.results),
        (staff.pick("Documenten om te beoordelen", "Documents to review"), waiting.documents),
        (staff.pick("Episodes om te bevestigen", "Episodes to confirm"), waiting.unconfirmed),
    ];
    Block::Facts(facts.into_iter().map(|(name, count)| (name.to_owned(), count.to_string())).collect())
}

fn row(staff: &Staff, delivery: &Delivery) -> Vec<Cell> {
    let href = format!("/imports?batch={}", delivery.new.batch);
    vec![
        Cell::Link(Link { href, text: words::moment(delivery.new.received_at) }),
        Cell::Text(kind(staff, delivery)),
        Cell::Text(delivery.new.seq.to_string()),
        Cell::Text(state(staff, delivery).to_owned()),
        Cell::Lines(Counts::read(&delivery.counts).lines(staff.lang())),
    ]
}

fn kind(staff: &Staff, delivery: &Delivery) -> String {
    let words = match delivery.new.kind.as_str() {
        "full" => staff.pick("hele praktijk", "whole practice"),
        "patient" => staff.pick("hele patiënten", "whole patients"),
        "delta" => staff.pick("wijzigingen", "changes"),
        other => other,
    };
    words.to_owned()
}

fn state(staff: &Staff, delivery: &Delivery) -> &'static str {
    let lang = staff.lang();
    match delivery.state {
        DeliveryState::Running => lang.pick("bezig", "running"),
        DeliveryState::Held if !waits(staff, delivery) => {
            lang.pick("aangehouden, ingehaald door een latere", "held, overtaken by a later one")
        }
        DeliveryState::Held if delivery.let_through.is_some() => {
            lang.pick("doorgelaten, wacht op het HIS", "let through, waits for the HIS")
        }
        DeliveryState::Held => lang.pick("aangehouden", "held"),
        DeliveryState::Accepted => lang.pick("verwerkt", "taken"),
        DeliveryState::Rejected => lang.pick("geweigerd", "refused"),
    }
}

/// What was in order, by type of record.
fn taken(staff: &Staff, counts: &Counts) -> Block {
    let row = |(t, count): (&String, &u64)| {
        vec![Cell::Text(found::type_words(staff.lang(), t)), Cell::Text(count.to_string())]
    };
    let head = [staff.pick("Soort gegeven", "Type of record"), staff.pick("Aantal", "Count")];
    let caption = staff.pick("Gegevens die in orde waren", "Records that were in order");
    Block::More(caption.to_owned(), vec![overview::table(caption, &head, counts.taken.iter().map(row).collect())])
}
