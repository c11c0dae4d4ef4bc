//! Failures of the detector, with the numbers its clients know.
use soroban_sdk::contracterror;

#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum Error {
    OracleError = 1,
    InvalidAsset = 2,
    NoOpportunityFound = 3,
    InvalidContractId = 4,
}
