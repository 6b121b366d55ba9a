//! Figures of the practice (release-rules §6.5).

use axum::response::Response;

use crate::http::console::answer;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::Staff;
use crate::http::pages::blocks::Block;
use crate::store::{self};

pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = page(&staff).await;
    answer(&staff, result)
}

async fn page(staff: &Staff) -> Result<Response, ConsoleError> {
    let mut tx = staff.read().await?;
    let patients = store::patients::count(&mut tx, &staff.scope()).await?;
    let figures = store::patients::figures(&mut tx, &staff.scope()).await?;
    tx.close().await?;
    let share = (figures.retrieved * 100).checked_div(patients).unwrap_or_default();
    let facts = [
        (staff.pick("Patiënten", "Patients"), patients.to_string()),
        (staff.pick("Dossiers hier opengesteld", "Dossiers opened here"), figures.open.to_string()),
        (staff.pick("Geldige toestemmingen", "Standing consents"), figures.consents.to_string()),
        (staff.pick("Patiënten die ophaalden", "Patients who collected"), format!("{} ({share} %)", figures.retrieved)),
    ];
    let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(staff.page("/reports", staff.pick("Rapporten", "Reports"), vec![Block::Facts(facts)]))
}
