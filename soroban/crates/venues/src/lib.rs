//! One view of three kinds of pool: what they hold, what a trade would bring.
#![no_std]
use amm_maths::{aquarius_amount_out, phoenix_swap, soroswap_amount_out};
use interfaces::{AquariusPoolClient, PairClient, PhoenixPoolClient};
use routes::Venue;
use soroban_sdk::{Address, Env, Vec};

/// A pool seen from one of its sides.
#[derive(Clone, Copy)]
pub struct Curve {
    pub venue: Venue,
    pub reserve_in: i128,
    pub reserve_out: i128,
    /// Basis points; Soroswap's 0.3 % is part of its formula and this is not read.
    pub fee: u32,
}

impl Curve {
    /// What `amount_in` brings; None where the venue would refuse.
    pub fn amount_out(&self, amount_in: i128) -> Option<i128> {
        if amount_in <= 0 || self.reserve_in <= 0 || self.reserve_out <= 0 {
            return None;
        }
        match self.venue {
            Venue::SoroswapPair => soroswap_amount_out(amount_in, self.reserve_in, self.reserve_out),
            Venue::AquariusPool => {
                let (reserve_in, reserve_out) = (self.reserve_in as u128, self.reserve_out as u128);
                aquarius_amount_out(amount_in as u128, reserve_in, reserve_out, self.fee)?.try_into().ok()
            }
            Venue::PhoenixPool => {
                phoenix_swap(amount_in, self.reserve_in, self.reserve_out, self.fee as i64).map(|swap| swap.returned)
            }
        }
    }
}

/// Reads a pool; None when it does not trade these two tokens.
pub fn curve(env: &Env, venue: Venue, pool: &Address, token_in: &Address, token_out: &Address) -> Option<Curve> {
    if token_in == token_out {
        return None;
    }
    match venue {
        Venue::SoroswapPair => pair(env, pool, token_in, token_out),
        Venue::AquariusPool => aquarius(env, pool, token_in, token_out),
        Venue::PhoenixPool => phoenix(env, pool, token_in, token_out),
    }
}

/// Index of a token in an Aquarius pool.
pub fn index_of(tokens: &Vec<Address>, token: &Address) -> Option<u32> {
    tokens.first_index_of(token)
}

fn pair(env: &Env, pool: &Address, token_in: &Address, token_out: &Address) -> Option<Curve> {
    let client = PairClient::new(env, pool);
    let (reserve_0, reserve_1) = client.get_reserves();
    let held = (client.token_0(), client.token_1());
    let (reserve_in, reserve_out) = if held == (token_in.clone(), token_out.clone()) {
        (reserve_0, reserve_1)
    } else if held == (token_out.clone(), token_in.clone()) {
        (reserve_1, reserve_0)
    } else {
        return None;
    };
    Some(Curve { venue: Venue::SoroswapPair, reserve_in, reserve_out, fee: 30 })
}

fn aquarius(env: &Env, pool: &Address, token_in: &Address, token_out: &Address) -> Option<Curve> {
    let client = AquariusPoolClient::new(env, pool);
    let tokens = client.get_tokens();
    let (index_in, index_out) = (index_of(&tokens, token_in)?, index_of(&tokens, token_out)?);
    let reserves = client.get_reserves();
    Some(Curve {
        venue: Venue::AquariusPool,
        reserve_in: reserves.get(index_in)?.try_into().ok()?,
        reserve_out: reserves.get(index_out)?.try_into().ok()?,
        fee: client.get_fee_fraction(),
    })
}

fn phoenix(env: &Env, pool: &Address, token_in: &Address, token_out: &Address) -> Option<Curve> {
    let info = PhoenixPoolClient::new(env, pool).query_pool_info_for_factory();
    let (a, b) = (info.pool_response.asset_a, info.pool_response.asset_b);
    let (sold, bought) = if a.address == *token_in { (a, b) } else { (b, a) };
    if sold.address != *token_in || bought.address != *token_out {
        return None;
    }
    Some(Curve {
        venue: Venue::PhoenixPool,
        reserve_in: sold.amount,
        reserve_out: bought.amount,
        fee: info.total_fee_bps.try_into().ok()?,
    })
}
