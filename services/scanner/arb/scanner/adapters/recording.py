"""A recording on disk as lines of text: plain or gzipped, told apart by its first bytes."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

_GZIP_MAGIC = b"\x1f\x8b"


class RecordingError(Exception):
    """The file cannot be read; the message says why, with the line reached."""


def read_lines(path: Path) -> Iterator[str]:
    """Lines of the file in order. RecordingError when it is missing, cut short, not text, or not what gzip wrote."""
    number = 0
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == _GZIP_MAGIC
        with gzip.open(path, "rb") if zipped else path.open("rb") as lines:
            for line in lines:
                number += 1
                yield line.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise RecordingError(f"line {number}: not UTF-8 text ({wrong.reason} at byte {wrong.start})") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as wrong:
        raise RecordingError(f"line {number + 1}: the gzip data is damaged or cut short ({wrong})") from None
    except OSError as wrong:
        raise RecordingError(f"cannot be read: {wrong.strerror or wrong}") from None
