//! Factory with Soroswap's interface: one pair for each two tokens, at an address that follows from them.
#![no_std]
use soroban_sdk::xdr::ToXdr;
use soroban_sdk::{
    contract, contractclient, contracterror, contractimpl, contracttype, symbol_short, Address, Bytes, BytesN, Env,
};

/// Ledgers of five seconds: entries that fall below a week of life are extended to a month.
const WEEK: u32 = 120_960;
const MONTH: u32 = 518_400;

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum FactoryError {
    NotInitialized = 201,
    CreatePairIdenticalTokens = 202,
    CreatePairAlreadyExists = 203,
    InitializeAlreadyInitialized = 204,
    PairDoesNotExist = 205,
    IndexDoesNotExist = 206,
}

#[contracttype(export = false)]
enum Key {
    FeeToSetter,
    PairWasmHash,
    TotalPairs,
    PairByTokens(Address, Address),
    PairByIndex(u32),
}

#[contracttype]
pub struct NewPairEvent {
    pub token_0: Address,
    pub token_1: Address,
    pub pair: Address,
    pub new_pairs_length: u32,
}

#[contractclient(name = "NewPairClient")]
pub trait NewPair {
    fn initialize(env: Env, factory: Address, token_0: Address, token_1: Address);
}

#[contract]
pub struct SoroswapFactory;

#[contractimpl]
impl SoroswapFactory {
    pub fn initialize(env: Env, setter: Address, pair_wasm_hash: BytesN<32>) -> Result<(), FactoryError> {
        let store = env.storage().instance();
        if store.has(&Key::TotalPairs) {
            return Err(FactoryError::InitializeAlreadyInitialized);
        }
        store.set(&Key::FeeToSetter, &setter);
        store.set(&Key::PairWasmHash, &pair_wasm_hash);
        store.set(&Key::TotalPairs, &0u32);
        Ok(())
    }

    /// Deploys the pair of two tokens; anyone may.
    pub fn create_pair(env: Env, token_a: Address, token_b: Address) -> Result<Address, FactoryError> {
        let count = pairs(&env)?;
        if token_a == token_b {
            return Err(FactoryError::CreatePairIdenticalTokens);
        }
        let (token_0, token_1) = sorted(token_a, token_b);
        let by_tokens = Key::PairByTokens(token_0.clone(), token_1.clone());
        if env.storage().persistent().has(&by_tokens) {
            return Err(FactoryError::CreatePairAlreadyExists);
        }
        let wasm: BytesN<32> = env.storage().instance().get(&Key::PairWasmHash).ok_or(FactoryError::NotInitialized)?;
        let pair = env.deployer().with_current_contract(salt(&env, &token_0, &token_1)).deploy_v2(wasm, ());
        NewPairClient::new(&env, &pair).initialize(&env.current_contract_address(), &token_0, &token_1);
        remember(&env, &by_tokens, &pair);
        remember(&env, &Key::PairByIndex(count), &pair);
        env.storage().instance().set(&Key::TotalPairs, &(count + 1));
        publish(&env, NewPairEvent { token_0, token_1, pair: pair.clone(), new_pairs_length: count + 1 });
        Ok(pair)
    }

    pub fn get_pair(env: Env, token_a: Address, token_b: Address) -> Result<Address, FactoryError> {
        pairs(&env)?;
        let (token_0, token_1) = sorted(token_a, token_b);
        recall(&env, &Key::PairByTokens(token_0, token_1)).ok_or(FactoryError::PairDoesNotExist)
    }

    pub fn pair_exists(env: Env, token_a: Address, token_b: Address) -> Result<bool, FactoryError> {
        pairs(&env)?;
        let (token_0, token_1) = sorted(token_a, token_b);
        Ok(env.storage().persistent().has(&Key::PairByTokens(token_0, token_1)))
    }

    pub fn all_pairs_length(env: Env) -> Result<u32, FactoryError> {
        pairs(&env)
    }

    pub fn all_pairs(env: Env, n: u32) -> Result<Address, FactoryError> {
        pairs(&env)?;
        recall(&env, &Key::PairByIndex(n)).ok_or(FactoryError::IndexDoesNotExist)
    }

    pub fn fee_to_setter(env: Env) -> Result<Address, FactoryError> {
        env.storage().instance().get(&Key::FeeToSetter).ok_or(FactoryError::NotInitialized)
    }

    /// False: these pairs keep the whole fee for those who own shares.
    pub fn fees_enabled(env: Env) -> Result<bool, FactoryError> {
        pairs(&env).map(|_| false)
    }
}

fn pairs(env: &Env) -> Result<u32, FactoryError> {
    let count = env.storage().instance().get(&Key::TotalPairs).ok_or(FactoryError::NotInitialized)?;
    env.storage().instance().extend_ttl(WEEK, MONTH);
    Ok(count)
}

fn sorted(token_a: Address, token_b: Address) -> (Address, Address) {
    if token_a < token_b {
        (token_a, token_b)
    } else {
        (token_b, token_a)
    }
}

fn salt(env: &Env, token_0: &Address, token_1: &Address) -> BytesN<32> {
    let mut both = Bytes::new(env);
    both.append(&token_0.clone().to_xdr(env));
    both.append(&token_1.clone().to_xdr(env));
    env.crypto().sha256(&both).to_bytes()
}

fn remember(env: &Env, key: &Key, pair: &Address) {
    env.storage().persistent().set(key, pair);
    env.storage().persistent().extend_ttl(key, WEEK, MONTH);
}

fn recall(env: &Env, key: &Key) -> Option<Address> {
    let pair = env.storage().persistent().get(key)?;
    env.storage().persistent().extend_ttl(key, WEEK, MONTH);
    Some(pair)
}

// The first topic is a string on the network, which the event macro cannot say.
#[allow(deprecated)]
fn publish(env: &Env, event: NewPairEvent) {
    env.events().publish(("SoroswapFactory", symbol_short!("new_pair")), event);
}
