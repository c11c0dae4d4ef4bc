//! Failures of a pair, numbered as Soroswap numbers them, so that a client needs one table.
use soroban_sdk::contracterror;

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum PairError {
    InitializeAlreadyInitialized = 101,
    NotInitialized = 102,
    InitializeTokenOrderInvalid = 103,
    DepositInsufficientAmountToken0 = 104,
    DepositInsufficientAmountToken1 = 105,
    DepositInsufficientFirstLiquidity = 106,
    DepositInsufficientLiquidityMinted = 107,
    SwapInsufficientOutputAmount = 108,
    SwapNegativesOutNotSupported = 109,
    SwapInsufficientLiquidity = 110,
    SwapInvalidTo = 111,
    SwapInsufficientInputAmount = 112,
    SwapNegativesInNotSupported = 113,
    SwapKConstantNotMet = 114,
    WithdrawLiquidityNotInitialized = 115,
    WithdrawInsufficientSentShares = 116,
    WithdrawInsufficientLiquidityBurned = 117,
    UpdateOverflow = 118,
}
