//! Invented practices in the formats `dvza-his-1` and `dvza-his-2`: one to look at, and as many to measure with as one likes.
//!
//! [`practice::demo_practice`] is a small practice in which every outcome of the release rules occurs, dated
//! around a given instant; the demo and the integration tests import it. [`synth::synth`] writes a practice of
//! any size with the mix of his-source-data §6.2, the same bytes for the same seed and instant.
//! Both go through [`writer::BatchWriter`], so both are importable without a finding (§4.2, §4.3).
//!
//! What the default rules withhold carries [`WITHHELD_MARKER`] in its text, and nothing that is released does:
//! whoever finds the word in what a PGO received has found a leak. Nobody in here exists; the letters are made
//! by [`pdf`]. Reading the format is `his`, deciding is `domain::release`.

mod calendar;
#[cfg(test)]
mod checker;
mod numbers;
pub mod pdf;
pub mod practice;
mod scribe;
pub mod synth;
pub mod writer;

/// The word that marks what the default rules withhold: every record, journal line and remark with a text.
///
/// It is followed by `-` and a number that occurs once in the delivery, so that a find names its record.
pub const WITHHELD_MARKER: &str = "VERBORGEN";
