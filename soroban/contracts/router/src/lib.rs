//! Router with Soroswap's interface: deposits, withdrawals and swaps along a path, on behalf of who signs.
#![no_std]
mod errors;
mod quotes;

pub use errors::RouterError;
use interfaces::{FactoryClient, PairClient};
use soroban_sdk::{contract, contractimpl, symbol_short, token, Address, Env, Symbol, Vec};

const FACTORY: Symbol = symbol_short!("Factory");
/// Ledgers of five seconds: entries that fall below a week of life are extended to a month.
const WEEK: u32 = 120_960;
const MONTH: u32 = 518_400;

#[contract]
pub struct SoroswapRouter;

#[contractimpl]
impl SoroswapRouter {
    pub fn initialize(env: Env, factory: Address) -> Result<(), RouterError> {
        if env.storage().instance().has(&FACTORY) {
            return Err(RouterError::RouterInitializeAlreadyInitialized);
        }
        env.storage().instance().set(&FACTORY, &factory);
        Ok(())
    }

    pub fn get_factory(env: Env) -> Result<Address, RouterError> {
        factory(&env)
    }

    /// Deposits at the pool's ratio, no more than desired and no less than the minima; creates the pair if there is none.
    /// Returns what was taken of both tokens and the shares minted.
    #[allow(clippy::too_many_arguments)]
    pub fn add_liquidity(
        env: Env,
        token_a: Address,
        token_b: Address,
        amount_a_desired: i128,
        amount_b_desired: i128,
        amount_a_min: i128,
        amount_b_min: i128,
        to: Address,
        deadline: u64,
    ) -> Result<(i128, i128, i128), RouterError> {
        let factory = factory(&env)?;
        for amount in [amount_a_desired, amount_b_desired, amount_a_min, amount_b_min] {
            require_nonnegative(amount)?;
        }
        to.require_auth();
        require_in_time(&env, deadline)?;
        let client = FactoryClient::new(&env, &factory);
        if !client.pair_exists(&token_a, &token_b) {
            client.create_pair(&token_a, &token_b);
        }
        let pair = quotes::pair_for(&env, &factory, &token_a, &token_b)?;
        let reserves = quotes::reserves(&env, &factory, &token_a, &token_b)?;
        let desired = (amount_a_desired, amount_b_desired);
        let (amount_a, amount_b) = deposit_amounts(desired, (amount_a_min, amount_b_min), reserves)?;
        token::Client::new(&env, &token_a).transfer(&to, &pair, &amount_a);
        token::Client::new(&env, &token_b).transfer(&to, &pair, &amount_b);
        let liquidity = PairClient::new(&env, &pair).deposit(&to);
        Ok((amount_a, amount_b, liquidity))
    }

    /// Gives shares back for at least the minima of both tokens; returns what was paid.
    #[allow(clippy::too_many_arguments)]
    pub fn remove_liquidity(
        env: Env,
        token_a: Address,
        token_b: Address,
        liquidity: i128,
        amount_a_min: i128,
        amount_b_min: i128,
        to: Address,
        deadline: u64,
    ) -> Result<(i128, i128), RouterError> {
        let factory = factory(&env)?;
        for amount in [liquidity, amount_a_min, amount_b_min] {
            require_nonnegative(amount)?;
        }
        to.require_auth();
        require_in_time(&env, deadline)?;
        let pair = quotes::pair_for(&env, &factory, &token_a, &token_b)?;
        token::Client::new(&env, &pair).transfer(&to, &pair, &liquidity);
        let (amount_0, amount_1) = PairClient::new(&env, &pair).withdraw(&to);
        let (amount_a, amount_b) = if token_a < token_b { (amount_0, amount_1) } else { (amount_1, amount_0) };
        if amount_a < amount_a_min {
            return Err(RouterError::RouterInsufficientAAmount);
        }
        if amount_b < amount_b_min {
            return Err(RouterError::RouterInsufficientBAmount);
        }
        Ok((amount_a, amount_b))
    }

    pub fn swap_exact_tokens_for_tokens(
        env: Env,
        amount_in: i128,
        amount_out_min: i128,
        path: Vec<Address>,
        to: Address,
        deadline: u64,
    ) -> Result<Vec<i128>, RouterError> {
        let factory = factory(&env)?;
        require_nonnegative(amount_in)?;
        require_nonnegative(amount_out_min)?;
        to.require_auth();
        require_in_time(&env, deadline)?;
        let amounts = quotes::amounts_out(&env, &factory, amount_in, &path)?;
        if amounts.get_unchecked(path.len() - 1) < amount_out_min {
            return Err(RouterError::RouterInsufficientOutputAmount);
        }
        trade(&env, &factory, &amounts, &path, &to)?;
        Ok(amounts)
    }

    pub fn swap_tokens_for_exact_tokens(
        env: Env,
        amount_out: i128,
        amount_in_max: i128,
        path: Vec<Address>,
        to: Address,
        deadline: u64,
    ) -> Result<Vec<i128>, RouterError> {
        let factory = factory(&env)?;
        require_nonnegative(amount_out)?;
        require_nonnegative(amount_in_max)?;
        to.require_auth();
        require_in_time(&env, deadline)?;
        let amounts = quotes::amounts_in(&env, &factory, amount_out, &path)?;
        if amounts.get_unchecked(0) > amount_in_max {
            return Err(RouterError::RouterExcessiveInputAmount);
        }
        trade(&env, &factory, &amounts, &path, &to)?;
        Ok(amounts)
    }

    pub fn router_pair_for(env: Env, token_a: Address, token_b: Address) -> Result<Address, RouterError> {
        quotes::pair_for(&env, &factory(&env)?, &token_a, &token_b)
    }

    pub fn router_quote(amount_a: i128, reserve_a: i128, reserve_b: i128) -> Result<i128, RouterError> {
        quotes::quote(amount_a, reserve_a, reserve_b)
    }

    pub fn router_get_amount_out(amount_in: i128, reserve_in: i128, reserve_out: i128) -> Result<i128, RouterError> {
        quotes::amount_out(amount_in, reserve_in, reserve_out)
    }

    pub fn router_get_amount_in(amount_out: i128, reserve_in: i128, reserve_out: i128) -> Result<i128, RouterError> {
        quotes::amount_in(amount_out, reserve_in, reserve_out)
    }

    pub fn router_get_amounts_out(env: Env, amount_in: i128, path: Vec<Address>) -> Result<Vec<i128>, RouterError> {
        quotes::amounts_out(&env, &factory(&env)?, amount_in, &path)
    }

    pub fn router_get_amounts_in(env: Env, amount_out: i128, path: Vec<Address>) -> Result<Vec<i128>, RouterError> {
        quotes::amounts_in(&env, &factory(&env)?, amount_out, &path)
    }
}

/// Pays the first pair, then lets each pair pay the next; the last pays `to`.
fn trade(
    env: &Env,
    factory: &Address,
    amounts: &Vec<i128>,
    path: &Vec<Address>,
    to: &Address,
) -> Result<(), RouterError> {
    let mut pair = quotes::pair_for(env, factory, &path.get_unchecked(0), &path.get_unchecked(1))?;
    token::Client::new(env, &path.get_unchecked(0)).transfer(to, &pair, &amounts.get_unchecked(0));
    for hop in 0..path.len() - 1 {
        let (token_in, token_out) = (path.get_unchecked(hop), path.get_unchecked(hop + 1));
        let amount_out = amounts.get_unchecked(hop + 1);
        let (amount_0_out, amount_1_out) = if token_in < token_out { (0, amount_out) } else { (amount_out, 0) };
        let payee = match path.get(hop + 2) {
            Some(after) => quotes::pair_for(env, factory, &token_out, &after)?,
            None => to.clone(),
        };
        PairClient::new(env, &pair).swap(&amount_0_out, &amount_1_out, &payee);
        pair = payee;
    }
    Ok(())
}

fn deposit_amounts(
    desired: (i128, i128),
    minimum: (i128, i128),
    reserves: (i128, i128),
) -> Result<(i128, i128), RouterError> {
    if reserves == (0, 0) {
        return Ok(desired);
    }
    let best_b = quotes::quote(desired.0, reserves.0, reserves.1)?;
    if best_b <= desired.1 {
        return if best_b < minimum.1 { Err(RouterError::RouterInsufficientBAmount) } else { Ok((desired.0, best_b)) };
    }
    let best_a = quotes::quote(desired.1, reserves.1, reserves.0)?;
    if best_a < minimum.0 {
        Err(RouterError::RouterInsufficientAAmount)
    } else {
        Ok((best_a, desired.1))
    }
}

fn factory(env: &Env) -> Result<Address, RouterError> {
    let factory = env.storage().instance().get(&FACTORY).ok_or(RouterError::RouterNotInitialized)?;
    env.storage().instance().extend_ttl(WEEK, MONTH);
    Ok(factory)
}

fn require_nonnegative(amount: i128) -> Result<(), RouterError> {
    if amount < 0 {
        Err(RouterError::RouterNegativeNotAllowed)
    } else {
        Ok(())
    }
}

fn require_in_time(env: &Env, deadline: u64) -> Result<(), RouterError> {
    if env.ledger().timestamp() >= deadline {
        Err(RouterError::RouterDeadlineExpired)
    } else {
        Ok(())
    }
}
