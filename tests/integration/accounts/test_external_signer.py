"""The service with a trading key that it does not hold: a program signs for it, from the first trustline on."""

import sys
from pathlib import Path

from nacl.signing import SigningKey
from support.accounts import Started

from arb.accounts.adapters.keystore import Keystore
from arb.accounts.adapters.keystore_format import Key
from arb.contracts.transactions import Signer

PASSPHRASE, NETWORK = "an unlikely phrase", "Standalone Network ; February 2017"
PROGRAM = """
import json, sys
from nacl.signing import SigningKey
asked = json.load(sys.stdin)
key = SigningKey(bytes.fromhex(open(sys.argv[1]).read()))
print(json.dumps({"signature": key.sign(bytes.fromhex(asked["hash"])).signature.hex()}))
"""


async def test_the_trading_key_may_be_kept_elsewhere(service: Started, tmp_path: Path) -> None:
    # given a keystore that knows the trading account by its public key, and a program that has the secret one
    seed = bytes(SigningKey.generate())
    address = Signer(seed).address
    (tmp_path / "elsewhere").write_text(seed.hex())
    (tmp_path / "signer.py").write_text(PROGRAM)
    store = Keystore.open(tmp_path / "state" / "keystore.json", PASSPHRASE, NETWORK)
    store.add(Key("trading", 0, address, None))
    store.close()
    async with service(start=False, NUM_ACCOUNTS="1") as accounts:
        # when no program is named, then the start ends with one line that says so
        await accounts.start()
        assert await accounts.ended() == 2
        assert f"{address}) has no secret key in the keystore: set ARB_SIGNER_COMMAND" in accounts.log
        # when it is, then channels and trustlines are made as ever
        command = f"{sys.executable} '{tmp_path / 'signer.py'}' {tmp_path / 'elsewhere'}"
        await accounts.start(ARB_SIGNER_COMMAND=command, ARB_SIGNER_SECONDS="10")
        ready = await accounts.until_ready()
        assert ready.accounts[0].account == address
        assert "transaction_signed" in await accounts.types()
