//! Phoenix's xyk pool: the fee leaves what comes out, and goes to the fee recipient rather than the pool.
use crate::{mul_div_floor, BASIS_POINTS};

/// The pool compares ratios with eighteen decimals.
const DECIMAL: i128 = 1_000_000_000_000_000_000;

/// A swap as the pool computes it. `returned` goes to the trader and `commission` to the fee recipient.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PhoenixSwap {
    pub returned: i128,
    pub commission: i128,
    pub spread: i128,
}

impl PhoenixSwap {
    /// Whether the spread is within `limit`, basis points of what comes out before the fee. None where the pool fails:
    /// its ratio is an i128, and overflows before it is compared.
    pub fn spread_fits(&self, limit: i64) -> Option<bool> {
        let gross = self.returned.checked_add(self.commission)?;
        let ratio = self.spread.checked_mul(DECIMAL)?.checked_div(gross)?;
        Some(ratio <= (limit as i128).checked_mul(DECIMAL / BASIS_POINTS)?)
    }
}

/// What `amount_in` buys; `fee` in basis points. None where the pool fails: no reserves, or a spread below zero or
/// beyond i128. Products have 256 bits.
pub fn phoenix_swap(amount_in: i128, reserve_in: i128, reserve_out: i128, fee: i64) -> Option<PhoenixSwap> {
    let amount = u128::try_from(amount_in).ok()?;
    let (x, y) = (u128::try_from(reserve_in).ok()?, u128::try_from(reserve_out).ok()?);
    let gross = y.checked_sub(mul_div_floor(x, y, x.checked_add(amount)?)?)?;
    let spread = mul_div_floor(amount, y, x)?.checked_sub(gross)?;
    let commission = mul_div_floor(gross, u128::try_from(fee).ok()?, BASIS_POINTS as u128)?;
    Some(PhoenixSwap {
        returned: gross.checked_sub(commission)?.try_into().ok()?,
        commission: commission.try_into().ok()?,
        spread: spread.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector() {
        let swap = phoenix_swap(123_456_789, 1_000_000_000_000, 2_000_000_000_000, 30).unwrap();
        assert_eq!(swap.returned, 246_142_450);
    }

    #[test]
    fn a_spread_below_zero_is_refused_as_the_pool_refuses_it() {
        // x*Y//X = 0 while the rounded-down product leaves one unit to give.
        assert_eq!(phoenix_swap(1, 1_000, 10, 30), None);
    }

    #[test]
    fn a_product_beyond_128_bits_is_quoted() {
        let swap = phoenix_swap(1 << 60, 1 << 70, 1 << 71, 30).unwrap();
        assert_eq!((swap.returned, swap.spread), (2_296_682_626_059_042_087, 2_249_602_935_818_238));
    }

    #[test]
    fn a_spread_is_within_its_limit_to_the_eighteenth_decimal() {
        let at = |spread| PhoenixSwap { returned: 10_000_000, commission: 0, spread };
        assert_eq!(at(100_000).spread_fits(100), Some(true));
        assert_eq!(at(100_001).spread_fits(100), Some(false));
        assert_eq!(at(i128::MAX / DECIMAL + 1).spread_fits(100), None);
    }
}
