"""Makes the passwords of the containers, once: `python3 deploy/make_secrets.py`. Needs nothing but Python.

Everything lands in `deploy/secrets/`, a directory only its owner can enter. Inside, files are readable by all, because
a container runs as another user than yours and sees single files mounted from it. What exists is never overwritten.
"""

import hashlib
import secrets
import sys
from pathlib import Path

DIRECTORY = Path(__file__).parent / "secrets"
SERVICES = ("scanner", "executor", "accounts", "gateway", "auditor", "provision")
OPERATOR = "operator"


def make(directory: Path) -> list[Path]:
    """Write what is missing into `directory` and return the new files. Raises OSError.

    `nats.env` holds every password for the server, `<service>.env` a service's own NATS_URL, `operator.env` that of a
    person on this machine, `keystore-passphrase` what opens the accounts service's keys, `gateway-tokens` who may
    operate the gateway (`arb tokens` adds others) and `operator.token` what the first of them shows it.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)
    wanted = {}
    if not (directory / "nats.env").exists():
        # A letter first: nats-server reads a value that begins with a digit as a number.
        passwords = {user: "p" + secrets.token_hex(24) for user in (*SERVICES, OPERATOR)}
        # The server's file comes last, so that an interrupted run is repeated as a whole.
        wanted = {f"{user}.env": f"NATS_URL=nats://{user}:{passwords[user]}@nats:4222\n" for user in SERVICES}
        wanted[f"{OPERATOR}.env"] = f"NATS_URL=nats://{OPERATOR}:{passwords[OPERATOR]}@127.0.0.1:4222\n"
        wanted["nats.env"] = "".join(f"ARB_NATS_{user.upper()}={word}\n" for user, word in passwords.items())
    if not (directory / "keystore-passphrase").exists():
        wanted["keystore-passphrase"] = secrets.token_urlsafe(32) + "\n"
    if not (directory / "gateway-tokens").exists():
        token = "arbt_" + secrets.token_urlsafe(32)
        wanted[f"{OPERATOR}.token"] = token + "\n"
        wanted["gateway-tokens"] = f"{OPERATOR}:operator:{hashlib.sha256(token.encode()).hexdigest()}\n"
    for name, text in wanted.items():
        (directory / name).write_text(text)
        (directory / name).chmod(0o644)
    return [directory / name for name in wanted]


if __name__ == "__main__":
    made = make(DIRECTORY)
    sys.stdout.write("".join(f"made {path}\n" for path in made) or f"nothing to do: {DIRECTORY} has everything\n")
