//! Quotes along a path of pairs. Every hop is quoted before any is traded: a path that visits a pair twice is
//! quoted on reserves that its own first visit will have moved.
use crate::errors::RouterError;
use amm_maths::{soroswap_amount_in, soroswap_amount_out};
use interfaces::{FactoryClient, PairClient};
use soroban_sdk::{Address, Env, Vec};

/// Reserves of the pair of two tokens, in the order they were asked for.
pub fn reserves(
    env: &Env,
    factory: &Address,
    token_a: &Address,
    token_b: &Address,
) -> Result<(i128, i128), RouterError> {
    let pair = pair_for(env, factory, token_a, token_b)?;
    let (reserve_0, reserve_1) = PairClient::new(env, &pair).get_reserves();
    Ok(if token_a < token_b { (reserve_0, reserve_1) } else { (reserve_1, reserve_0) })
}

pub fn pair_for(env: &Env, factory: &Address, token_a: &Address, token_b: &Address) -> Result<Address, RouterError> {
    if token_a == token_b {
        return Err(RouterError::LibrarySortIdenticalTokens);
    }
    let client = FactoryClient::new(env, factory);
    if !client.pair_exists(token_a, token_b) {
        return Err(RouterError::RouterPairDoesNotExist);
    }
    Ok(client.get_pair(token_a, token_b))
}

/// The other side of a deposit at the pool's ratio.
pub fn quote(amount_a: i128, reserve_a: i128, reserve_b: i128) -> Result<i128, RouterError> {
    if amount_a <= 0 {
        return Err(RouterError::LibraryInsufficientAmount);
    }
    if reserve_a <= 0 || reserve_b <= 0 {
        return Err(RouterError::LibraryInsufficientLiquidity);
    }
    Ok(amount_a * reserve_b / reserve_a)
}

/// Overflow traps, as it does in Soroswap's library.
pub fn amount_out(amount_in: i128, reserve_in: i128, reserve_out: i128) -> Result<i128, RouterError> {
    if amount_in <= 0 {
        return Err(RouterError::LibraryInsufficientInputAmount);
    }
    if reserve_in <= 0 || reserve_out <= 0 {
        return Err(RouterError::LibraryInsufficientLiquidity);
    }
    Ok(soroswap_amount_out(amount_in, reserve_in, reserve_out).unwrap())
}

pub fn amount_in(amount_out: i128, reserve_in: i128, reserve_out: i128) -> Result<i128, RouterError> {
    if amount_out <= 0 {
        return Err(RouterError::LibraryInsufficientOutputAmount);
    }
    if reserve_in <= 0 || reserve_out <= 0 {
        return Err(RouterError::LibraryInsufficientLiquidity);
    }
    Ok(soroswap_amount_in(amount_out, reserve_in, reserve_out).unwrap())
}

pub fn amounts_out(env: &Env, factory: &Address, first: i128, path: &Vec<Address>) -> Result<Vec<i128>, RouterError> {
    require_path(path)?;
    let mut amounts = Vec::new(env);
    let mut amount = first;
    amounts.push_back(amount);
    for hop in 0..path.len() - 1 {
        let (token_in, token_out) = (path.get_unchecked(hop), path.get_unchecked(hop + 1));
        let (reserve_in, reserve_out) = reserves(env, factory, &token_in, &token_out)?;
        amount = amount_out(amount, reserve_in, reserve_out)?;
        amounts.push_back(amount);
    }
    Ok(amounts)
}

pub fn amounts_in(env: &Env, factory: &Address, last: i128, path: &Vec<Address>) -> Result<Vec<i128>, RouterError> {
    require_path(path)?;
    let mut amounts = Vec::new(env);
    let mut amount = last;
    amounts.push_front(amount);
    for hop in (0..path.len() - 1).rev() {
        let (token_in, token_out) = (path.get_unchecked(hop), path.get_unchecked(hop + 1));
        let (reserve_in, reserve_out) = reserves(env, factory, &token_in, &token_out)?;
        amount = amount_in(amount, reserve_in, reserve_out)?;
        amounts.push_front(amount);
    }
    Ok(amounts)
}

fn require_path(path: &Vec<Address>) -> Result<(), RouterError> {
    if path.len() < 2 {
        Err(RouterError::LibraryInvalidPath)
    } else {
        Ok(())
    }
}
