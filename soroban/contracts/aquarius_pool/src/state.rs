//! What the pool keeps, under the instance keys that scanners read without calling it.
use crate::{publish, signed};
use share_token::{MONTH, WEEK};
use soroban_sdk::{contracttype, vec, Address, Env, Symbol, Vec};

/// Encoded as a vector of one symbol, as Aquarius's keys are.
#[contracttype(export = false)]
pub enum Key {
    Tokens,
    ReserveA,
    ReserveB,
    FeeFraction,
}

pub struct Pool {
    pub tokens: Vec<Address>,
    pub reserves: [u128; 2],
    /// Basis points.
    pub fee: u32,
}

impl Pool {
    pub fn token(&self, side: usize) -> Address {
        self.tokens.get_unchecked(side as u32)
    }

    pub fn store_reserves(&self, env: &Env) {
        env.storage().instance().set(&Key::ReserveA, &self.reserves[0]);
        env.storage().instance().set(&Key::ReserveB, &self.reserves[1]);
        let reserves = vec![env, signed(self.reserves[0]), signed(self.reserves[1])];
        publish(env, (Symbol::new(env, "update_reserves"),), reserves);
    }
}

pub fn initialize(env: &Env, tokens: &Vec<Address>, fee: u32) {
    let store = env.storage().instance();
    store.set(&Key::Tokens, tokens);
    store.set(&Key::ReserveA, &0u128);
    store.set(&Key::ReserveB, &0u128);
    store.set(&Key::FeeFraction, &fee);
}

/// The pool; one in use stays alive.
pub fn load(env: &Env) -> Pool {
    let store = env.storage().instance();
    store.extend_ttl(WEEK, MONTH);
    Pool {
        tokens: store.get(&Key::Tokens).unwrap(),
        reserves: [store.get(&Key::ReserveA).unwrap(), store.get(&Key::ReserveB).unwrap()],
        fee: store.get(&Key::FeeFraction).unwrap(),
    }
}
