//! What the pool's queries return, under Phoenix's names, which its clients decode by.
use soroban_sdk::{contracttype, Address};

#[contracttype]
pub struct Asset {
    pub address: Address,
    pub amount: i128,
}

#[contracttype]
pub struct PoolResponse {
    pub asset_a: Asset,
    pub asset_b: Asset,
    pub asset_lp_share: Asset,
    pub stake_address: Address,
}

#[contracttype]
pub struct LiquidityPoolInfo {
    pub pool_address: Address,
    pub pool_response: PoolResponse,
    pub total_fee_bps: i64,
}

#[contracttype]
pub struct SimulateSwapResponse {
    pub ask_amount: i128,
    pub commission_amount: i128,
    pub spread_amount: i128,
    pub total_return: i128,
}
