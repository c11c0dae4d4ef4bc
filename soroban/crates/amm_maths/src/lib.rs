//! Integer quotes of the constant-product venues, exactly as their contracts round; nothing here knows a host.
#![no_std]

mod aquarius;
mod phoenix;
mod soroswap;
mod wide;

pub use aquarius::{aquarius_amount_in, aquarius_amount_out};
pub use phoenix::{phoenix_swap, PhoenixSwap};
pub use soroswap::{soroswap_amount_in, soroswap_amount_out};
pub use wide::{ceil_div, isqrt, mul_div_ceil, mul_div_floor};

/// One basis point is this part of the whole.
pub const BASIS_POINTS: i128 = 10_000;
