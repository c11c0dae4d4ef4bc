//! What a pair keeps, under the instance keys (0 to 3) that scanners read without calling it.
use crate::errors::PairError;
use share_token::{MONTH, WEEK};
use soroban_sdk::{panic_with_error, token, Address, Env};

const TOKEN_0: u32 = 0;
const TOKEN_1: u32 = 1;
const RESERVE_0: u32 = 2;
const RESERVE_1: u32 = 3;
const FACTORY: u32 = 4;

/// Tokens and the reserves of the last update.
pub struct Pool {
    pub token_0: Address,
    pub token_1: Address,
    pub reserve_0: i128,
    pub reserve_1: i128,
}

impl Pool {
    /// Tokens the pair's address holds now, which deposits and swaps compare with the reserves.
    pub fn balances(&self, env: &Env) -> (i128, i128) {
        let own = env.current_contract_address();
        (token::Client::new(env, &self.token_0).balance(&own), token::Client::new(env, &self.token_1).balance(&own))
    }

    pub fn pay(&self, env: &Env, to: &Address, amount_0: i128, amount_1: i128) {
        let own = env.current_contract_address();
        if amount_0 > 0 {
            token::Client::new(env, &self.token_0).transfer(&own, to, &amount_0);
        }
        if amount_1 > 0 {
            token::Client::new(env, &self.token_1).transfer(&own, to, &amount_1);
        }
    }
}

pub fn initialize(env: &Env, factory: &Address, token_0: &Address, token_1: &Address) {
    let store = env.storage().instance();
    store.set(&TOKEN_0, token_0);
    store.set(&TOKEN_1, token_1);
    store.set(&RESERVE_0, &0i128);
    store.set(&RESERVE_1, &0i128);
    store.set(&FACTORY, factory);
}

pub fn is_initialized(env: &Env) -> bool {
    env.storage().instance().has(&TOKEN_0)
}

/// The pool, or NotInitialized; a pool in use stays alive.
pub fn load(env: &Env) -> Pool {
    let store = env.storage().instance();
    store.extend_ttl(WEEK, MONTH);
    Pool {
        token_0: required(env, TOKEN_0),
        token_1: required(env, TOKEN_1),
        reserve_0: required(env, RESERVE_0),
        reserve_1: required(env, RESERVE_1),
    }
}

pub fn factory(env: &Env) -> Address {
    required(env, FACTORY)
}

pub fn put_reserves(env: &Env, reserve_0: i128, reserve_1: i128) {
    env.storage().instance().set(&RESERVE_0, &reserve_0);
    env.storage().instance().set(&RESERVE_1, &reserve_1);
}

fn required<T: soroban_sdk::TryFromVal<Env, soroban_sdk::Val>>(env: &Env, key: u32) -> T {
    match env.storage().instance().get(&key) {
        Some(value) => value,
        None => panic_with_error!(env, PairError::NotInitialized),
    }
}
