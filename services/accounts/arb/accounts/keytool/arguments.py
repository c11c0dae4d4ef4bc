"""The verbs of `arb keys` and what each takes. A secret on the command line is refused, and not repeated."""

import argparse
import re
from pathlib import Path
from typing import Final, NoReturn

from arb.accounts.adapters.keystore import MOST_CHANNELS
from arb.markets.asset import account_key
from arb.markets.errors import AssetError
from arb.runtime.redaction import redact_text

_INDEX: Final = re.compile(r"[0-9]{1,3}")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, exit code 2; an argument that looks like a secret key is not repeated."""
        self.exit(2, f"arb keys: {redact_text(message)}\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog="arb keys",
        description="The keystore: an encrypted file with the keys of the trading account and the channel accounts.",
        epilog="The passphrase comes from ARB_KEYSTORE_PASSPHRASE_FILE, ARB_KEYSTORE_PASSPHRASE or a prompt, a secret"
        " key from a file, standard input or a prompt; neither is ever an argument. Exit codes: 0 done, 2 refused, and"
        " one line says why.",
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=_Parser)

    def verb(name: str, words: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=words[0].lower() + words[1:].partition(".")[0], description=words)
        made.add_argument("--json", action="store_true", help="one JSON object on one line")
        return made

    new = verb("new", "Make the keys that are missing. Those that are there stay as they are.")
    new.add_argument("--channels", type=_count, help="channel accounts (default: NUM_ACCOUNTS)")
    brought = verb("import", "Store a key that was made elsewhere. Its place must be free: run it before `new`.")
    brought.add_argument("--role", choices=("trading", "channel"), required=True)
    brought.add_argument("--index", type=_count, default=0, help="number of the channel, from 0")
    source = brought.add_mutually_exclusive_group()
    source.add_argument(
        "--seed-file", type=Path, metavar="FILE", help="holds the secret key; else standard input or a prompt"
    )
    source.add_argument(
        "--external", type=_address, metavar="G…", help="no secret key: ARB_SIGNER_COMMAND signs for this public key"
    )
    verb("list", "Show the accounts in the keystore.")
    rotate = verb("rotate", "Encrypt the keystore for another passphrase. Backups keep the one they were made with.")
    rotate.add_argument(
        "--new-passphrase-file", type=Path, metavar="FILE", help="else ARB_KEYSTORE_NEW_PASSPHRASE or a prompt"
    )
    renew = verb(
        "renew",
        "Make new keys to take the place of keys that leaked. The service makes the ledger take them when it starts.",
    )
    renew.add_argument("--role", choices=("trading", "channel"), required=True)
    which = renew.add_mutually_exclusive_group()
    which.add_argument("--index", type=_count, help="number of the channel, from 0 (default: every channel)")
    which.add_argument(
        "--external", type=_address, metavar="G…", help="of the trading account: ARB_SIGNER_COMMAND signs"
    )
    verb("backup", "Copy the keystore, and open the copy to see that it is whole.").add_argument(
        "file", type=Path, metavar="FILE"
    )
    verb("restore", "Put a backup in the keystore's place, keeping the file that was there.").add_argument(
        "file", type=Path, metavar="FILE"
    )
    taken = verb(
        "export", "Write one secret key to a new file of your own, to move funds by other means. Delete it after."
    )
    taken.add_argument("file", type=Path, metavar="FILE")
    taken.add_argument("--role", choices=("trading", "channel"), required=True)
    taken.add_argument("--index", type=_count, default=0, help="number of the channel, from 0")
    return top


def _count(text: str) -> int:
    if not _INDEX.fullmatch(text) or int(text) > MOST_CHANNELS:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to {MOST_CHANNELS}")
    return int(text)


def _address(text: str) -> str:
    try:
        account_key(text)
    except AssetError:
        raise argparse.ArgumentTypeError(
            "expected an account's public key: G and 55 characters with a checksum"
        ) from None
    return text
