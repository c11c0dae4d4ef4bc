//! Calls that other contracts make on the pools; their types stay out of the callers' specs.
#![no_std]
use soroban_sdk::{contractclient, contracttype, Address, Env, Vec};

#[contractclient(name = "PairClient")]
pub trait Pair {
    fn token_0(env: Env) -> Address;
    fn token_1(env: Env) -> Address;
    fn get_reserves(env: Env) -> (i128, i128);
    fn deposit(env: Env, to: Address) -> i128;
    fn withdraw(env: Env, to: Address) -> (i128, i128);
    fn swap(env: Env, amount_0_out: i128, amount_1_out: i128, to: Address);
}

#[contractclient(name = "FactoryClient")]
pub trait Factory {
    fn get_pair(env: Env, token_a: Address, token_b: Address) -> Address;
    fn pair_exists(env: Env, token_a: Address, token_b: Address) -> bool;
    fn create_pair(env: Env, token_a: Address, token_b: Address) -> Address;
}

#[contractclient(name = "AquariusPoolClient")]
pub trait AquariusPool {
    fn get_tokens(env: Env) -> Vec<Address>;
    fn get_reserves(env: Env) -> Vec<u128>;
    fn get_fee_fraction(env: Env) -> u32;
    fn swap(env: Env, user: Address, in_idx: u32, out_idx: u32, in_amount: u128, out_min: u128) -> u128;
}

#[contractclient(name = "PhoenixPoolClient")]
pub trait PhoenixPool {
    fn swap(
        env: Env,
        sender: Address,
        offer_asset: Address,
        offer_amount: i128,
        ask_asset_min_amount: Option<i128>,
        max_spread_bps: Option<i64>,
        deadline: Option<u64>,
        max_allowed_fee_bps: Option<i64>,
    ) -> i128;
    fn query_pool_info_for_factory(env: Env) -> LiquidityPoolInfo;
}

/// Phoenix's names and fields, which its clients decode by.
#[contracttype(export = false)]
#[derive(Clone)]
pub struct Asset {
    pub address: Address,
    pub amount: i128,
}

#[contracttype(export = false)]
#[derive(Clone)]
pub struct PoolResponse {
    pub asset_a: Asset,
    pub asset_b: Asset,
    pub asset_lp_share: Asset,
    pub stake_address: Address,
}

#[contracttype(export = false)]
#[derive(Clone)]
pub struct LiquidityPoolInfo {
    pub pool_address: Address,
    pub pool_response: PoolResponse,
    pub total_fee_bps: i64,
}
