//! Trades a cycle over several venues in one call, and undoes all of it unless the base balance grew enough.
//!
//! The contract owns nothing between calls: what a route leaves goes to whoever paid for it, measured as the difference
//! that the route itself made, so that tokens sent here by mistake are never part of a profit.
#![no_std]
mod errors;
mod hops;

pub use errors::RouteError;
use routes::Step;
use soroban_sdk::{contract, contractevent, contractimpl, contracttype, panic_with_error, token, Address, Env, Vec};

/// A route waiting for its loan.
#[contracttype(export = false)]
pub struct StagedRoute {
    pub base: Address,
    pub amount: i128,
    pub min_profit: i128,
    pub steps: Vec<Step>,
}

#[contracttype(export = false)]
enum Key {
    Staged(Address),
}

/// What a route earned, in units of the base token.
#[contractevent(topics = ["route", "executed"])]
pub struct RouteExecuted {
    #[topic]
    pub trader: Address,
    pub base: Address,
    pub amount: i128,
    pub profit: i128,
}

#[contract]
pub struct RouteExecutor;

#[contractimpl]
impl RouteExecutor {
    /// Takes `amount` of `base` from `trader`, trades the cycle and returns everything it left; returns the profit.
    /// Panics with Unprofitable, and so undoes the lot, unless the profit is at least `min_profit`.
    pub fn execute(env: Env, trader: Address, base: Address, amount: i128, min_profit: i128, steps: Vec<Step>) -> i128 {
        trader.require_auth();
        hops::require_cycle(&env, &base, amount, min_profit, &steps);
        let own = env.current_contract_address();
        let money = token::Client::new(&env, &base);
        let before = money.balance(&own);
        money.transfer(&trader, &own, &amount);
        hops::trade(&env, &base, amount, &steps);
        let left = money.balance(&own) - before;
        settle(&env, &money, &trader, amount, left, amount, min_profit)
    }

    /// Keeps a route until the loan arrives, within the same transaction: see `exec_op`.
    pub fn stage(env: Env, borrower: Address, base: Address, amount: i128, min_profit: i128, steps: Vec<Step>) {
        borrower.require_auth();
        hops::require_cycle(&env, &base, amount, min_profit, &steps);
        let route = StagedRoute { base, amount, min_profit, steps };
        env.storage().temporary().set(&Key::Staged(borrower), &route);
    }

    /// The receiver of a Blend-style flash loan: `amount` of `token` has just arrived; trades `caller`'s staged route
    /// and hands `caller` everything, from which the lender is repaid.
    ///
    /// Anyone may call this: it moves only what the loan brought, only along the route that the borrower staged, and
    /// pays only that borrower.
    pub fn exec_op(env: Env, caller: Address, token: Address, amount: i128, fee: i128) {
        let key = Key::Staged(caller.clone());
        let Some(route) = env.storage().temporary().get::<_, StagedRoute>(&key) else {
            panic_with_error!(&env, RouteError::NothingStaged);
        };
        env.storage().temporary().remove(&key);
        let money = token::Client::new(&env, &token);
        let before = money.balance(&env.current_contract_address()) - amount;
        if route.base != token || route.amount != amount || fee < 0 || before < 0 {
            panic_with_error!(&env, RouteError::LoanMismatch);
        }
        hops::trade(&env, &token, amount, &route.steps);
        let left = money.balance(&env.current_contract_address()) - before;
        settle(&env, &money, &caller, amount, left, amount + fee, route.min_profit);
    }
}

fn settle(
    env: &Env,
    money: &token::Client,
    trader: &Address,
    amount: i128,
    left: i128,
    owed: i128,
    min_profit: i128,
) -> i128 {
    let profit = left - owed;
    if profit < min_profit {
        panic_with_error!(env, RouteError::Unprofitable);
    }
    money.transfer(&env.current_contract_address(), trader, &left);
    RouteExecuted { trader: trader.clone(), base: money.address.clone(), amount, profit }.publish(env);
    profit
}
