//! A delivery that waits because much would go (E-LIM-001): an employee looks, and lets exactly that content through.
//!
//! Nothing of a held delivery is kept, so it is taken when it comes again; what is written down is the word of the employee.

use axum::response::Response;

use super::counts::Counts;
use super::waits;
use crate::audit::{Action, Detail, Objects};
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff};
use crate::http::console::{Button, answer, login, words};
use crate::http::pages::blocks::{Block, Check};
use crate::seal::hex;
use crate::store::deliveries::{Delivery, LetThrough};
use crate::store::{self};

/// The tick that says that somebody looked.
const CHECKED: &str = "checked";

/// What would go, with the form to let it through, or the word that somebody did.
pub(super) fn blocks(staff: &Staff, delivery: &Delivery) -> Vec<Block> {
    let name = staff.pick("Aangehouden levering van", "Held delivery of");
    let why = staff.pick(
        "Met deze levering zouden veel gegevens verdwijnen. Er is nog niets veranderd. Controleer in het HIS of dit klopt. Klopt het niet, laat het HIS dan een nieuwe levering sturen.",
        "With this delivery much would disappear. Nothing was changed yet. Check in the HIS whether this is right. If it is not, let the HIS send a new delivery.",
    );
    let what = match &delivery.let_through {
        Some(let_through) => done(staff, let_through),
        None => form(staff, delivery),
    };
    let heading = format!("{name} {}", words::moment(delivery.new.received_at));
    let sizes = sizes(staff, &Counts::read(&delivery.counts)).map(Block::Facts);
    [Block::Heading(heading), Block::Notice(why.to_owned())].into_iter().chain(sizes).chain([what]).collect()
}

/// What there is and what would be left, when the import wrote it down.
fn sizes(staff: &Staff, counts: &Counts) -> Option<Vec<(String, String)>> {
    let (before, now) = (counts.before?, counts.now?);
    let facts = [
        (staff.pick("Patiënten nu", "Patients now"), before.patients),
        (staff.pick("Patiënten na deze levering", "Patients after this delivery"), now.patients),
        (staff.pick("Gegevens nu", "Records now"), before.records),
        (staff.pick("Gegevens na deze levering", "Records after this delivery"), now.records),
    ];
    Some(facts.into_iter().map(|(name, count)| (name.to_owned(), count.to_string())).collect())
}

fn done(staff: &Staff, let_through: &LetThrough) -> Block {
    let since = staff.pick("Doorgelaten op", "Let through on");
    let next = staff.pick(
        "De levering wordt verwerkt zodra het HIS haar opnieuw stuurt, of de beheerder haar opnieuw inleest.",
        "The delivery is taken as soon as the HIS sends it again, or the operator hands it in again.",
    );
    Block::Text(format!("{since} {}. {next}", words::moment(let_through.at)))
}

fn form(staff: &Staff, delivery: &Delivery) -> Block {
    let next = staff.pick(
        "Laat u haar door, dan wordt de levering verwerkt zodra het HIS haar opnieuw stuurt, of de beheerder haar opnieuw inleest. Dat geldt alleen voor precies deze inhoud.",
        "When you let it through, the delivery is taken as soon as the HIS sends it again, or the operator hands it in again. This holds for exactly this content only.",
    );
    let label = staff.pick("Ik heb gecontroleerd dat dit klopt", "I have checked that this is right");
    let check = Check { name: CHECKED, value: "true".into(), label: label.into(), checked: false, scope: 0 };
    let parts = vec![
        Block::Hidden("batch", delivery.new.batch.clone()),
        Block::Hidden("seen", hex(&delivery.new.content_hash)),
        Block::Text(next.to_owned()),
        Block::Check(check),
    ];
    staff.form("/imports", parts, vec![Button::action("let_through", staff.pick("Doorlaten", "Let through"))])
}

/// Lets a delivery through.
pub(in crate::http::console) async fn decide(staff: Staff, fields: Fields) -> Response {
    let result = decided(&staff, &fields).await;
    answer(&staff, result)
}

async fn decided(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let refuse = |nl: &str, en: &str| ConsoleError::Refused(staff.pick(nl, en).to_owned());
    let asked = fields.get("batch").filter(|_| fields.get("action") == Some("let_through"));
    let batch = asked.ok_or(ConsoleError::Missing)?;
    let scope = staff.scope();
    let mut tx = staff.write().await?;
    let held = store::deliveries::find(&mut tx, &scope, batch).await?;
    let held = held.filter(|delivery| waits(staff, delivery)).ok_or(ConsoleError::Missing)?;
    let hash = held.new.content_hash;
    // Nobody lets through what they did not see.
    if fields.get("seen") != Some(hex(&hash).as_str()) {
        return Err(refuse(
            "Deze levering is intussen gewijzigd. Bekijk haar opnieuw.",
            "This delivery has changed meanwhile. Look at it again.",
        ));
    }
    if fields.get(CHECKED).is_none() {
        return Err(refuse(
            "Zet een vinkje als u hebt gecontroleerd dat dit klopt.",
            "Tick the box when you have checked that this is right.",
        ));
    }
    let word = LetThrough { at: staff.at().at, by: staff.id.to_string() };
    if !store::deliveries::let_through(&mut tx, &scope, (batch, &hash), &word).await? {
        return Err(refuse("Deze levering is al doorgelaten.", "This delivery was let through already."));
    }
    let objects = vec![Objects { kind: "delivery".to_owned(), ids: vec![batch.to_owned()] }];
    let detail = Detail { objects, ..Detail::default() };
    staff.record(&mut tx, "delivery_let_through", Action::Update, None, detail).await?;
    tx.commit().await?;
    Ok(login::to("/imports?done=1"))
}
