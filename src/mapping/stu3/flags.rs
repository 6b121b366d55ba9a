//! Attention lines as Flag (his-to-fhir-mapping §9, §13). Contra-indications are no part of GP data; zib 2017 has no profile
//! of them but an alert about a problem coded by the G-Standaard: they are not rendered.

use super::codes::{extension, profile};
use super::episodes::alert;
use super::types::other;
use crate::domain::dossier::Alert;
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, period};
use crate::mapping::parts::context::{Context, Draft, Origin, Output, own_identifier};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::titles::is_alert_name;
use crate::mapping::parts::types::Extension;

/// The Flag of an attention line; a name outside the zib's list is "other" with its words.
pub(super) fn render_alert(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, alert_line: &Alert) {
    let id = ctx.id_of(ResourceType::Flag, origin.record_type(), origin.key());
    let line = ctx.words.clean(&alert_line.text);
    // With a name of its own the line is the remark that goes with it.
    let (code, remark) = match &alert_line.name {
        Some(name) if is_alert_name(name) => (concept(&ctx.words, name), line),
        Some(name) => (other(ctx.words.clean(&name.display).unwrap_or("Onbekend".into())), line),
        None => (other(line.unwrap_or("Attentieregel".into())), None),
    };
    let content = Members::new()
        .all("extension", remark.map(|remark| Extension::string(extension::COMMENT, remark)))
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("category", alert())
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("period", period(Some(alert_line.start.to_string()), alert_line.end.map(|end| end.to_string())))
        .some("author", ctx.role_of(out, origin, "/author", alert_line.author.as_ref()));
    out.resource(origin, Draft::new(ResourceType::Flag, id, profile::ALERT, &content));
}
