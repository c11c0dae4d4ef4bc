//! Failures of the pool. Phoenix renumbered its own between versions: 1 is what its live pools answer to a wide spread.
use soroban_sdk::contracterror;

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum PoolError {
    SpreadExceedsLimit = 1,
    ReturnBelowMinimum = 2,
    AssetNotInPool = 3,
    InvalidAmount = 4,
    InvalidFee = 5,
    TokensNotSorted = 6,
    EmptyPool = 7,
    DeadlinePassed = 8,
    FeeAboveAllowed = 9,
    BelowMinimum = 10,
    /// The arithmetic of the pool has no answer for this amount.
    NoAnswer = 11,
}
