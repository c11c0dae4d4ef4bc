//! Trades a route with borrowed money: stages it, borrows, and keeps nothing but the trader's profit.
//!
//! A contract of its own because a lender calls the receiver back, and a contract may not be entered twice: the
//! executor receives, so somebody else must ask.
#![no_std]
use lending::{flash_loan_symbol, FlashLoan, Request, REPAY};
use routes::{ExecutorClient, Step};
use soroban_sdk::{
    contract, contracterror, contractimpl, panic_with_error, token, vec, Address, Env, IntoVal, Val, Vec,
};

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum FlashRouteError {
    /// After repayment less than the least profit was left.
    Unprofitable = 1,
}

/// What a lender may ask beyond the loan, in units of the base token: Blend counts debt in shares and rounds up, so a loan
/// given back in the same call is owed with a unit or two on top. What is offered and not owed stays here.
const ROUNDING: i128 = 100;

#[contract]
pub struct FlashRoute;

#[contractimpl]
impl FlashRoute {
    /// Borrows `amount` of `base` from `lender` (Blend v2's `flash_loan`), trades `steps` through `executor`, repays and
    /// pays `trader` the profit, which is returned. `trader` needs no capital beyond the transaction's fee.
    #[allow(clippy::too_many_arguments)]
    pub fn run(
        env: Env,
        trader: Address,
        lender: Address,
        executor: Address,
        base: Address,
        amount: i128,
        min_profit: i128,
        steps: Vec<Step>,
    ) -> i128 {
        trader.require_auth();
        let own = env.current_contract_address();
        let money = token::Client::new(&env, &base);
        let before = money.balance(&own);
        ExecutorClient::new(&env, &executor).stage(&own, &base, &amount, &min_profit, &steps);
        // The lender takes its money back by this allowance, which dies with the ledger.
        let offered = amount + ROUNDING;
        money.approve(&own, &lender, &offered, &env.ledger().sequence());
        let loan = FlashLoan { contract: executor, asset: base.clone(), amount };
        let repayment = Request { request_type: REPAY, address: base, amount: offered };
        let arguments = (own.clone(), loan, vec![&env, repayment]).into_val(&env);
        env.invoke_contract::<Val>(&lender, &flash_loan_symbol(&env), arguments);
        let profit = money.balance(&own) - before;
        if profit < min_profit {
            panic_with_error!(&env, FlashRouteError::Unprofitable);
        }
        money.transfer(&own, &trader, &profit);
        profit
    }
}
