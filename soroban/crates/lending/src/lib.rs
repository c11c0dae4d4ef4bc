//! Blend v2's flash loan: the call, its types, and the receiver it calls back.
#![no_std]
use soroban_sdk::{contractclient, contracttype, Address, Env, Symbol};

/// Called by a Blend pool once the borrowed amount has arrived.
#[contractclient(name = "ReceiverClient")]
pub trait Receiver {
    fn exec_op(env: Env, caller: Address, token: Address, amount: i128, fee: i128);
}

/// Blend v2's flash loan: who receives what.
#[contracttype]
#[derive(Clone)]
pub struct FlashLoan {
    pub contract: Address,
    pub asset: Address,
    pub amount: i128,
}

/// One of Blend's requests; a flash loan is given back by REPAY.
#[contracttype]
#[derive(Clone)]
pub struct Request {
    pub request_type: u32,
    pub address: Address,
    pub amount: i128,
}

/// Blend's request type for paying a debt back.
pub const REPAY: u32 = 5;

/// Name of the one call that borrows; its result differs between lenders and is not read.
pub fn flash_loan_symbol(env: &Env) -> Symbol {
    Symbol::new(env, "flash_loan")
}
