//! One hop on each kind of venue. What it brought is read off the ledger, not off what the venue claims.
use crate::errors::RouteError;
use interfaces::{AquariusPoolClient, PairClient, PhoenixPoolClient};
use routes::{Step, Venue};
use soroban_sdk::auth::{ContractContext, InvokerContractAuthEntry, SubContractInvocation};
use soroban_sdk::{panic_with_error, symbol_short, token, vec, Address, Env, IntoVal, Vec};

/// Trades the whole cycle from `amount` of `base`; returns the last hop's base tokens.
pub fn trade(env: &Env, base: &Address, amount: i128, steps: &Vec<Step>) -> i128 {
    let mut held = amount;
    let mut token = base.clone();
    for step in steps.iter() {
        if step.token_in != token {
            panic_with_error!(env, RouteError::BrokenRoute);
        }
        held = hop(env, &step, held);
        token = step.token_out;
    }
    held
}

/// A cycle from `base` to `base` whose amounts make sense, or a panic.
pub fn require_cycle(env: &Env, base: &Address, amount: i128, min_profit: i128, steps: &Vec<Step>) {
    if amount <= 0 || min_profit < 0 {
        panic_with_error!(env, RouteError::InvalidAmount);
    }
    if steps.is_empty() {
        panic_with_error!(env, RouteError::EmptyRoute);
    }
    if steps.get_unchecked(0).token_in != *base || steps.get_unchecked(steps.len() - 1).token_out != *base {
        panic_with_error!(env, RouteError::NotACycle);
    }
}

fn hop(env: &Env, step: &Step, amount: i128) -> i128 {
    let own = env.current_contract_address();
    let bought = token::Client::new(env, &step.token_out);
    let before = bought.balance(&own);
    match step.venue {
        Venue::SoroswapPair => soroswap(env, step, amount, &own),
        Venue::AquariusPool => aquarius(env, step, amount, &own),
        Venue::PhoenixPool => phoenix(env, step, amount, &own),
    }
    // The venues are given no minimum: this is the check, so that the error is always this contract's own.
    let received = bought.balance(&own) - before;
    if received < step.min_out || received <= 0 {
        panic_with_error!(env, RouteError::StepBelowMinimum);
    }
    received
}

fn soroswap(env: &Env, step: &Step, amount: i128, own: &Address) {
    let Some(curve) = venues::curve(env, step.venue, &step.pool, &step.token_in, &step.token_out) else {
        panic_with_error!(env, RouteError::TokenNotInPool);
    };
    let Some(out) = curve.amount_out(amount) else {
        panic_with_error!(env, RouteError::VenueRefused);
    };
    token::Client::new(env, &step.token_in).transfer(own, &step.pool, &amount);
    let (amount_0_out, amount_1_out) = if step.token_in < step.token_out { (0, out) } else { (out, 0) };
    PairClient::new(env, &step.pool).swap(&amount_0_out, &amount_1_out, own);
}

fn aquarius(env: &Env, step: &Step, amount: i128, own: &Address) {
    let client = AquariusPoolClient::new(env, &step.pool);
    let tokens = client.get_tokens();
    let sold = venues::index_of(&tokens, &step.token_in);
    let bought = venues::index_of(&tokens, &step.token_out);
    let Some((sold, bought)) = sold.zip(bought) else {
        panic_with_error!(env, RouteError::TokenNotInPool);
    };
    allow_pull(env, step, amount, own);
    client.swap(own, &sold, &bought, &(amount as u128), &0);
}

fn phoenix(env: &Env, step: &Step, amount: i128, own: &Address) {
    allow_pull(env, step, amount, own);
    PhoenixPoolClient::new(env, &step.pool).swap(own, &step.token_in, &amount, &None, &None, &None, &None);
}

/// The next call may take exactly this amount from this contract, by one transfer to the pool.
fn allow_pull(env: &Env, step: &Step, amount: i128, own: &Address) {
    let transfer = ContractContext {
        contract: step.token_in.clone(),
        fn_name: symbol_short!("transfer"),
        args: (own.clone(), step.pool.clone(), amount).into_val(env),
    };
    let entry = SubContractInvocation { context: transfer, sub_invocations: vec![env] };
    env.authorize_as_current_contract(vec![env, InvokerContractAuthEntry::Contract(entry)]);
}
