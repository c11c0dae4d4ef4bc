//! Constant-product pool with Phoenix's interface and numbers: the fee is a part of what comes out, and leaves the pool.
#![no_std]
mod answers;
mod errors;
mod state;

use amm_maths::{isqrt, mul_div_floor, phoenix_swap, PhoenixSwap};
use answers::{Asset, LiquidityPoolInfo, PoolResponse, SimulateSwapResponse};
pub use errors::PoolError;
use soroban_sdk::{contract, contractimpl, panic_with_error, Address, Env, IntoVal, Val};
use state::{Config, PairType, Pool, Sides};

#[contract]
pub struct PhoenixPool;

#[contractimpl]
impl PhoenixPool {
    /// `token_a` below `token_b` in the network's order of addresses; fee and spread limit in basis points.
    pub fn __constructor(
        env: Env,
        token_a: Address,
        token_b: Address,
        total_fee_bps: i64,
        max_allowed_spread_bps: i64,
        fee_recipient: Address,
    ) {
        if token_a >= token_b {
            panic_with_error!(&env, PoolError::TokensNotSorted);
        }
        if !(0..10_000).contains(&total_fee_bps) || !(0..=10_000).contains(&max_allowed_spread_bps) {
            panic_with_error!(&env, PoolError::InvalidFee);
        }
        let own = env.current_contract_address();
        let config = Config {
            fee_recipient,
            max_allowed_slippage_bps: max_allowed_spread_bps,
            max_allowed_spread_bps,
            max_referral_bps: 0,
            pool_type: PairType::Xyk,
            share_token: own.clone(),
            stake_contract: own,
            token_a,
            token_b,
            total_fee_bps,
        };
        state::initialize(&env, &config);
    }

    /// Takes both tokens at the pool's ratio, at most what is desired and at least the minima.
    #[allow(clippy::too_many_arguments)]
    pub fn provide_liquidity(
        env: Env,
        sender: Address,
        desired_a: Option<i128>,
        min_a: Option<i128>,
        desired_b: Option<i128>,
        min_b: Option<i128>,
        _custom_slippage_bps: Option<i64>,
        deadline: Option<u64>,
        _auto_stake: bool,
    ) {
        require_in_time(&env, deadline);
        sender.require_auth();
        let mut pool = state::load(&env);
        let (desired_a, desired_b) = (desired_a.unwrap_or(0), desired_b.unwrap_or(0));
        if desired_a <= 0 || desired_b <= 0 {
            panic_with_error!(&env, PoolError::InvalidAmount);
        }
        let total = share_token::total(&env);
        let (amount_a, amount_b, shares) = if total == 0 {
            let root = isqrt(desired_a.checked_mul(desired_b).unwrap() as u128) as i128;
            (desired_a, desired_b, root)
        } else {
            deposit_at_ratio(&pool, desired_a, desired_b, total).unwrap()
        };
        if amount_a < min_a.unwrap_or(0) || amount_b < min_b.unwrap_or(0) || shares <= 0 {
            panic_with_error!(&env, PoolError::BelowMinimum);
        }
        state::take(&env, &sender, &pool.config.token_a, amount_a);
        state::take(&env, &sender, &pool.config.token_b, amount_b);
        share_token::mint(&env, &sender, shares);
        pool.reserve_a += amount_a;
        pool.reserve_b += amount_b;
        pool.store_reserves(&env);
        publish(&env, "provide_liquidity", "sender", &sender);
        publish(&env, "provide_liquidity", "token_a-amount", &amount_a);
        publish(&env, "provide_liquidity", "token_b-amount", &amount_b);
    }

    /// Burns shares for their part of both reserves; returns what was paid of token a and token b.
    pub fn withdraw_liquidity(
        env: Env,
        sender: Address,
        share_amount: i128,
        min_a: i128,
        min_b: i128,
        deadline: Option<u64>,
        _auto_unstake: Option<Val>,
    ) -> (i128, i128) {
        require_in_time(&env, deadline);
        sender.require_auth();
        let mut pool = state::load(&env);
        let (amount_a, amount_b) = part(&env, &pool, share_amount);
        if amount_a < min_a || amount_b < min_b {
            panic_with_error!(&env, PoolError::BelowMinimum);
        }
        share_token::burn(&env, &sender, share_amount);
        state::pay(&env, &sender, &pool.config.token_a, amount_a);
        state::pay(&env, &sender, &pool.config.token_b, amount_b);
        pool.reserve_a -= amount_a;
        pool.reserve_b -= amount_b;
        pool.store_reserves(&env);
        publish(&env, "withdraw_liquidity", "sender", &sender);
        publish(&env, "withdraw_liquidity", "shares_amount", &share_amount);
        (amount_a, amount_b)
    }

    /// Sells `offer_amount`; fails below the minimum, or if the spread exceeds the trader's limit or the pool's own.
    #[allow(clippy::too_many_arguments)]
    pub fn swap(
        env: Env,
        sender: Address,
        offer_asset: Address,
        offer_amount: i128,
        ask_asset_min_amount: Option<i128>,
        max_spread_bps: Option<i64>,
        deadline: Option<u64>,
        max_allowed_fee_bps: Option<i64>,
    ) -> i128 {
        require_in_time(&env, deadline);
        sender.require_auth();
        let mut pool = state::load(&env);
        let config = &pool.config;
        if max_allowed_fee_bps.is_some_and(|limit| config.total_fee_bps > limit) {
            panic_with_error!(&env, PoolError::FeeAboveAllowed);
        }
        let sides = pool.sides(&env, &offer_asset);
        let swap = computed(&env, &sides, offer_amount, config.total_fee_bps);
        let limit = max_spread_bps.unwrap_or(config.max_allowed_spread_bps).min(config.max_allowed_spread_bps);
        let gross = swap.returned + swap.commission;
        match swap.spread_fits(limit) {
            Some(true) => {}
            Some(false) => panic_with_error!(&env, PoolError::SpreadExceedsLimit),
            None => panic_with_error!(&env, PoolError::NoAnswer),
        }
        if swap.returned < ask_asset_min_amount.unwrap_or(0) {
            panic_with_error!(&env, PoolError::ReturnBelowMinimum);
        }
        state::take(&env, &sender, &offer_asset, offer_amount);
        state::pay(&env, &sender, &sides.bought, swap.returned);
        state::pay(&env, &pool.config.fee_recipient, &sides.bought, swap.commission);
        if sides.sells_a {
            pool.reserve_a += offer_amount;
            pool.reserve_b -= gross;
        } else {
            pool.reserve_b += offer_amount;
            pool.reserve_a -= gross;
        }
        pool.store_reserves(&env);
        publish(&env, "swap", "sender", &sender);
        publish(&env, "swap", "sell_token", &offer_asset);
        publish(&env, "swap", "offer_amount", &offer_amount);
        publish(&env, "swap", "actual received amount", &offer_amount);
        publish(&env, "swap", "buy_token", &sides.bought);
        publish(&env, "swap", "return_amount", &swap.returned);
        publish(&env, "swap", "spread_amount", &swap.spread);
        publish(&env, "swap", "referral_fee_amount", &0i128);
        swap.returned
    }

    pub fn simulate_swap(env: Env, offer_asset: Address, offer_amount: i128) -> SimulateSwapResponse {
        let pool = state::load(&env);
        let sides = pool.sides(&env, &offer_asset);
        let swap = computed(&env, &sides, offer_amount, pool.config.total_fee_bps);
        SimulateSwapResponse {
            ask_amount: swap.returned,
            commission_amount: swap.commission,
            spread_amount: swap.spread,
            total_return: swap.returned + swap.commission + swap.spread,
        }
    }

    pub fn query_config(env: Env) -> Config {
        state::load(&env).config
    }

    pub fn query_pool_info(env: Env) -> PoolResponse {
        let Pool { config, reserve_a, reserve_b } = state::load(&env);
        PoolResponse {
            asset_a: Asset { address: config.token_a, amount: reserve_a },
            asset_b: Asset { address: config.token_b, amount: reserve_b },
            asset_lp_share: Asset { address: config.share_token, amount: share_token::total(&env) },
            stake_address: config.stake_contract,
        }
    }

    pub fn query_pool_info_for_factory(env: Env) -> LiquidityPoolInfo {
        LiquidityPoolInfo {
            pool_address: env.current_contract_address(),
            total_fee_bps: state::load(&env).config.total_fee_bps,
            pool_response: Self::query_pool_info(env),
        }
    }

    /// What a number of shares is worth of both tokens.
    pub fn query_share(env: Env, amount: i128) -> (Asset, Asset) {
        let pool = state::load(&env);
        let (amount_a, amount_b) = part(&env, &pool, amount);
        let asset_a = Asset { address: pool.config.token_a, amount: amount_a };
        (asset_a, Asset { address: pool.config.token_b, amount: amount_b })
    }

    pub fn query_total_issued_lp(env: Env) -> i128 {
        share_token::total(&env)
    }

    /// Shares of an owner: they live in the pool itself, which is its own share token.
    pub fn balance(env: Env, id: Address) -> i128 {
        share_token::balance(&env, &id)
    }
}

fn computed(env: &Env, sides: &Sides, amount: i128, fee: i64) -> PhoenixSwap {
    if amount <= 0 {
        panic_with_error!(env, PoolError::InvalidAmount);
    }
    if sides.reserve_in <= 0 || sides.reserve_out <= 0 {
        panic_with_error!(env, PoolError::EmptyPool);
    }
    match phoenix_swap(amount, sides.reserve_in, sides.reserve_out, fee) {
        Some(swap) => swap,
        None => panic_with_error!(env, PoolError::NoAnswer),
    }
}

fn deposit_at_ratio(pool: &Pool, desired_a: i128, desired_b: i128, total: i128) -> Option<(i128, i128, i128)> {
    let matching_b = scaled(desired_a, pool.reserve_b, pool.reserve_a)?;
    let (amount_a, amount_b) = if matching_b <= desired_b {
        (desired_a, matching_b)
    } else {
        (scaled(desired_b, pool.reserve_a, pool.reserve_b)?, desired_b)
    };
    let shares_a = scaled(amount_a, total, pool.reserve_a)?;
    let shares_b = scaled(amount_b, total, pool.reserve_b)?;
    Some((amount_a, amount_b, shares_a.min(shares_b)))
}

/// `amount` * `to` / `from`, rounded down, of numbers that are not negative.
fn scaled(amount: i128, to: i128, from: i128) -> Option<i128> {
    mul_div_floor(amount as u128, to as u128, from as u128)?.try_into().ok()
}

fn part(env: &Env, pool: &Pool, shares: i128) -> (i128, i128) {
    let total = share_token::total(env);
    if shares <= 0 || shares > total {
        panic_with_error!(env, PoolError::InvalidAmount);
    }
    let of = |reserve: i128| mul_div_floor(shares as u128, reserve as u128, total as u128).unwrap() as i128;
    (of(pool.reserve_a), of(pool.reserve_b))
}

fn require_in_time(env: &Env, deadline: Option<u64>) {
    if deadline.is_some_and(|last| env.ledger().timestamp() > last) {
        panic_with_error!(env, PoolError::DeadlinePassed);
    }
}

// One event a field, two strings each, as Phoenix publishes them; the event macro cannot say that.
#[allow(deprecated)]
fn publish<D: IntoVal<Env, Val>>(env: &Env, what: &str, field: &str, data: &D) {
    env.events().publish((what, field), data.into_val(env));
}
