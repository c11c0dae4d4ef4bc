//! What the admin has told the detector: the oracle, the assets, and the pools of each.
use routes::Venue;
use soroban_sdk::{contracttype, Address, Env, String, Vec};

/// Ledgers of five seconds: entries that fall below a week of life are extended to a month.
const WEEK: u32 = 120_960;
const MONTH: u32 = 518_400;

/// Pools of one asset: each is compared with each in one call.
pub const MARKETS: usize = 8;

#[contracttype(export = false)]
enum Key {
    Settings,
    Oracle,
    Listings,
    Markets(String),
}

#[contracttype(export = false)]
#[derive(Clone)]
pub struct Settings {
    pub admin: Address,
    pub quote: Address,
}

#[contracttype(export = false)]
#[derive(Clone)]
pub struct Listing {
    pub code: String,
    pub issuer: String,
    pub token: Address,
}

#[contracttype(export = false)]
#[derive(Clone)]
pub struct Market {
    pub name: String,
    pub venue: Venue,
    pub pool: Address,
}

pub fn initialize(env: &Env, settings: &Settings) {
    env.storage().instance().set(&Key::Settings, settings);
}

pub fn settings(env: &Env) -> Settings {
    env.storage().instance().extend_ttl(WEEK, MONTH);
    env.storage().instance().get(&Key::Settings).unwrap()
}

pub fn oracle(env: &Env) -> Option<Address> {
    env.storage().instance().get(&Key::Oracle)
}

pub fn put_oracle(env: &Env, oracle: &Address) {
    env.storage().instance().set(&Key::Oracle, oracle);
}

pub fn listings(env: &Env) -> Vec<Listing> {
    env.storage().instance().get(&Key::Listings).unwrap_or(Vec::new(env))
}

pub fn listing(env: &Env, code: &String) -> Option<Listing> {
    listings(env).iter().find(|listing| listing.code == *code)
}

pub fn put_listing(env: &Env, added: Listing) {
    let mut kept = Vec::new(env);
    for listing in listings(env).iter().filter(|listing| listing.code != added.code) {
        kept.push_back(listing);
    }
    kept.push_back(added);
    env.storage().instance().set(&Key::Listings, &kept);
}

pub fn markets(env: &Env, code: &String) -> Vec<Market> {
    env.storage().instance().get(&Key::Markets(code.clone())).unwrap_or(Vec::new(env))
}

pub fn add_market(env: &Env, code: &String, market: Market) {
    let mut markets = markets(env, code);
    assert!((markets.len() as usize) < MARKETS, "an asset has too many pools");
    markets.push_back(market);
    env.storage().instance().set(&Key::Markets(code.clone()), &markets);
}
