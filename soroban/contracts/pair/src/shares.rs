//! The pair's own shares, traded as any SEP-41 token.
use crate::{SoroswapPair, SoroswapPairArgs, SoroswapPairClient};
use soroban_sdk::{contractimpl, Address, Env, String};

#[contractimpl]
impl SoroswapPair {
    pub fn balance(env: Env, id: Address) -> i128 {
        share_token::balance(&env, &id)
    }

    pub fn my_balance(env: Env, id: Address) -> i128 {
        share_token::balance(&env, &id)
    }

    pub fn total_supply(env: Env) -> i128 {
        share_token::total(&env)
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

    pub fn decimals(_env: Env) -> u32 {
        7
    }

    pub fn name(env: Env) -> String {
        String::from_str(&env, "Pair shares")
    }

    pub fn symbol(env: Env) -> String {
        String::from_str(&env, "PAIR-LP")
    }
}
