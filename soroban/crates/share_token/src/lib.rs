//! Pool shares as a SEP-41 token that lives inside the pool's own contract.
#![no_std]
use soroban_sdk::{contracterror, contracttype, panic_with_error, symbol_short, Address, Env};

/// Codes of the network's own asset contract, so that a wallet reads a failed share transfer as any other.
#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum ShareError {
    NegativeAmount = 8,
    InsufficientAllowance = 9,
    InsufficientBalance = 10,
}

#[contracttype(export = false)]
#[derive(Clone)]
pub struct AllowanceKey {
    pub from: Address,
    pub spender: Address,
}

#[contracttype(export = false)]
#[derive(Clone)]
pub struct Allowance {
    pub amount: i128,
    pub live_until_ledger: u32,
}

#[contracttype(export = false)]
#[derive(Clone)]
pub enum ShareKey {
    Balance(Address),
    Allowance(AllowanceKey),
    TotalShares,
}

/// Ledgers of five seconds: entries that fall below a week of life are extended to a month.
pub const WEEK: u32 = 120_960;
pub const MONTH: u32 = 518_400;

pub fn total(env: &Env) -> i128 {
    env.storage().instance().get(&ShareKey::TotalShares).unwrap_or(0)
}

pub fn balance(env: &Env, id: &Address) -> i128 {
    env.storage().persistent().get(&ShareKey::Balance(id.clone())).unwrap_or(0)
}

pub fn mint(env: &Env, to: &Address, amount: i128) {
    require_nonnegative(env, amount);
    put_balance(env, to, balance(env, to) + amount);
    env.storage().instance().set(&ShareKey::TotalShares, &(total(env) + amount));
    publish(env, (symbol_short!("mint"), to.clone()), amount);
}

/// Destroys shares of `from`; the caller has checked that `from` agrees.
pub fn burn(env: &Env, from: &Address, amount: i128) {
    take(env, from, amount);
    env.storage().instance().set(&ShareKey::TotalShares, &(total(env) - amount));
    publish(env, (symbol_short!("burn"), from.clone()), amount);
}

/// Moves shares; the caller has checked that `from` agrees.
pub fn transfer(env: &Env, from: &Address, to: &Address, amount: i128) {
    take(env, from, amount);
    put_balance(env, to, balance(env, to) + amount);
    publish(env, (symbol_short!("transfer"), from.clone(), to.clone()), amount);
}

pub fn allowance(env: &Env, from: &Address, spender: &Address) -> i128 {
    stored_allowance(env, from, spender).map_or(0, |granted| granted.amount)
}

/// Lets `spender` move `amount` of `from`'s shares until a ledger; the caller has checked that `from` agrees.
pub fn approve(env: &Env, from: &Address, spender: &Address, amount: i128, live_until_ledger: u32) {
    require_nonnegative(env, amount);
    let key = ShareKey::Allowance(AllowanceKey { from: from.clone(), spender: spender.clone() });
    let now = env.ledger().sequence();
    assert!(amount == 0 || live_until_ledger >= now, "the allowance would have expired already");
    env.storage().temporary().set(&key, &Allowance { amount, live_until_ledger });
    if amount > 0 {
        let life = live_until_ledger - now;
        env.storage().temporary().extend_ttl(&key, life, life);
    }
    publish(env, (symbol_short!("approve"), from.clone(), spender.clone()), (amount, live_until_ledger));
}

/// Uses up part of an allowance, or fails with InsufficientAllowance.
pub fn spend_allowance(env: &Env, from: &Address, spender: &Address, amount: i128) {
    require_nonnegative(env, amount);
    let granted = stored_allowance(env, from, spender);
    let left = granted.as_ref().map_or(0, |allowance| allowance.amount) - amount;
    if left < 0 {
        panic_with_error!(env, ShareError::InsufficientAllowance);
    }
    if let Some(Allowance { live_until_ledger, .. }) = granted {
        let key = ShareKey::Allowance(AllowanceKey { from: from.clone(), spender: spender.clone() });
        env.storage().temporary().set(&key, &Allowance { amount: left, live_until_ledger });
    }
}

fn stored_allowance(env: &Env, from: &Address, spender: &Address) -> Option<Allowance> {
    let key = ShareKey::Allowance(AllowanceKey { from: from.clone(), spender: spender.clone() });
    let stored: Option<Allowance> = env.storage().temporary().get(&key);
    stored.filter(|allowance| allowance.live_until_ledger >= env.ledger().sequence())
}

fn take(env: &Env, from: &Address, amount: i128) {
    require_nonnegative(env, amount);
    let held = balance(env, from);
    if held < amount {
        panic_with_error!(env, ShareError::InsufficientBalance);
    }
    put_balance(env, from, held - amount);
}

fn put_balance(env: &Env, id: &Address, amount: i128) {
    let key = ShareKey::Balance(id.clone());
    env.storage().persistent().set(&key, &amount);
    env.storage().persistent().extend_ttl(&key, WEEK, MONTH);
}

fn require_nonnegative(env: &Env, amount: i128) {
    if amount < 0 {
        panic_with_error!(env, ShareError::NegativeAmount);
    }
}

// SEP-41 fixes these shapes; the event macro would put the contract's own name first.
#[allow(deprecated)]
fn publish<T, D>(env: &Env, topics: T, data: D)
where
    T: soroban_sdk::events::Topics,
    D: soroban_sdk::IntoVal<Env, soroban_sdk::Val>,
{
    env.events().publish(topics, data);
}
