//! On-chain detector: compares the pools of each asset with one another, and what they say with an oracle.
//!
//! A report is a signal: whoever acts on it quotes the venues again, for a ledger may lie in between.
#![no_std]
mod contract_id;
mod errors;
mod search;
mod state;

pub use errors::Error;
use routes::Venue;
use search::best_trade;
use sep40::{Asset, OracleClient};
use soroban_sdk::{contract, contractimpl, contracttype, Address, BytesN, Env, String, Vec};
use state::{Listing, Market, Settings, MARKETS};
use venues::{curve, Curve};

/// Seconds after which a report is not worth reading: a few ledgers.
const LIFE: u64 = 15;
/// Prices of a pool that are this many basis points off the oracle's get no confidence at all.
const WHOLE: i128 = 10_000;

#[contracttype]
pub struct RealAsset {
    pub code: String,
    pub issuer: String,
}

/// Prices are quote tokens for one asset, with the oracle's decimals; `available_amount` in units of the asset,
/// `estimated_profit` in units of the quote token; `confidence_score` 0 to 10000.
#[contracttype]
pub struct ArbitrageOpportunity {
    pub asset: String,
    pub buy_exchange: String,
    pub sell_exchange: String,
    pub buy_price: i128,
    pub sell_price: i128,
    pub available_amount: i128,
    pub estimated_profit: i128,
    pub confidence_score: i128,
    pub expiry_time: u64,
}

/// One side of a market as the scan reads it.
struct Quoted {
    name: String,
    buying: Curve,
    selling: Curve,
    price: i128,
}

#[contract]
pub struct ArbitrageDetector;

#[contractimpl]
impl ArbitrageDetector {
    /// `quote` is the token that every market is priced in.
    pub fn __constructor(env: Env, admin: Address, quote: Address) {
        state::initialize(&env, &Settings { admin, quote });
    }

    /// The price feed to compare with; only the admin may set it.
    pub fn set_reflector_contract_id(env: Env, contract_id: BytesN<32>) -> Result<(), Error> {
        state::settings(&env).admin.require_auth();
        if contract_id.iter().all(|byte| byte == 0) {
            return Err(Error::InvalidContractId);
        }
        state::put_oracle(&env, &contract_id::address(&env, &contract_id));
        Ok(())
    }

    /// Lists an asset, or replaces its token; only the admin may.
    pub fn add_asset(env: Env, code: String, issuer: String, token: Address) {
        state::settings(&env).admin.require_auth();
        state::put_listing(&env, Listing { code, issuer, token });
    }

    /// Adds a pool of a listed asset and the quote token; only the admin may.
    pub fn add_market(env: Env, code: String, name: String, venue: Venue, pool: Address) -> Result<(), Error> {
        let settings = state::settings(&env);
        settings.admin.require_auth();
        let listing = state::listing(&env, &code).ok_or(Error::InvalidAsset)?;
        curve(&env, venue, &pool, &settings.quote, &listing.token).ok_or(Error::InvalidContractId)?;
        state::add_market(&env, &code, Market { name, venue, pool });
        Ok(())
    }

    pub fn is_asset_supported(env: Env, asset_code: String) -> bool {
        state::listing(&env, &asset_code).is_some()
    }

    pub fn get_supported_assets(env: Env) -> Vec<RealAsset> {
        let mut assets = Vec::new(&env);
        for Listing { code, issuer, .. } in state::listings(&env).iter() {
            assets.push_back(RealAsset { code, issuer });
        }
        assets
    }

    /// The best trade between the pools of each asset that leaves at least `min_profit` units of the quote token.
    pub fn scan_opportunities(
        env: Env,
        assets: Vec<String>,
        min_profit: i128,
    ) -> Result<Vec<ArbitrageOpportunity>, Error> {
        let settings = state::settings(&env);
        let oracle = OracleClient::new(&env, &state::oracle(&env).ok_or(Error::OracleError)?);
        let decimals = answer(oracle.try_decimals())?;
        let mut found = Vec::new(&env);
        for code in assets.iter() {
            let listing = state::listing(&env, &code).ok_or(Error::InvalidAsset)?;
            let fair = fair_price(&oracle, &listing.token, &settings.quote, decimals)?;
            if let Some(report) = best_of(&env, &listing, &settings.quote, fair, decimals) {
                if report.estimated_profit >= min_profit {
                    found.push_back(report);
                }
            }
        }
        if found.is_empty() {
            Err(Error::NoOpportunityFound)
        } else {
            Ok(found)
        }
    }
}

fn best_of(env: &Env, listing: &Listing, quote: &Address, fair: i128, decimals: u32) -> Option<ArbitrageOpportunity> {
    let mut best: Option<ArbitrageOpportunity> = None;
    let markets = state::markets(env, &listing.code);
    let quoted: [Option<Quoted>; MARKETS] = core::array::from_fn(|index| {
        markets.get(index as u32).and_then(|market| read(env, market, listing, quote, decimals))
    });
    for cheap in quoted.iter().flatten() {
        for dear in quoted.iter().flatten() {
            if dear.price <= cheap.price {
                continue;
            }
            let Some(trade) = best_trade(&cheap.buying, &dear.selling) else { continue };
            if best.as_ref().is_some_and(|known| known.estimated_profit >= trade.profit) {
                continue;
            }
            best = Some(ArbitrageOpportunity {
                asset: listing.code.clone(),
                buy_exchange: cheap.name.clone(),
                sell_exchange: dear.name.clone(),
                buy_price: cheap.price,
                sell_price: dear.price,
                available_amount: trade.bought,
                estimated_profit: trade.profit,
                confidence_score: confidence(cheap.price, fair).min(confidence(dear.price, fair)),
                expiry_time: env.ledger().timestamp() + LIFE,
            });
        }
    }
    best
}

/// None for a pool that is empty or whose price does not fit.
fn read(env: &Env, market: Market, listing: &Listing, quote: &Address, decimals: u32) -> Option<Quoted> {
    let buying = curve(env, market.venue, &market.pool, quote, &listing.token)?;
    let selling = Curve { reserve_in: buying.reserve_out, reserve_out: buying.reserve_in, ..buying };
    let price = buying.reserve_in.checked_mul(10i128.checked_pow(decimals)?)?.checked_div(buying.reserve_out)?;
    Some(Quoted { name: market.name, buying, selling, price })
}

/// The oracle's price of the asset in quote tokens, with its decimals.
fn fair_price(oracle: &OracleClient, token: &Address, quote: &Address, decimals: u32) -> Result<i128, Error> {
    let one = 10i128.checked_pow(decimals).ok_or(Error::OracleError)?;
    let base = answer(oracle.try_base())?;
    let price = |token: &Address| {
        let asset = Asset::Stellar(token.clone());
        if asset == base {
            return Ok(one);
        }
        answer(oracle.try_lastprice(&asset))?.map(|record| record.price).ok_or(Error::OracleError)
    };
    let (asset_price, quote_price) = (price(token)?, price(quote)?);
    asset_price.checked_mul(one).and_then(|scaled| scaled.checked_div(quote_price)).ok_or(Error::OracleError)
}

/// The whole less how far a price is off the oracle's, in basis points.
fn confidence(price: i128, fair: i128) -> i128 {
    let off = (price - fair).abs().checked_mul(WHOLE).and_then(|scaled| scaled.checked_div(fair));
    (WHOLE - off.unwrap_or(WHOLE)).max(0)
}

fn answer<T, E, F>(called: Result<Result<T, E>, F>) -> Result<T, Error> {
    called.ok().and_then(Result::ok).ok_or(Error::OracleError)
}
