//! The best trade between two pools: buy the asset where it is cheap, sell it where it is dear.
use venues::Curve;

/// Halvings by a third that narrow any i128 range a pool can hold to a few units.
const ROUNDS: u32 = 140;

/// Sizes in units: `bought` of the asset, `profit` of the quote token.
pub struct Best {
    pub bought: i128,
    pub profit: i128,
}

/// The most profitable amount to spend on `cheap` (quote in, asset out) for sale on `dear` (asset in, quote out).
/// Profit rises to one peak and falls, but for rounding: the answer is within rounding of the best. None without profit.
pub fn best_trade(cheap: &Curve, dear: &Curve) -> Option<Best> {
    let profit = |spent: i128| {
        let bought = cheap.amount_out(spent)?;
        Some((bought, dear.amount_out(bought)?.checked_sub(spent)?))
    };
    // What has no answer is worth less than anything that has one.
    let worth = |spent: i128| profit(spent).map_or(i128::MIN, |(_, gain)| gain);
    let (mut low, mut high) = (1i128, cheap.reserve_in);
    for _ in 0..ROUNDS {
        let third = (high - low) / 3;
        if third == 0 {
            break;
        }
        if worth(low + third) < worth(high - third) {
            low += third;
        } else {
            high -= third;
        }
    }
    let spent = (low..=high).max_by_key(|spent| worth(*spent))?;
    let (bought, gain) = profit(spent)?;
    if gain > 0 {
        Some(Best { bought, profit: gain })
    } else {
        None
    }
}
