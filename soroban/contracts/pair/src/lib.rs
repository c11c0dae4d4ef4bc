//! Constant-product pair with Soroswap's interface, storage and numbers: tokens are sent first, then the pair is called.
#![no_std]
mod errors;
mod events;
mod shares;
mod state;

use amm_maths::{ceil_div, isqrt};
pub use errors::PairError;
use events::{publish, DepositEvent, SkimEvent, SwapEvent, SyncEvent, WithdrawEvent};
use soroban_sdk::{contract, contractimpl, symbol_short, Address, Env};
use state::Pool;

/// Shares that the first deposit leaves in the pair for ever.
const MINIMUM_LIQUIDITY: i128 = 1000;

#[contract]
pub struct SoroswapPair;

#[contractimpl]
impl SoroswapPair {
    pub fn initialize(env: Env, factory: Address, token_0: Address, token_1: Address) -> Result<(), PairError> {
        if state::is_initialized(&env) {
            return Err(PairError::InitializeAlreadyInitialized);
        }
        if token_0 >= token_1 {
            return Err(PairError::InitializeTokenOrderInvalid);
        }
        state::initialize(&env, &factory, &token_0, &token_1);
        Ok(())
    }

    /// Mints shares for the tokens that arrived since the last update; returns how many.
    pub fn deposit(env: Env, to: Address) -> Result<i128, PairError> {
        let pool = state::load(&env);
        let (balance_0, balance_1) = pool.balances(&env);
        let (amount_0, amount_1) = (balance_0 - pool.reserve_0, balance_1 - pool.reserve_1);
        if amount_0 <= 0 {
            return Err(PairError::DepositInsufficientAmountToken0);
        }
        if amount_1 <= 0 {
            return Err(PairError::DepositInsufficientAmountToken1);
        }
        let total = share_token::total(&env);
        let liquidity = if total == 0 {
            let root = isqrt((amount_0.checked_mul(amount_1).ok_or(PairError::UpdateOverflow)?) as u128) as i128;
            if root <= MINIMUM_LIQUIDITY {
                return Err(PairError::DepositInsufficientFirstLiquidity);
            }
            share_token::mint(&env, &env.current_contract_address(), MINIMUM_LIQUIDITY);
            root - MINIMUM_LIQUIDITY
        } else {
            (amount_0 * total / pool.reserve_0).min(amount_1 * total / pool.reserve_1)
        };
        if liquidity <= 0 {
            return Err(PairError::DepositInsufficientLiquidityMinted);
        }
        share_token::mint(&env, &to, liquidity);
        update(&env, balance_0, balance_1)?;
        let event =
            DepositEvent { to, amount_0, amount_1, liquidity, new_reserve_0: balance_0, new_reserve_1: balance_1 };
        publish(&env, symbol_short!("deposit"), event);
        Ok(liquidity)
    }

    /// Pays out, then demands that what arrived, less 0.3 % rounded up, keeps the product of the reserves.
    pub fn swap(env: Env, amount_0_out: i128, amount_1_out: i128, to: Address) -> Result<(), PairError> {
        let pool = state::load(&env);
        if amount_0_out == 0 && amount_1_out == 0 {
            return Err(PairError::SwapInsufficientOutputAmount);
        }
        if amount_0_out < 0 || amount_1_out < 0 {
            return Err(PairError::SwapNegativesOutNotSupported);
        }
        if amount_0_out >= pool.reserve_0 || amount_1_out >= pool.reserve_1 {
            return Err(PairError::SwapInsufficientLiquidity);
        }
        if to == pool.token_0 || to == pool.token_1 {
            return Err(PairError::SwapInvalidTo);
        }
        pool.pay(&env, &to, amount_0_out, amount_1_out);
        let (balance_0, balance_1) = pool.balances(&env);
        let amount_0_in = (balance_0 - (pool.reserve_0 - amount_0_out)).max(0);
        let amount_1_in = (balance_1 - (pool.reserve_1 - amount_1_out)).max(0);
        if amount_0_in == 0 && amount_1_in == 0 {
            return Err(PairError::SwapInsufficientInputAmount);
        }
        if !keeps_product(&pool, (balance_0, amount_0_in), (balance_1, amount_1_in))? {
            return Err(PairError::SwapKConstantNotMet);
        }
        update(&env, balance_0, balance_1)?;
        publish(&env, symbol_short!("swap"), SwapEvent { to, amount_0_in, amount_1_in, amount_0_out, amount_1_out });
        Ok(())
    }

    /// Burns the shares that were sent to the pair and pays their part of both balances.
    pub fn withdraw(env: Env, to: Address) -> Result<(i128, i128), PairError> {
        let pool = state::load(&env);
        let own = env.current_contract_address();
        let held = share_token::balance(&env, &own);
        if held == 0 {
            return Err(PairError::WithdrawLiquidityNotInitialized);
        }
        let sent = held - MINIMUM_LIQUIDITY;
        if sent <= 0 {
            return Err(PairError::WithdrawInsufficientSentShares);
        }
        let (balance_0, balance_1) = pool.balances(&env);
        let total = share_token::total(&env);
        let (amount_0, amount_1) = (balance_0 * sent / total, balance_1 * sent / total);
        if amount_0 <= 0 || amount_1 <= 0 {
            return Err(PairError::WithdrawInsufficientLiquidityBurned);
        }
        share_token::burn(&env, &own, sent);
        pool.pay(&env, &to, amount_0, amount_1);
        let (new_reserve_0, new_reserve_1) = pool.balances(&env);
        update(&env, new_reserve_0, new_reserve_1)?;
        let event = WithdrawEvent { to, liquidity: sent, amount_0, amount_1, new_reserve_0, new_reserve_1 };
        publish(&env, symbol_short!("withdraw"), event);
        Ok((amount_0, amount_1))
    }

    /// Pays whatever the pair holds beyond its reserves.
    pub fn skim(env: Env, to: Address) {
        let pool = state::load(&env);
        let (balance_0, balance_1) = pool.balances(&env);
        let (skimmed_0, skimmed_1) = (balance_0 - pool.reserve_0, balance_1 - pool.reserve_1);
        pool.pay(&env, &to, skimmed_0, skimmed_1);
        publish(&env, symbol_short!("skim"), SkimEvent { skimmed_0, skimmed_1 });
    }

    /// Takes the balances as the new reserves.
    pub fn sync(env: Env) -> Result<(), PairError> {
        let (balance_0, balance_1) = state::load(&env).balances(&env);
        update(&env, balance_0, balance_1)
    }

    pub fn token_0(env: Env) -> Address {
        state::load(&env).token_0
    }

    pub fn token_1(env: Env) -> Address {
        state::load(&env).token_1
    }

    pub fn factory(env: Env) -> Address {
        state::factory(&env)
    }

    pub fn get_reserves(env: Env) -> (i128, i128) {
        let pool = state::load(&env);
        (pool.reserve_0, pool.reserve_1)
    }

    /// Zero: the share of fees that Soroswap's factory can switch on is not built.
    pub fn k_last(_env: Env) -> i128 {
        0
    }
}

fn keeps_product(pool: &Pool, side_0: (i128, i128), side_1: (i128, i128)) -> Result<bool, PairError> {
    let less_fee = |(balance, amount_in): (i128, i128)| Some(balance - ceil_div(amount_in.checked_mul(3)?, 1000)?);
    let after = less_fee(side_0).zip(less_fee(side_1)).and_then(|(a, b)| a.checked_mul(b));
    let before = pool.reserve_0.checked_mul(pool.reserve_1);
    Ok(after.ok_or(PairError::UpdateOverflow)? >= before.ok_or(PairError::UpdateOverflow)?)
}

fn update(env: &Env, new_reserve_0: i128, new_reserve_1: i128) -> Result<(), PairError> {
    state::put_reserves(env, new_reserve_0, new_reserve_1);
    publish(env, symbol_short!("sync"), SyncEvent { new_reserve_0, new_reserve_1 });
    Ok(())
}
