//! CCITT faxes in TIFF: Group 4, and Group 3 in one dimension.
//!
//! Here and not in the `tiff` crate, which knows neither Group 3 nor the reversed bits that fax machines write.

use fax::decoder::{Group3Decoder, decode_g4};

/// How the strips are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Group3,
    Group4,
}

/// Adds the grey samples (0 or 255) of a strip of `rows` lines; `None` if the strip is damaged.
///
/// `ink` is the sample of a run of black. A strip that ends early is damaged, except for white lines that Group 4
/// leaves out.
pub(super) fn decode_strip(coding: Coding, strip: &[u8], size: (u16, u16), ink: u8, out: &mut Vec<u8>) -> Option<()> {
    let (width, rows) = size;
    let start = out.len();
    let end = start + usize::from(width) * usize::from(rows);
    match coding {
        Coding::Group4 => {
            decode_g4(strip.iter().copied(), width, Some(rows), |runs| add_line(runs, width, ink, out))?;
        }
        Coding::Group3 => {
            let mut decoder = Group3Decoder::new(strip.iter().map(|byte| Ok::<u8, ()>(*byte))).ok()?;
            while out.len() < end {
                // The last line has no mark of its end and is an error, but whole.
                let is_marked = decoder.advance().is_ok();
                if decoder.transitions().last() != Some(&width) {
                    return None;
                }
                add_line(decoder.transitions(), width, ink, out);
                if !is_marked && out.len() < end {
                    return None;
                }
            }
        }
    }
    (out.len() == end).then_some(())
}

/// `runs` are the places where the colour changes; a line begins white.
fn add_line(runs: &[u16], width: u16, ink: u8, out: &mut Vec<u8>) {
    let (mut at, mut sample) = (0, !ink);
    for run in runs.iter().copied().chain([width]) {
        let to = run.clamp(at, width);
        out.resize(out.len() + usize::from(to - at), sample);
        (at, sample) = (to, !sample);
    }
}
