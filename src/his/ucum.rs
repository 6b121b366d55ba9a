//! Is a unit written in UCUM, the Unified Code for Units of Measure (case sensitive form)?
//!
//! The whole grammar, with the atoms that primary care and its laboratories measure in. Conservative on purpose: a rare unit that is not
//! in the table is shown as text with a warning (`W-CODE-005`), which is never wrong; the reverse would be.

/// Longest unit we look at; also bounds the nesting of brackets.
const MAX_LENGTH: usize = 64;

/// Atoms that take a prefix. Left out are atoms that a GP practice writes for something else: `H` (pH is not
/// picohenry), `C` and `F` (degrees), `u` (uur), `t`, `T`.
#[rustfmt::skip]
const METRIC: &[&str] = &[
    "m", "g", "s", "L", "l", "K", "A", "cd", "rad", "mol", "Hz", "N", "Pa", "J", "W", "V", "Bq", "Gy", "Sv", "Cel", "bar",
    "cal", "Ci", "kat", "U", "[iU]", "[IU]", "eq", "osm", "B", "m[Hg]", "m[H2O]", "g%",
];

/// Atoms that do not.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "min", "h", "d", "wk", "mo", "a", "deg", "%", "[ppth]", "[ppm]", "[ppb]", "10*", "10^", "[pi]", "[pH]", "[degF]",
    "[in_i]", "[ft_i]", "[lb_av]", "[oz_av]", "[drp]", "[diop]", "[p'diop]", "[Cal]", "[arb'U]", "[USP'U]", "[anti'Xa'U]",
    "[HPF]", "[LPF]", "[CFU]", "[PFU]", "[FFU]", "[CCID_50]", "[TCID_50]", "[EID_50]", "[BAU]", "[AU]", "[Lf]",
    "[Amb'a'1'U]", "[D'ag'U]", "[GPL'U]", "[MPL'U]", "[APL'U]", "[beth'U]", "[todd'U]", "[dye'U]", "[smgy'U]", "[bdsk'U]",
    "[ka'U]", "[knk'U]", "[mclg'U]", "[tb'U]", "[hnsf'U]", "[MET]", "[PNU]", "[Ch]",
];

/// Prefixes, the two-letter ones first.
const PREFIXES: &[&str] = &[
    "da", "Ki", "Mi", "Gi", "Ti", "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "d", "c", "m", "u", "n", "p", "f", "a",
    "z", "y",
];

/// Does the text follow the grammar, with atoms we know?
pub(super) fn is_ucum(unit: &str) -> bool {
    if unit.is_empty() || unit.len() > MAX_LENGTH || !unit.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let term = unit.strip_prefix('/').unwrap_or(unit);
    read_term(term) == Some("")
}

/// `component (('.' | '/') component)*`; gives what is left.
fn read_term(text: &str) -> Option<&str> {
    let mut rest = read_component(text)?;
    while let Some(more) = rest.strip_prefix(['.', '/']) {
        rest = read_component(more)?;
    }
    Some(rest)
}

/// A bracketed term, a number, an annotation, or an atom with exponent and annotation.
fn read_component(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix('(') {
        return read_term(inner)?.strip_prefix(')');
    }
    if text.starts_with('{') {
        return read_annotation(text);
    }
    let number = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (symbol, rest) = text.split_at_checked(symbol_length(text))?;
    if number > 0 && number == symbol.len() {
        return read_annotation(rest);
    }
    if !is_known(symbol) {
        return None;
    }
    read_annotation(read_exponent(rest))
}

/// Bytes of the number or symbol at the start: up to an operator, a bracket or an exponent.
fn symbol_length(text: &str) -> usize {
    if text.starts_with("10*") || text.starts_with("10^") {
        return 3;
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return text.bytes().take_while(u8::is_ascii_digit).count();
    }
    let mut in_square = false;
    let ends = |byte: u8| {
        match byte {
            b'[' => in_square = true,
            b']' => in_square = false,
            _ => {}
        }
        !in_square && matches!(byte, b'.' | b'/' | b'(' | b')' | b'{' | b'+' | b'-' | b'0'..=b'9')
    };
    text.bytes().position(ends).unwrap_or(text.len())
}

fn read_exponent(text: &str) -> &str {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let rest = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    // A sign without digits is no exponent: left for the caller, who refuses it.
    if rest.len() < unsigned.len() { rest } else { text }
}

/// `{…}` at the start, if any.
fn read_annotation(text: &str) -> Option<&str> {
    match text.strip_prefix('{') {
        Some(inner) => inner.split_once('}').filter(|(words, _)| !words.contains('{')).map(|(_, rest)| rest),
        None => Some(text),
    }
}

fn is_known(symbol: &str) -> bool {
    let prefixed = |prefix: &str| symbol.strip_prefix(prefix).is_some_and(|atom| METRIC.contains(&atom));
    METRIC.contains(&symbol) || PLAIN.contains(&symbol) || PREFIXES.iter().any(|prefix| prefixed(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_of_dutch_laboratories_in_ucum_are_known() {
        let good = [
            "mmol/L",
            "mmol/l",
            "umol/L",
            "nmol/L",
            "pmol/L",
            "mmol/mol",
            "g/L",
            "mg/L",
            "ug/L",
            "ng/mL",
            "mm[Hg]",
            "Cel",
            "/min",
            "kg",
            "cm",
            "kg/m2",
            "%",
            "10*9/L",
            "10*12/L",
            "10*6/mL",
            "10^9/L",
            "U/L",
            "k[IU]/L",
            "m[IU]/L",
            "[IU]/mL",
            "mL/min",
            "mL/min/{1.73_m2}",
            "mL/min/1.73.m2",
            "fL",
            "fmol",
            "mm/h",
            "mm",
            "s",
            "1",
            "{titer}",
            "{mmol/24h}",
            "mmol/(24.h)",
            "g/(24.h)",
            "mg/mmol",
            "[pH]",
            "kPa",
            "L/min",
            "mosm/kg",
            "/uL",
            "/[HPF]",
            "{score}",
            "10*3{cells}/uL",
            "m[H2O]",
            "dB",
            "[degF]",
            "ug{FEU}/L",
            "a",
            "wk",
            "s-1",
            "kat/L",
            "meq/L",
        ];
        for unit in good {
            assert!(is_ucum(unit), "{unit}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        let bad = [
            "",
            "mmHg",
            "°C",
            "kg/m²",
            "E/L",
            "x10^9/L",
            "10^9/ L",
            "mmol / L",
            "bpm",
            "sec",
            "uur",
            "IU/mL",
            "mcg",
            "gr",
            "mmol/L creat",
            "/",
            "mmol/",
            "mmol//L",
            "(mmol",
            "mmol)",
            "{open",
            "s-",
            "s+",
            "g{a{b}}",
            "..",
            "pH",
            "µg/L",
            "10*9/l/",
            "[IU",
            "[onbekend]",
            "mmin",
            "k%",
        ];
        for unit in bad {
            assert!(!is_ucum(unit), "{unit}");
        }
        assert!(!is_ucum(&"(".repeat(MAX_LENGTH)));
        assert!(!is_ucum(&"m.".repeat(1 << 16)));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,80}", units in r"[a-zL0-9.*/(){}\[\]+-]{0,64}") {
            is_ucum(&text);
            is_ucum(&units);
        }
    }
}
