//! Why a route was undone. Any of these leaves every pool and balance as it was.
use soroban_sdk::contracterror;

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum RouteError {
    /// There is nothing to trade.
    EmptyRoute = 1,
    /// The first step does not sell the base token, or the last does not buy it.
    NotACycle = 2,
    /// A step sells another token than the step before it bought.
    BrokenRoute = 3,
    /// The amount is not above zero, or the least profit is below zero.
    InvalidAmount = 4,
    /// A pool does not trade the tokens of its step.
    TokenNotInPool = 5,
    /// A pool cannot answer this amount.
    VenueRefused = 6,
    /// A step brought less than its minimum.
    StepBelowMinimum = 7,
    /// The base balance did not grow by the least profit.
    Unprofitable = 8,
    /// A lender called, but nobody staged a route for that borrower.
    NothingStaged = 9,
    /// What was lent is not what the staged route borrows.
    LoanMismatch = 10,
}
