//! What the pool keeps, under the persistent keys that scanners read without calling it.
use share_token::{MONTH, WEEK};
use soroban_sdk::{contracttype, panic_with_error, symbol_short, token, Address, Env, Symbol};

use crate::errors::PoolError;

const CONFIG: Symbol = symbol_short!("CONFIG");
const RESERVE_A: u32 = 1;
const RESERVE_B: u32 = 2;

#[contracttype]
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum PairType {
    Xyk = 0,
}

#[contracttype]
#[derive(Clone)]
pub struct Config {
    pub fee_recipient: Address,
    pub max_allowed_slippage_bps: i64,
    pub max_allowed_spread_bps: i64,
    pub max_referral_bps: i64,
    pub pool_type: PairType,
    pub share_token: Address,
    pub stake_contract: Address,
    pub token_a: Address,
    pub token_b: Address,
    /// Basis points of what comes out.
    pub total_fee_bps: i64,
}

/// Configuration and reserves of the last call.
pub struct Pool {
    pub config: Config,
    pub reserve_a: i128,
    pub reserve_b: i128,
}

/// One side a trader sells to and one it buys from.
pub struct Sides {
    pub sells_a: bool,
    pub bought: Address,
    pub reserve_in: i128,
    pub reserve_out: i128,
}

impl Pool {
    pub fn sides(&self, env: &Env, sold: &Address) -> Sides {
        let (a, b) = (self.config.token_a.clone(), self.config.token_b.clone());
        if *sold == a {
            Sides { sells_a: true, bought: b, reserve_in: self.reserve_a, reserve_out: self.reserve_b }
        } else if *sold == b {
            Sides { sells_a: false, bought: a, reserve_in: self.reserve_b, reserve_out: self.reserve_a }
        } else {
            panic_with_error!(env, PoolError::AssetNotInPool)
        }
    }

    pub fn store_reserves(&self, env: &Env) {
        put(env, &RESERVE_A, &self.reserve_a);
        put(env, &RESERVE_B, &self.reserve_b);
    }
}

pub fn initialize(env: &Env, config: &Config) {
    put(env, &CONFIG, config);
    put(env, &RESERVE_A, &0i128);
    put(env, &RESERVE_B, &0i128);
}

/// The pool; one in use stays alive.
pub fn load(env: &Env) -> Pool {
    env.storage().instance().extend_ttl(WEEK, MONTH);
    let store = env.storage().persistent();
    store.extend_ttl(&CONFIG, WEEK, MONTH);
    Pool {
        config: store.get(&CONFIG).unwrap(),
        reserve_a: store.get(&RESERVE_A).unwrap(),
        reserve_b: store.get(&RESERVE_B).unwrap(),
    }
}

pub fn take(env: &Env, from: &Address, asset: &Address, amount: i128) {
    token::Client::new(env, asset).transfer(from, &env.current_contract_address(), &amount);
}

pub fn pay(env: &Env, to: &Address, asset: &Address, amount: i128) {
    if amount > 0 {
        token::Client::new(env, asset).transfer(&env.current_contract_address(), to, &amount);
    }
}

fn put<K, V>(env: &Env, key: &K, value: &V)
where
    K: soroban_sdk::IntoVal<Env, soroban_sdk::Val>,
    V: soroban_sdk::IntoVal<Env, soroban_sdk::Val>,
{
    env.storage().persistent().set(key, value);
    env.storage().persistent().extend_ttl(key, WEEK, MONTH);
}
