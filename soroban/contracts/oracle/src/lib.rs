//! SEP-40 price feed for local networks: the admin writes what Reflector's nodes would have agreed on.
#![no_std]
use sep40::{Asset, PriceData};
use soroban_sdk::{contract, contracterror, contractimpl, contracttype, panic_with_error, Address, Env, Vec};

/// Records kept of each asset, which is also the most that `prices` answers.
const HISTORY: u32 = 20;
/// Ledgers of five seconds: entries that fall below a week of life are extended to a month.
const WEEK: u32 = 120_960;
const MONTH: u32 = 518_400;

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum OracleError {
    /// Resolution is zero seconds, or decimals are beyond what i128 prices can carry.
    InvalidSettings = 1,
    /// A price below zero, or more prices than assets.
    InvalidPrices = 2,
    /// A timestamp that is older than the newest record, or ahead of the ledger by more than one resolution.
    InvalidTimestamp = 3,
    /// The asset is known already.
    DuplicateAsset = 4,
}

#[contracttype(export = false)]
enum Key {
    Settings,
    Assets,
    LastTimestamp,
    /// Newest first.
    History(Asset),
}

#[contracttype(export = false)]
pub struct Settings {
    pub admin: Address,
    pub base: Asset,
    pub decimals: u32,
    pub resolution: u32,
}

#[contract]
pub struct Oracle;

#[contractimpl]
impl Oracle {
    /// `resolution` in seconds: records carry multiples of it. Prices are in `base`, with `decimals` places.
    pub fn __constructor(env: Env, admin: Address, base: Asset, assets: Vec<Asset>, decimals: u32, resolution: u32) {
        if resolution == 0 || decimals > 18 {
            panic_with_error!(&env, OracleError::InvalidSettings);
        }
        env.storage().instance().set(&Key::Settings, &Settings { admin, base, decimals, resolution });
        env.storage().instance().set(&Key::Assets, &Vec::<Asset>::new(&env));
        remember_assets(&env, assets);
    }

    pub fn add_assets(env: Env, assets: Vec<Asset>) {
        settings(&env).admin.require_auth();
        remember_assets(&env, assets);
    }

    /// Records one price for each of the first assets, in the order of `assets()`; zero leaves that asset as it was.
    /// `timestamp` in seconds is rounded down to the resolution; writing the newest record again replaces it.
    pub fn set_price(env: Env, updates: Vec<i128>, timestamp: u64) {
        let settings = settings(&env);
        settings.admin.require_auth();
        let resolution = settings.resolution as u64;
        let timestamp = timestamp / resolution * resolution;
        if timestamp < Self::last_timestamp(env.clone()) || timestamp > env.ledger().timestamp() + resolution {
            panic_with_error!(&env, OracleError::InvalidTimestamp);
        }
        let assets = Self::assets(env.clone());
        if updates.len() > assets.len() || updates.iter().any(|price| price < 0) {
            panic_with_error!(&env, OracleError::InvalidPrices);
        }
        for (asset, price) in assets.iter().zip(updates.iter()) {
            if price > 0 {
                record(&env, asset, PriceData { price, timestamp });
            }
        }
        env.storage().instance().set(&Key::LastTimestamp, &timestamp);
    }

    pub fn base(env: Env) -> Asset {
        settings(&env).base
    }

    pub fn assets(env: Env) -> Vec<Asset> {
        env.storage().instance().get(&Key::Assets).unwrap()
    }

    pub fn decimals(env: Env) -> u32 {
        settings(&env).decimals
    }

    pub fn resolution(env: Env) -> u32 {
        settings(&env).resolution
    }

    /// Time of the newest record in seconds; zero before the first.
    pub fn last_timestamp(env: Env) -> u64 {
        env.storage().instance().get(&Key::LastTimestamp).unwrap_or(0)
    }

    /// How long a record can be asked for, in seconds.
    pub fn history_retention_period(env: Env) -> Option<u64> {
        Some(HISTORY as u64 * settings(&env).resolution as u64)
    }

    pub fn version(_env: Env) -> u32 {
        1
    }

    /// The newest price; None when there is none, or none within two resolutions.
    pub fn lastprice(env: Env, asset: Asset) -> Option<PriceData> {
        let newest = history(&env, &asset).get(0)?;
        let oldest_useful = env.ledger().timestamp().saturating_sub(2 * settings(&env).resolution as u64);
        if newest.timestamp < oldest_useful {
            None
        } else {
            Some(newest)
        }
    }

    /// The price recorded for the period that `timestamp` (seconds) falls in.
    pub fn price(env: Env, asset: Asset, timestamp: u64) -> Option<PriceData> {
        let resolution = settings(&env).resolution as u64;
        let period = timestamp / resolution * resolution;
        history(&env, &asset).iter().find(|record| record.timestamp == period)
    }

    /// The newest `records` prices, newest first; None when there is none.
    pub fn prices(env: Env, asset: Asset, records: u32) -> Option<Vec<PriceData>> {
        let mut newest = Vec::new(&env);
        for record in history(&env, &asset).iter().take(records.min(HISTORY) as usize) {
            newest.push_back(record);
        }
        if newest.is_empty() {
            None
        } else {
            Some(newest)
        }
    }
}

fn settings(env: &Env) -> Settings {
    env.storage().instance().extend_ttl(WEEK, MONTH);
    env.storage().instance().get(&Key::Settings).unwrap()
}

fn remember_assets(env: &Env, added: Vec<Asset>) {
    let mut assets: Vec<Asset> = env.storage().instance().get(&Key::Assets).unwrap();
    for asset in added.iter() {
        if assets.contains(&asset) {
            panic_with_error!(env, OracleError::DuplicateAsset);
        }
        assets.push_back(asset);
    }
    env.storage().instance().set(&Key::Assets, &assets);
}

fn history(env: &Env, asset: &Asset) -> Vec<PriceData> {
    env.storage().persistent().get(&Key::History(asset.clone())).unwrap_or(Vec::new(env))
}

fn record(env: &Env, asset: Asset, entry: PriceData) {
    let mut records = history(env, &asset);
    if records.get(0).is_some_and(|newest| newest.timestamp == entry.timestamp) {
        records.set(0, entry);
    } else {
        records.push_front(entry);
    }
    while records.len() > HISTORY {
        records.remove(HISTORY);
    }
    let key = Key::History(asset);
    env.storage().persistent().set(&key, &records);
    env.storage().persistent().extend_ttl(&key, WEEK, MONTH);
}
