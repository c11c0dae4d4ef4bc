//! What a route is made of, and the call that stages one.
#![no_std]
use soroban_sdk::{contractclient, contracttype, Address, Env, Vec};

/// What a step trades on. Values are part of the interface: add, never renumber.
#[contracttype]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum Venue {
    SoroswapPair = 0,
    AquariusPool = 1,
    PhoenixPool = 2,
}

/// One hop: everything the previous hop brought of `token_in` becomes at least `min_out` of `token_out`.
#[contracttype]
#[derive(Clone)]
pub struct Step {
    pub venue: Venue,
    pub pool: Address,
    pub token_in: Address,
    pub token_out: Address,
    pub min_out: i128,
}

#[contractclient(name = "ExecutorClient")]
pub trait Executor {
    fn stage(env: Env, borrower: Address, base: Address, amount: i128, min_profit: i128, steps: Vec<Step>);
}
