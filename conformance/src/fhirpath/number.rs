//! Decimals with their exact value: 5.90 equals 5.9, and 0.1 + 0.2 is 0.3.

use std::cmp::Ordering;
use std::fmt;

/// Digits of a number that are kept.
const DIGITS: u32 = 28;

/// `mantissa` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

impl Decimal {
    /// Reads digits as JSON writes them; `None` when it is no number or has more digits than are kept.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let is_number = !unsigned.is_empty() && [unsigned, part].iter().all(|d| d.bytes().all(|c| c.is_ascii_digit()));
        if !is_number || unsigned.len() + part.len() > DIGITS as usize {
            return None;
        }
        let mantissa: i128 = format!("{whole}{part}").parse().ok()?;
        let scale = i32::try_from(part.len()).ok()?.checked_sub(exponent)?;
        if mantissa == 0 {
            return Some(Self { mantissa, scale: u32::try_from(scale.clamp(0, 28)).ok()? });
        }
        match u32::try_from(scale) {
            Ok(scale) if scale <= DIGITS => Some(Self { mantissa, scale }),
            Ok(_) => None,
            Err(_) => {
                let factor = 10_i128.checked_pow(scale.unsigned_abs()).filter(|_| scale.unsigned_abs() <= DIGITS)?;
                Some(Self { mantissa: mantissa.checked_mul(factor)?, scale: 0 })
            }
        }
    }

    /// A whole number.
    pub fn from_integer(value: i64) -> Self {
        Self { mantissa: value.into(), scale: 0 }
    }

    fn from_parts(mantissa: i128, scale: u32) -> Self {
        let mut number = Self { mantissa, scale };
        while number.scale > 0 && number.mantissa % 10 == 0 {
            number.mantissa /= 10;
            number.scale -= 1;
        }
        number
    }

    /// Both with the same scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let at = |number: Self| number.mantissa.checked_mul(10_i128.checked_pow(scale - number.scale)?);
        Some((at(self)?, at(other)?, scale))
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self::from_parts(a.checked_add(b)?, scale))
    }

    /// The number with the other sign.
    pub fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, scale: self.scale }
    }

    /// The product.
    pub fn multiply(self, other: Self) -> Option<Self> {
        Some(Self::from_parts(self.mantissa.checked_mul(other.mantissa)?, self.scale + other.scale))
    }

    /// The quotient, to eight digits behind the point; `None` for a division by zero.
    pub fn divide(self, other: Self) -> Option<Self> {
        let (a, b, _) = self.aligned(other)?;
        Some(Self::from_parts(a.checked_mul(100_000_000)?.checked_div(b)?, 8))
    }

    /// The whole part of the quotient.
    pub fn divide_whole(self, other: Self) -> Option<i64> {
        let (a, b, _) = self.aligned(other)?;
        i64::try_from(a.checked_div(b)?).ok()
    }

    /// What a whole division leaves.
    pub fn remainder(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self::from_parts(a.checked_rem(b)?, scale))
    }

    /// The whole number that it is, if it is one.
    pub fn whole(self) -> Option<i64> {
        let number = Self::from_parts(self.mantissa, self.scale);
        (number.scale == 0).then(|| i64::try_from(number.mantissa).ok()).flatten()
    }

    /// The largest whole number that is not larger.
    pub fn floor(self) -> Option<i64> {
        i64::try_from(self.mantissa.div_euclid(10_i128.checked_pow(self.scale)?)).ok()
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (a, b, _) = self.aligned(*other)?;
        Some(a.cmp(&b))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, part) = digits.split_at(digits.len() - self.scale as usize);
        if part.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{part}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value_and_keep_their_digits() {
        let number = |text| Decimal::parse(text).unwrap();
        assert_eq!(number("5.90"), number("5.9"));
        assert_eq!(number("5.90").to_string(), "5.90");
        assert_eq!(number("1.5e2"), number("150"));
        assert_eq!(number("15e-3").to_string(), "0.015");
        assert!(number("-0.1") < number("0"));
        assert_eq!(number("0.1").plus(number("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(number("1").divide(number("4")).unwrap().to_string(), "0.25");
        assert_eq!(number("-1.5").floor(), Some(-2));
        for text in ["", "-", "1.x", "1e", "99999999999999999999999999999999", "1e99", "1e-99"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }
}
