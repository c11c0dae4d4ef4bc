"""How services speak to the Stellar network: RPC, Horizon, XDR and Soroban calls."""
