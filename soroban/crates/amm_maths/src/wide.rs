//! Products of 128-bit numbers divided without losing a bit, and square roots.

/// Truncated quotient, plus one when anything remains, whatever the signs: the rounding of Soroswap's library.
pub fn ceil_div(numerator: i128, denominator: i128) -> Option<i128> {
    let quotient = numerator.checked_div(denominator)?;
    if numerator.checked_rem(denominator)? == 0 {
        Some(quotient)
    } else {
        quotient.checked_add(1)
    }
}

/// floor(a * b / d) through a 256-bit product; None for d = 0 or a quotient beyond 128 bits.
pub fn mul_div_floor(a: u128, b: u128, d: u128) -> Option<u128> {
    mul_div(a, b, d).map(|(quotient, _)| quotient)
}

/// ceil(a * b / d) through a 256-bit product; None for d = 0 or a quotient beyond 128 bits.
pub fn mul_div_ceil(a: u128, b: u128, d: u128) -> Option<u128> {
    let (quotient, remainder) = mul_div(a, b, d)?;
    if remainder == 0 {
        Some(quotient)
    } else {
        quotient.checked_add(1)
    }
}

/// floor(sqrt(n)).
pub fn isqrt(n: u128) -> u128 {
    if n < 2 {
        return n;
    }
    // A power of two that is not below the root: Newton then falls to it without passing.
    let mut root = 1u128 << (128 - n.leading_zeros()).div_ceil(2);
    loop {
        let next = (root + n / root) / 2;
        if next >= root {
            return root;
        }
        root = next;
    }
}

fn mul_div(a: u128, b: u128, d: u128) -> Option<(u128, u128)> {
    if d == 0 {
        return None;
    }
    if let Some(product) = a.checked_mul(b) {
        return Some((product / d, product % d));
    }
    let (high, low) = widening_mul(a, b);
    if high >= d {
        return None;
    }
    // Schoolbook, a bit at a time: the remainder stays below d, so it and the quotient fit 128 bits.
    let (mut quotient, mut remainder) = (0u128, high);
    for bit in (0..128).rev() {
        let carry = remainder >> 127;
        remainder = (remainder << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if carry == 1 || remainder >= d {
            remainder = remainder.wrapping_sub(d);
            quotient |= 1;
        }
    }
    Some((quotient, remainder))
}

fn widening_mul(a: u128, b: u128) -> (u128, u128) {
    const HALF: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let (carry, middle_low) = (middle >> 64, middle & HALF);
    let cross = a0 * b1 + middle_low;
    (a1 * b1 + carry + (cross >> 64), (cross << 64) | (low & HALF))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_beyond_128_bits_divides_exactly() {
        assert_eq!(mul_div_floor(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
        assert_eq!(mul_div_floor(u128::MAX, 10, 20), Some(u128::MAX / 2));
        assert_eq!(mul_div_ceil(u128::MAX, 10, 20), Some(u128::MAX / 2 + 1));
        assert_eq!(mul_div_floor(u128::MAX, 3, 2), None);
        assert_eq!(mul_div_floor(1, 1, 0), None);
    }

    #[test]
    fn roots_round_down() {
        for n in [0u128, 1, 2, 3, 4, 15, 16, 17, 1 << 100, u128::MAX] {
            let root = isqrt(n);
            assert!(root * root <= n);
            assert!((root + 1).checked_mul(root + 1).is_none_or(|next| next > n));
        }
    }

    #[test]
    fn ceil_div_adds_one_to_the_truncated_quotient_even_below_zero() {
        assert_eq!(ceil_div(7, 2), Some(4));
        assert_eq!(ceil_div(-7, 2), Some(-2));
        assert_eq!(ceil_div(1, 0), None);
    }
}
