"""Those who hold a token: from the settings, and from a file that is read again whenever it changed."""

import stat
from pathlib import Path

import structlog

from arb.runtime.gateway_tokens import Holder, TokensError, find, parse_holders

log = structlog.get_logger(__name__)


class Holders:
    """Holders by token. Without a file, those of the settings for good."""

    def __init__(self, settled: tuple[Holder, ...], file: Path | None) -> None:
        """Raises TokensError when the file cannot be read."""
        self._settled = settled
        self._file = file
        self._stamp: tuple[int, int, int] | None = None
        self._known = settled
        if file is not None:
            self._read(file)

    def refresh(self) -> None:
        """Read the file again if it changed. One that cannot be read names nobody: whoever was in it is out."""
        if self._file is None:
            return
        try:
            self._read(self._file)
        except TokensError as error:
            if self._known != self._settled:
                log.error("tokens_unreadable", reason=str(error))
            self._known, self._stamp = self._settled, None

    def find(self, token: str) -> Holder | None:
        """Who holds `token`."""
        return find(token, self._known)

    def still(self, holder: Holder) -> bool:
        """Whether the holder's token is as good as it was: neither revoked nor of another role by now."""
        return holder in self._known

    def _read(self, file: Path) -> None:
        try:
            found = file.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise TokensError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'not text'}") from None
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise TokensError(f"{file} can be written by others than its owner: chmod go-w {file}")
        try:
            named = parse_holders(lines)
        except TokensError as error:
            raise TokensError(f"{file}: {error}") from None
        twice = {one.name for one in self._settled} & {one.name for one in named}
        if twice:
            raise TokensError(f"{file}: {min(twice)} is in ARB_GATEWAY_TOKENS already")
        self._known, self._stamp = (*self._settled, *named), stamp
