//! Instructions for use as R4 has them: the dose in a list, in UCUM with the unit of the G-Standaard beside it.

use super::coded::pieces;
use super::context::Context;
use super::types::Members;
use crate::domain::dossier::Usage;
use crate::mapping::parts::dosing::{self, Dose, Form};

const FORM: Form = Form { says_inexact: true, amount: pieces, dose: in_a_list };

/// The instructions of a prescription.
pub(super) fn instructions(ctx: &Context<'_>, usage: &Usage) -> Vec<Members> {
    dosing::instructions(ctx, &FORM, usage)
}

fn in_a_list(members: Members, dose: Dose<'_>) -> Members {
    members.with("doseAndRate", [dose.add_to(Members::new())])
}
