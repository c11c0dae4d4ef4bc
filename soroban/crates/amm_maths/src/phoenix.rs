//! Phoenix's xyk pool: the fee leaves what comes out, and goes to the fee recipient rather than the pool.
use crate::BASIS_POINTS;

/// A swap as the pool computes it. `returned` goes to the trader and `commission` to the fee recipient.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PhoenixSwap {
    pub returned: i128,
    pub commission: i128,
    pub spread: i128,
}

/// What `amount_in` buys; `fee` in basis points. None where the pool fails: overflow, no reserves, or a spread below zero.
pub fn phoenix_swap(amount_in: i128, reserve_in: i128, reserve_out: i128, fee: i64) -> Option<PhoenixSwap> {
    let product = reserve_in.checked_mul(reserve_out)?;
    let gross = reserve_out.checked_sub(product.checked_div(reserve_in.checked_add(amount_in)?)?)?;
    let spread = amount_in.checked_mul(reserve_out)?.checked_div(reserve_in)?.checked_sub(gross)?;
    if spread < 0 {
        return None;
    }
    let commission = gross.checked_mul(fee as i128)? / BASIS_POINTS;
    Some(PhoenixSwap { returned: gross - commission, commission, spread })
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
}
