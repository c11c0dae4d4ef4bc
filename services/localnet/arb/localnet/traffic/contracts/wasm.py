"""Where the code of our own contracts lies, and that it is the code whose hashes are recorded beside it."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from arb.localnet.traffic.errors import GenesisError

_SUMS: Final = "SHA256SUMS"
_PLACES: Final = (
    Path(__file__).parents[2] / "wasm",  # a wheel carries it along
    *(root / "soroban" / "wasm" for root in Path(__file__).parents[6:7]),  # a checkout
)


def wasm_folder(configured: Path | None) -> Path:
    """The configured folder, else the one of this installation.

    Raises:
        GenesisError: there is none.
    """
    for place in (configured,) if configured is not None else _PLACES:
        if (place / _SUMS).is_file():
            return place
    raise GenesisError(
        f"no {_SUMS} of contracts in {configured or _PLACES[0]}: set ARB_LOCALNET_WASM_DIR to soroban/wasm "
        "of a checkout, or --soroban off"
    )


def read_wasm(folder: Path) -> dict[str, bytes]:
    """The contracts of a folder by the names of their files without the ending.

    Raises:
        GenesisError: a file cannot be read, or is not the one whose hash is recorded.
    """
    found: dict[str, bytes] = {}
    try:
        lines = (folder / _SUMS).read_text().splitlines()
        for recorded, name in (line.split() for line in lines if line.strip()):
            code = (folder / name).read_bytes()
            if sha256(code).hexdigest() != recorded:
                raise GenesisError(f"{folder / name} is not the file whose hash {_SUMS} records: build it again")
            found[name.removesuffix(".wasm")] = code
    except (OSError, ValueError) as error:
        raise GenesisError(f"the contracts in {folder} cannot be read: {error}") from error
    return found
