"""`python -m arb.accounts keys VERB …`: carries a verb out and says what was done.

Exit codes: 0 done; 2 wrong arguments, settings or keystore (one line on stderr says why); 130 interrupted.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from arb.accounts.adapters.keystore import Keystore, read_keys
from arb.accounts.adapters.keystore_copies import back_up, export, restore
from arb.accounts.adapters.keystore_format import Key
from arb.accounts.errors import KeystoreError
from arb.accounts.keytool import sources
from arb.accounts.keytool.arguments import parser
from arb.accounts.settings import KeystoreSettings
from arb.messages.events.account import Role
from arb.runtime.errors import EXIT_SETTINGS
from arb.runtime.redaction import redact_text

EXIT_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """The exit code."""
    options = parser().parse_args(arguments)
    settings = KeystoreSettings.load()
    try:
        keys, said = _carry_out(options, settings)
    except (KeystoreError, OSError) as wrong:
        # An OSError is that of a disk; whatever it says, it is looked through like a line of the log.
        sys.stderr.write(f"arb: {redact_text(str(wrong), settings.secrets)}\n")
        return EXIT_SETTINGS
    except (KeyboardInterrupt, EOFError):
        sys.stderr.write("arb: interrupted, nothing was done\n")
        return EXIT_INTERRUPTED
    if options.json:
        document = {"keystore": str(settings.keystore_path), "network": settings.network, "done": said}
        print(json.dumps({**document, "keys": [_listed(key) for key in keys]}))  # noqa: T201
    else:
        for key in keys:
            print(f"{key.role:<8}{key.index:>3}  {key.address}{_remarks(key)}")  # noqa: T201
        print(said)  # noqa: T201
    return 0


def _carry_out(options: argparse.Namespace, settings: KeystoreSettings) -> tuple[tuple[Key, ...], str]:
    """The keys that it is about, and a sentence for a person."""
    path, network = settings.keystore_path, settings.network_passphrase
    begins = not os.path.lexists(path) and options.verb in ("new", "import")
    if not begins and options.verb != "restore" and not os.path.lexists(path):
        raise KeystoreError(f"there is no keystore {path}: `arb keys new` makes one, ARB_KEYSTORE names another")
    passphrase = sources.passphrase(settings, begins=begins)
    match options.verb:
        case "list":
            keys = read_keys(path, passphrase, network)
            return keys, f"{len(keys)} keys in {path}, for {network!r}"
        case "backup":
            keys = back_up(path, options.file, passphrase, network)
            return keys, f"{options.file} holds these {len(keys)} keys and opens with the present passphrase"
        case "export":
            keys = tuple(
                key for key in read_keys(path, passphrase, network) if key.place == (options.role, options.index)
            )
            if not keys:
                raise KeystoreError(f"{path} has no {options.role} {options.index}")
            export(keys[0], options.file)
            if keys[0].signer != keys[0].address:
                return keys, (
                    f"{options.file} holds the secret key of {keys[0].signer}, which signs for this account: a wallet"
                    " has to be told the account. Delete it after use"
                )
            return keys, f"{options.file} holds its secret key: whoever reads it has the account. Delete it after use"
        case "restore":
            keys, aside = restore(options.file, path, passphrase, network)
            kept = f"; what was there is now {aside}" if aside is not None else ""
            return keys, f"{path} holds the {len(keys)} keys of {options.file}{kept}"
    store = Keystore.open(path, passphrase, network)
    try:
        match options.verb:
            case "new":
                made = store.ensure(settings.num_accounts if options.channels is None else options.channels)
                return made, f"{len(made)} keys made in {path}: back it up before you fund them"
            case "import":
                key = _brought(options)
                store.add(key)
                return (key,), f"stored in {path}"
            case "renew":
                return store.prepare(_places(options, store.keys), options.external), (
                    f"the keys to come are in {path}: back it up, then start the accounts service, which makes the"
                    " ledger take them in place of the old ones"
                )
            case _:
                store.reseal(sources.new_passphrase(settings, options.new_passphrase_file))
                return store.keys, (
                    f"{path} opens with the new passphrase only: put that where ARB_KEYSTORE_PASSPHRASE_FILE points."
                    " Backups open with the passphrase they were made with: make a new one"
                )
    finally:
        store.close()


def _brought(options: argparse.Namespace) -> Key:
    if options.external is not None:
        return Key(options.role, options.index, options.external, None)
    return Key.of_seed(options.role, options.index, sources.seed(options.seed_file))


def _remarks(key: Key) -> str:
    """What is special about a key, for a person."""
    remarks = ["external signer"] if key.seed is None else []
    remarks += [f"signed for by {key.signer}"] if key.signer != key.address else []
    remarks += [f"to be exchanged for {key.coming.public}"] if key.coming is not None else []
    return f"  ({', '.join(remarks)})" if remarks else ""


def _places(options: argparse.Namespace, keys: tuple[Key, ...]) -> set[tuple[Role, int]]:
    """Which keys are to be exchanged."""
    if options.external is not None and options.role != "trading":
        raise KeystoreError("--external is for the trading account: every channel has a key of its own, name --index")
    if options.role == "trading" or options.index is not None:
        return {(options.role, options.index or 0)}
    return {key.place for key in keys if key.role == options.role}


def _listed(key: Key) -> dict[str, object]:
    coming = {"coming": key.coming.public} if key.coming is not None else {}
    signer = {"signer": key.signer} if key.signer != key.address else {}
    return {
        "role": key.role,
        "index": key.index,
        "address": key.address,
        "external": key.seed is None,
        **signer,
        **coming,
    }
