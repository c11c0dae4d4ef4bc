//! Aquarius's constant-product pool: the fee leaves what goes in, rounded against the trader.
use crate::wide::{mul_div_ceil, mul_div_floor};

/// What `amount_in` buys; `fee` in basis points. None where the contract traps.
pub fn aquarius_amount_out(amount_in: u128, reserve_in: u128, reserve_out: u128, fee: u32) -> Option<u128> {
    let kept = amount_in.checked_mul(10_000u128.checked_sub(fee as u128)?)? / 10_000;
    mul_div_floor(kept, reserve_out, reserve_in.checked_add(kept)?)
}

/// What must go in for exactly `amount_out`; None when that is the whole reserve or more.
pub fn aquarius_amount_in(amount_out: u128, reserve_in: u128, reserve_out: u128, fee: u32) -> Option<u128> {
    if amount_out >= reserve_out {
        return None;
    }
    let kept = mul_div_ceil(reserve_in, amount_out, reserve_out - amount_out)?;
    mul_div_ceil(kept, 10_000, 10_000u128.checked_sub(fee as u128)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors() {
        assert_eq!(aquarius_amount_out(123_456_789, 1_000_000_000_000, 2_000_000_000_000, 30), Some(246_142_539));
        assert_eq!(aquarius_amount_in(10_000_000, 1_000_000_000_000, 2_000_000_000_000, 30), Some(5_015_072));
    }

    #[test]
    fn asking_for_the_whole_reserve_is_refused() {
        assert_eq!(aquarius_amount_in(10, 10, 10, 30), None);
    }

    #[test]
    fn an_input_whose_fee_overflows_has_no_answer() {
        assert_eq!(aquarius_amount_out(u128::MAX / 9_000, 10, 10, 30), None);
    }
}
