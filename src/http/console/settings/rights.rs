//! What each employee may do: proposed by one, given by another (four eyes, release-rules §6.3).

use axum::response::Response;

use crate::audit::{Action, Detail};
use crate::domain::dossier::SourceId;
use crate::domain::rights::{Right, Rights};
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::{Fields, Staff};
use crate::http::console::{Button, answer, guard, login, words};
use crate::http::pages::blocks::{Block, Check};
use crate::store::staff::Given;
use crate::store::{self};

pub(in crate::http::console) async fn show(staff: Staff) -> Response {
    let result = page(&staff).await;
    answer(&staff, result)
}

async fn page(staff: &Staff) -> Result<Response, ConsoleError> {
    let (app, scope, lang) = (&staff.state.app, staff.scope(), staff.lang());
    let mut tx = staff.read().await?;
    let employees = app.employees(&mut tx, &scope).await?;
    let (given, proposed) = store::staff::rights(&mut tx, &scope).await?;
    let owners = app.owners(&mut tx, &scope).await?;
    tx.close().await?;
    let text = staff.pick(
        "Een wijziging gaat in zodra een tweede medewerker met dit recht haar goedkeurt.",
        "A change holds as soon as a second employee with this right approves it.",
    );
    let nurses = staff.pick(
        "Een POH, PA of VS die alleen de rechten van de functie heeft, publiceert uitslagen van eigen episodes. Geeft u het recht hier, dan geldt het voor alle uitslagen.",
        "A practice nurse, physician assistant or nurse specialist with nothing but the rights of the role publishes results of own episodes. Given here, the right holds for all results.",
    );
    let mut blocks = vec![Block::Text(text.to_owned()), Block::Text(nurses.to_owned())];
    if staff.visit.query.contains("done=1") {
        blocks.push(Block::Notice(staff.pick("Opgeslagen.", "Saved.").to_owned()));
    }
    for (id, employee) in employees.iter().filter(|(_, employee)| employee.active) {
        let own = match given.get(id) {
            Some(given) => given.rights.clone(),
            None if owners.contains(id) => Rights::of_owner(),
            None => Rights::of_role(employee.role),
        };
        let owner = if owners.contains(id) { staff.pick(", praktijkhouder", ", owner") } else { "" };
        let name = format!("{} ({}{owner})", employee.name, words::role(lang, employee.role));
        let mut parts = vec![Block::Hidden("employee", id.to_string())];
        if let Some(proposal) = proposed.get(id) {
            parts.push(Block::Notice(told(staff, proposal)));
            parts.push(Block::Hidden("seen", as_seen(proposal)));
        }
        let checks = Right::ALL.map(|right| {
            let label = words::right(lang, right).to_owned();
            Block::Check(Check {
                name: "right",
                value: right.as_str().to_owned(),
                label,
                checked: own.has(right),
                scope: 0,
            })
        });
        parts.push(Block::Group(staff.pick("Mag", "May").to_owned(), checks.into()));
        let mut buttons = vec![Button::action("propose", staff.pick("Voorstellen", "Propose"))];
        if proposed.contains_key(id) {
            buttons.push(Button::action("approve", staff.pick("Goedkeuren", "Approve")));
            buttons.push(Button::action("drop", staff.pick("Voorstel verwijderen", "Drop the proposal")));
        }
        blocks.push(Block::More(name, vec![staff.form("/rights", parts, buttons)]));
    }
    Ok(staff.page("/rights", staff.pick("Rechten van medewerkers", "Rights of employees"), blocks))
}

/// What a page showed of a proposal: who approves it approves this one.
fn as_seen(proposal: &Given) -> String {
    format!("{} {} {}", proposal.at.millis(), proposal.by, proposal.rights.to_text())
}

fn told(staff: &Staff, proposal: &Given) -> String {
    let names: Vec<&str> = proposal.rights.iter().map(|right| words::right(staff.lang(), right)).collect();
    let (by, on) = (staff.pick("Voorstel van", "Proposal of"), words::moment(proposal.at));
    format!("{by} {}, {on}: {}", proposal.by, names.join(", "))
}

pub(in crate::http::console) async fn change(staff: Staff, fields: Fields) -> Response {
    let result = settle(&staff, &fields).await;
    answer(&staff, result)
}

async fn settle(staff: &Staff, fields: &Fields) -> Result<Response, ConsoleError> {
    let employee: SourceId = fields.get("employee").and_then(|id| id.parse().ok()).ok_or(ConsoleError::Missing)?;
    let scope = staff.scope();
    let mut tx = staff.write().await?;
    if !staff.state.app.employees(&mut tx, &scope).await?.contains_key(&employee) {
        return Err(ConsoleError::Missing);
    }
    let mut detail = Detail::default();
    detail.facts.insert("employee".to_owned(), employee.to_string());
    let kind = match fields.get("action") {
        Some("propose") => {
            let rights: Option<Rights> = fields.all("right").map(Right::find).collect();
            let rights = rights.ok_or(ConsoleError::Missing)?;
            detail.facts.insert("rights".to_owned(), rights.to_text());
            let given = Given { rights, at: staff.at().at, by: staff.id.to_string() };
            store::staff::propose(&mut tx, &scope, &employee, &given).await?;
            "rights_proposed"
        }
        Some("approve") => {
            let proposal =
                store::staff::take_proposal(&mut tx, &scope, &employee).await?.ok_or(ConsoleError::Missing)?;
            if proposal.by == staff.id.as_str() || employee == staff.id {
                // The transaction ends first: the refusal is recorded in one of its own.
                drop(tx);
                guard::deny(staff, "/rights", "four_eyes", None).await;
                let text = staff.pick(
                    "Een ander dan wie het voorstelde, en dan om wie het gaat, keurt het goed.",
                    "Somebody other than who proposed it, and than who it is about, approves it.",
                );
                return Err(ConsoleError::Refused(text.to_owned()));
            }
            if fields.get("seen") != Some(as_seen(&proposal).as_str()) {
                let text = staff.pick(
                    "Het voorstel is intussen gewijzigd. Bekijk het opnieuw.",
                    "The proposal has changed meanwhile. Look at it again.",
                );
                return Err(ConsoleError::Refused(text.to_owned()));
            }
            detail.facts.insert("rights".to_owned(), proposal.rights.to_text());
            store::staff::give(&mut tx, &scope, &employee, &proposal, staff.id.as_str()).await?;
            "rights_given"
        }
        Some("drop") => {
            store::staff::take_proposal(&mut tx, &scope, &employee).await?;
            "rights_dropped"
        }
        _ => return Err(ConsoleError::Missing),
    };
    staff.record(&mut tx, kind, Action::Update, None, detail).await?;
    tx.commit().await?;
    Ok(login::to("/rights?done=1"))
}
