//! Soroswap's pair: 0.3 % of what goes in, rounded against the trader.
use crate::wide::ceil_div;

/// What `amount_in` buys from reserves `(reserve_in, reserve_out)`. None where the contract's i128 arithmetic traps.
pub fn soroswap_amount_out(amount_in: i128, reserve_in: i128, reserve_out: i128) -> Option<i128> {
    let fee = ceil_div(amount_in.checked_mul(3)?, 1000)?;
    let kept = amount_in.checked_sub(fee)?;
    kept.checked_mul(reserve_out)?.checked_div(reserve_in.checked_add(kept)?)
}

/// What must go in for `amount_out` to come out, as Soroswap's router answers: negative, not refused, when
/// `amount_out` exceeds the reserve, and sometimes one unit short, so that the pair itself then refuses.
pub fn soroswap_amount_in(amount_out: i128, reserve_in: i128, reserve_out: i128) -> Option<i128> {
    let numerator = reserve_in.checked_mul(amount_out)?.checked_mul(1000)?;
    let denominator = reserve_out.checked_sub(amount_out)?.checked_mul(997)?;
    ceil_div(numerator, denominator)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors() {
        assert_eq!(soroswap_amount_out(123_456_789, 1_000_000_000_000, 2_000_000_000_000), Some(246_142_539));
        assert_eq!(soroswap_amount_in(10_000_000, 1_000_000_000_000, 2_000_000_000_000), Some(5_015_072));
    }

    #[test]
    fn more_than_the_reserve_is_answered_with_a_negative_and_the_whole_reserve_traps() {
        assert!(soroswap_amount_in(11, 10, 10).unwrap() < 0);
        assert_eq!(soroswap_amount_in(10, 10, 10), None);
    }

    #[test]
    fn amounts_that_overflow_have_no_answer() {
        assert_eq!(soroswap_amount_out(i128::MAX / 2, 10, 10), None);
        assert_eq!(soroswap_amount_out(i128::MAX / 4, 10, i128::MAX / 4), None);
    }
}
