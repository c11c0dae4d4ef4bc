//! A lender with the flash-loan call of Blend v2, for local use: what leaves in a call is back when it ends.
#![no_std]
use lending::{FlashLoan, ReceiverClient, Request, REPAY};
use soroban_sdk::{contract, contracterror, contractimpl, panic_with_error, token, Address, Env, Vec};

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum LenderError {
    /// The amount is not above zero.
    InvalidAmount = 1,
    /// Only repayments of the borrowed asset are served here.
    UnsupportedRequest = 2,
    /// Less came back than was lent.
    NotRepaid = 3,
}

#[contract]
pub struct FlashLender;

#[contractimpl]
impl FlashLender {
    /// Sends the asset to the receiver, calls its `exec_op` and serves `requests` from `from`'s allowance. Free of charge;
    /// of a repayment it takes what is owed and no more, as Blend does.
    /// Whoever wants to fund the lender transfers tokens to its address.
    pub fn flash_loan(env: Env, from: Address, flash_loan: FlashLoan, requests: Vec<Request>) {
        from.require_auth();
        if flash_loan.amount <= 0 {
            panic_with_error!(&env, LenderError::InvalidAmount);
        }
        let own = env.current_contract_address();
        let money = token::Client::new(&env, &flash_loan.asset);
        let before = money.balance(&own);
        money.transfer(&own, &flash_loan.contract, &flash_loan.amount);
        ReceiverClient::new(&env, &flash_loan.contract).exec_op(&from, &flash_loan.asset, &flash_loan.amount, &0);
        let mut owed = flash_loan.amount;
        for request in requests.iter() {
            if request.request_type != REPAY || request.address != flash_loan.asset {
                panic_with_error!(&env, LenderError::UnsupportedRequest);
            }
            let taken = request.amount.min(owed);
            money.transfer_from(&own, &from, &own, &taken);
            owed -= taken;
        }
        if money.balance(&own) < before {
            panic_with_error!(&env, LenderError::NotRepaid);
        }
    }
}
