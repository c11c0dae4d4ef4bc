//! Constant-product pool of two tokens with Aquarius's interface and numbers: the pool takes what the user signed for.
#![no_std]
mod errors;
mod state;

use amm_maths::{aquarius_amount_in, aquarius_amount_out, isqrt, mul_div_ceil, mul_div_floor};
pub use errors::PoolError;
use soroban_sdk::{contract, contractimpl, panic_with_error, symbol_short, token, vec, Address, Env, Symbol, Vec};
use state::Pool;

#[contract]
pub struct AquariusPool;

#[contractimpl]
impl AquariusPool {
    /// `tokens` in the network's order of addresses; `fee_fraction` in basis points, below the whole.
    pub fn __constructor(env: Env, tokens: Vec<Address>, fee_fraction: u32) {
        if tokens.len() != 2 {
            panic_with_error!(&env, PoolError::WrongInputVecSize);
        }
        if tokens.get_unchecked(0) >= tokens.get_unchecked(1) {
            panic_with_error!(&env, PoolError::TokensNotSorted);
        }
        if fee_fraction >= 10_000 {
            panic_with_error!(&env, PoolError::FeeOutOfBounds);
        }
        state::initialize(&env, &tokens, fee_fraction);
    }

    pub fn pool_type(env: Env) -> Symbol {
        Symbol::new(&env, "constant_product")
    }

    pub fn get_tokens(env: Env) -> Vec<Address> {
        state::load(&env).tokens
    }

    pub fn get_reserves(env: Env) -> Vec<u128> {
        let pool = state::load(&env);
        vec![&env, pool.reserves[0], pool.reserves[1]]
    }

    pub fn get_fee_fraction(env: Env) -> u32 {
        state::load(&env).fee
    }

    pub fn get_total_shares(env: Env) -> u128 {
        share_token::total(&env) as u128
    }

    pub fn get_user_shares(env: Env, user: Address) -> u128 {
        share_token::balance(&env, &user) as u128
    }

    /// Takes both tokens at the pool's ratio, at most what is desired; returns what was taken and the shares minted.
    pub fn deposit(env: Env, user: Address, desired_amounts: Vec<u128>, min_shares: u128) -> (Vec<u128>, u128) {
        user.require_auth();
        if desired_amounts.len() != 2 {
            panic_with_error!(&env, PoolError::WrongInputVecSize);
        }
        let mut pool = state::load(&env);
        let desired = [desired_amounts.get_unchecked(0), desired_amounts.get_unchecked(1)];
        let total = share_token::total(&env) as u128;
        if desired[0] == 0 || desired[1] == 0 {
            panic_with_error!(&env, PoolError::AllCoinsRequired);
        }
        let (taken, shares) = if total == 0 {
            (desired, isqrt(desired[0].checked_mul(desired[1]).unwrap()))
        } else {
            shares_of(&pool, desired, total).unwrap()
        };
        if shares == 0 || shares < min_shares {
            panic_with_error!(&env, PoolError::OutMinNotSatisfied);
        }
        for side in 0..2 {
            pool.take(&env, &user, side, taken[side]);
            pool.reserves[side] += taken[side];
        }
        share_token::mint(&env, &user, signed(shares));
        pool.store_reserves(&env);
        (vec![&env, taken[0], taken[1]], shares)
    }

    /// Burns shares for their part of both reserves, or fails below the minima; returns what was paid.
    pub fn withdraw(env: Env, user: Address, share_amount: u128, min_amounts: Vec<u128>) -> Vec<u128> {
        user.require_auth();
        if min_amounts.len() != 2 {
            panic_with_error!(&env, PoolError::WrongInputVecSize);
        }
        let mut pool = state::load(&env);
        let total = share_token::total(&env) as u128;
        if total == 0 {
            panic_with_error!(&env, PoolError::EmptyPool);
        }
        share_token::burn(&env, &user, signed(share_amount));
        let mut paid = Vec::new(&env);
        for side in 0..2 {
            let amount = mul_div_floor(share_amount, pool.reserves[side], total).unwrap();
            if amount < min_amounts.get_unchecked(side as u32) {
                panic_with_error!(&env, PoolError::OutMinNotSatisfied);
            }
            pool.pay(&env, &user, side, amount);
            pool.reserves[side] -= amount;
            paid.push_back(amount);
        }
        pool.store_reserves(&env);
        paid
    }

    pub fn estimate_swap(env: Env, in_idx: u32, out_idx: u32, in_amount: u128) -> u128 {
        let pool = state::load(&env);
        let (sold, bought) = sides(&env, &pool, in_idx, out_idx);
        if in_amount == 0 {
            0
        } else {
            amount_out(&pool, sold, bought, in_amount)
        }
    }

    pub fn estimate_swap_strict_receive(env: Env, in_idx: u32, out_idx: u32, out_amount: u128) -> u128 {
        let pool = state::load(&env);
        let (sold, bought) = sides(&env, &pool, in_idx, out_idx);
        if out_amount == 0 {
            0
        } else {
            amount_in(&env, &pool, sold, bought, out_amount)
        }
    }

    pub fn swap(env: Env, user: Address, in_idx: u32, out_idx: u32, in_amount: u128, out_min: u128) -> u128 {
        user.require_auth();
        let mut pool = state::load(&env);
        let (sold, bought) = sides(&env, &pool, in_idx, out_idx);
        if in_amount == 0 {
            panic_with_error!(&env, PoolError::ZeroAmount);
        }
        let out = amount_out(&pool, sold, bought, in_amount);
        if out < out_min {
            panic_with_error!(&env, PoolError::OutMinNotSatisfied);
        }
        trade(&env, &mut pool, &user, (sold, in_amount), (bought, out));
        out
    }

    pub fn swap_strict_receive(
        env: Env,
        user: Address,
        in_idx: u32,
        out_idx: u32,
        out_amount: u128,
        in_max: u128,
    ) -> u128 {
        user.require_auth();
        let mut pool = state::load(&env);
        let (sold, bought) = sides(&env, &pool, in_idx, out_idx);
        if out_amount == 0 {
            panic_with_error!(&env, PoolError::ZeroAmount);
        }
        let paid = amount_in(&env, &pool, sold, bought, out_amount);
        if paid > in_max {
            panic_with_error!(&env, PoolError::InMaxNotSatisfied);
        }
        trade(&env, &mut pool, &user, (sold, paid), (bought, out_amount));
        paid
    }
}

fn shares_of(pool: &Pool, desired: [u128; 2], total: u128) -> Option<([u128; 2], u128)> {
    // Amounts round up and shares down, so that no deposit takes from those who are in.
    let other = mul_div_ceil(desired[0], pool.reserves[1], pool.reserves[0])?;
    let taken = if other <= desired[1] {
        [desired[0], other]
    } else {
        [mul_div_ceil(desired[1], pool.reserves[0], pool.reserves[1])?, desired[1]]
    };
    let shares_0 = mul_div_floor(taken[0], total, pool.reserves[0])?;
    let shares_1 = mul_div_floor(taken[1], total, pool.reserves[1])?;
    Some((taken, shares_0.min(shares_1)))
}

fn sides(env: &Env, pool: &Pool, in_idx: u32, out_idx: u32) -> (usize, usize) {
    if in_idx == out_idx {
        panic_with_error!(env, PoolError::CannotSwapSameToken);
    }
    if in_idx > 1 {
        panic_with_error!(env, PoolError::InTokenOutOfBounds);
    }
    if out_idx > 1 {
        panic_with_error!(env, PoolError::OutTokenOutOfBounds);
    }
    if pool.reserves[0] == 0 || pool.reserves[1] == 0 {
        panic_with_error!(env, PoolError::EmptyPool);
    }
    (in_idx as usize, out_idx as usize)
}

fn amount_out(pool: &Pool, sold: usize, bought: usize, amount: u128) -> u128 {
    aquarius_amount_out(amount, pool.reserves[sold], pool.reserves[bought], pool.fee).unwrap()
}

fn amount_in(env: &Env, pool: &Pool, sold: usize, bought: usize, amount: u128) -> u128 {
    if amount >= pool.reserves[bought] {
        panic_with_error!(env, PoolError::InsufficientBalance);
    }
    aquarius_amount_in(amount, pool.reserves[sold], pool.reserves[bought], pool.fee).unwrap()
}

fn trade(env: &Env, pool: &mut Pool, user: &Address, sold: (usize, u128), bought: (usize, u128)) {
    pool.take(env, user, sold.0, sold.1);
    pool.pay(env, user, bought.0, bought.1);
    pool.reserves[sold.0] += sold.1;
    pool.reserves[bought.0] -= bought.1;
    pool.store_reserves(env);
    let fee = mul_div_ceil(sold.1, pool.fee as u128, 10_000).unwrap();
    let topics = (symbol_short!("trade"), pool.token(sold.0), pool.token(bought.0), user.clone());
    publish(env, topics, (signed(sold.1), signed(bought.1), signed(fee)));
}

/// Token amounts are i128: what does not fit cannot be moved.
pub(crate) fn signed(amount: u128) -> i128 {
    amount.try_into().unwrap()
}

// Aquarius's shapes; the event macro would put other topics first.
#[allow(deprecated)]
pub(crate) fn publish<T, D>(env: &Env, topics: T, data: D)
where
    T: soroban_sdk::events::Topics,
    D: soroban_sdk::IntoVal<Env, soroban_sdk::Val>,
{
    env.events().publish(topics, data);
}

impl Pool {
    fn take(&self, env: &Env, user: &Address, side: usize, amount: u128) {
        let own = env.current_contract_address();
        token::Client::new(env, &self.token(side)).transfer(user, &own, &signed(amount));
    }

    fn pay(&self, env: &Env, user: &Address, side: usize, amount: u128) {
        let own = env.current_contract_address();
        token::Client::new(env, &self.token(side)).transfer(&own, user, &signed(amount));
    }
}
