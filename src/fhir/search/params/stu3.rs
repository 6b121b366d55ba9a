//! The search parameters of STU3 and of Nictiz for STU3.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
