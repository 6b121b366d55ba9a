//! Deliveries of the HIS, with what was found in them.

use axum::response::Response;

use crate::http::console::error::ConsoleError;
use crate::http::console::staff::Staff;
use crate::http::console::{answer, overview, words};
use crate::http::pages::blocks::{Block, Cell};
use crate::store::cards::Waiting;
use crate::store::deliveries::{Delivery, DeliveryState};
use crate::store::{self};

/// The deliveries shown, the newest ones.
const MOST: u32 = 30;
/// The findings shown of one delivery.
const FINDINGS: usize = 200;

pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = page(&staff).await;
    answer(&staff, result)
}

async fn page(staff: &Staff) -> Result<Response, ConsoleError> {
    let scope = staff.scope();
    let mut tx = staff.read().await?;
    let latest = store::deliveries::latest(&mut tx, &scope, MOST).await?;
    let sealer = staff.state.app.sealer();
    let findings = match latest.first() {
        Some(newest) => store::deliveries::find_findings(&mut tx, sealer, &scope, &newest.new.batch).await?,
        None => None,
    };
    let waiting = store::cards::waiting_in_all(&mut tx, &scope).await?;
    tx.close().await?;
    let mut blocks = Vec::new();
    if latest.iter().any(|delivery| delivery.state == DeliveryState::Held) {
        let text = staff.pick(
            "Een levering is aangehouden omdat er veel gegevens zouden verdwijnen. De technisch beheerder laat haar door met: dvza import --accept-shrink.",
            "A delivery is held because much would disappear. The operator lets it through with: dvza import --accept-shrink.",
        );
        blocks.push(Block::Notice(text.to_owned()));
    }
    blocks.push(counts(staff, waiting));
    let rows = latest.iter().map(|delivery| row(staff, delivery)).collect();
    let head = [
        staff.pick("Ontvangen", "Received"),
        staff.pick("Soort", "Kind"),
        staff.pick("Nummer", "Number"),
        staff.pick("Status", "State"),
        staff.pick("Aantallen", "Counts"),
    ];
    blocks.push(overview::table(staff.pick("Leveringen", "Deliveries"), &head, rows));
    blocks.push(found(staff, findings.as_deref()));
    Ok(staff.page("/imports", staff.pick("Leveringen", "Deliveries"), blocks))
}

fn counts(staff: &Staff, waiting: Waiting) -> Block {
    let facts = [
        (staff.pick("Uitslagen om te beoordelen", "Results to review"), waiting.results),
        (staff.pick("Documenten om te beoordelen", "Documents to review"), waiting.documents),
        (staff.pick("Episodes om te bevestigen", "Episodes to confirm"), waiting.unconfirmed),
    ];
    Block::Facts(facts.into_iter().map(|(name, count)| (name.to_owned(), count.to_string())).collect())
}

fn row(staff: &Staff, delivery: &Delivery) -> Vec<Cell> {
    let state = match delivery.state {
        DeliveryState::Running => staff.pick("bezig", "running"),
        DeliveryState::Held => staff.pick("aangehouden", "held"),
        DeliveryState::Accepted => staff.pick("verwerkt", "taken"),
        DeliveryState::Rejected => staff.pick("geweigerd", "refused"),
    };
    vec![
        Cell::Text(words::moment(delivery.new.received_at)),
        Cell::Text(delivery.new.kind.clone()),
        Cell::Text(delivery.new.seq.to_string()),
        Cell::Text(state.to_owned()),
        Cell::Lines(numbers(&delivery.counts)),
    ]
}

/// The counts of a delivery, one on a line.
fn numbers(json: &str) -> Vec<String> {
    let Ok(serde_json::Value::Object(counts)) = serde_json::from_str(json) else { return Vec::new() };
    let lines = counts.into_iter().filter(|(_, value)| value.as_u64().is_some_and(|count| count > 0));
    lines.map(|(name, value)| format!("{value} {name}")).collect()
}

/// The findings of the newest delivery: code, record and place, as the report of the import has them.
fn found(staff: &Staff, findings: Option<&[u8]>) -> Block {
    let text = String::from_utf8_lossy(findings.unwrap_or_default()).into_owned();
    let rows: Vec<Vec<Cell>> = text
        .lines()
        .take(FINDINGS)
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|finding| {
            let word = |name: &str| match &finding[name] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => String::new(),
                other => other.to_string(),
            };
            vec![
                Cell::Text(word("code")),
                Cell::Text(word("record")),
                Cell::Text(word("path")),
                Cell::Text(word("line")),
            ]
        })
        .collect();
    let head = [
        staff.pick("Code", "Code"),
        staff.pick("Record", "Record"),
        staff.pick("Plaats", "Place"),
        staff.pick("Regel", "Line"),
    ];
    let caption = staff.pick("Bevindingen van de nieuwste levering", "Findings of the newest delivery");
    Block::More(caption.to_owned(), vec![overview::table(caption, &head, rows)])
}
