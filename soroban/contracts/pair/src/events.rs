//! Events of a pair: topics ("SoroswapPair", what happened), data a struct.
use soroban_sdk::{contracttype, Address, Env, IntoVal, Symbol, Val};

#[contracttype]
pub struct DepositEvent {
    pub to: Address,
    pub amount_0: i128,
    pub amount_1: i128,
    pub liquidity: i128,
    pub new_reserve_0: i128,
    pub new_reserve_1: i128,
}

#[contracttype]
pub struct WithdrawEvent {
    pub to: Address,
    pub liquidity: i128,
    pub amount_0: i128,
    pub amount_1: i128,
    pub new_reserve_0: i128,
    pub new_reserve_1: i128,
}

#[contracttype]
pub struct SwapEvent {
    pub to: Address,
    pub amount_0_in: i128,
    pub amount_1_in: i128,
    pub amount_0_out: i128,
    pub amount_1_out: i128,
}

#[contracttype]
pub struct SyncEvent {
    pub new_reserve_0: i128,
    pub new_reserve_1: i128,
}

#[contracttype]
pub struct SkimEvent {
    pub skimmed_0: i128,
    pub skimmed_1: i128,
}

// The first topic is a string on the network, which the event macro cannot say.
#[allow(deprecated)]
pub fn publish<D: IntoVal<Env, Val>>(env: &Env, what: Symbol, data: D) {
    env.events().publish(("SoroswapPair", what), data);
}
