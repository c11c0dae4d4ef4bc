//! SEP-41 token of its own, without a classic asset behind it: what a venue must also be able to trade.
#![no_std]
use share_token::{MONTH, WEEK};
use soroban_sdk::{contract, contractimpl, contracttype, Address, Env, String};

#[contracttype(export = false)]
enum Key {
    Metadata,
}

#[contracttype(export = false)]
pub struct Metadata {
    pub admin: Address,
    pub decimals: u32,
    pub name: String,
    pub symbol: String,
}

#[contract]
pub struct Token;

#[contractimpl]
impl Token {
    pub fn __constructor(env: Env, admin: Address, decimals: u32, name: String, symbol: String) {
        env.storage().instance().set(&Key::Metadata, &Metadata { admin, decimals, name, symbol });
    }

    /// Creates tokens; only the admin may.
    pub fn mint(env: Env, to: Address, amount: i128) {
        metadata(&env).admin.require_auth();
        share_token::mint(&env, &to, amount);
    }

    pub fn admin(env: Env) -> Address {
        metadata(&env).admin
    }

    pub fn balance(env: Env, id: Address) -> i128 {
        share_token::balance(&env, &id)
    }

    pub fn allowance(env: Env, from: Address, spender: Address) -> i128 {
        share_token::allowance(&env, &from, &spender)
    }

    pub fn approve(env: Env, from: Address, spender: Address, amount: i128, live_until_ledger: u32) {
        from.require_auth();
        share_token::approve(&env, &from, &spender, amount, live_until_ledger);
    }

    pub fn transfer(env: Env, from: Address, to: Address, amount: i128) {
        from.require_auth();
        share_token::transfer(&env, &from, &to, amount);
    }

    pub fn transfer_from(env: Env, spender: Address, from: Address, to: Address, amount: i128) {
        spender.require_auth();
        share_token::spend_allowance(&env, &from, &spender, amount);
        share_token::transfer(&env, &from, &to, amount);
    }

    pub fn burn(env: Env, from: Address, amount: i128) {
        from.require_auth();
        share_token::burn(&env, &from, amount);
    }

    pub fn burn_from(env: Env, spender: Address, from: Address, amount: i128) {
        spender.require_auth();
        share_token::spend_allowance(&env, &from, &spender, amount);
        share_token::burn(&env, &from, amount);
    }

    pub fn decimals(env: Env) -> u32 {
        metadata(&env).decimals
    }

    pub fn name(env: Env) -> String {
        metadata(&env).name
    }

    pub fn symbol(env: Env) -> String {
        metadata(&env).symbol
    }
}

fn metadata(env: &Env) -> Metadata {
    env.storage().instance().extend_ttl(WEEK, MONTH);
    env.storage().instance().get(&Key::Metadata).unwrap()
}
