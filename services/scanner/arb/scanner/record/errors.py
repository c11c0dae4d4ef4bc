"""What can be wrong with a message of the market record."""


class MarketRecordError(Exception):
    """Root: the message is not one this version can read."""


class RecordDamagedError(MarketRecordError):
    """Bytes that no writer of this format made: cut short, altered, or not of the market record."""


class RecordVersionError(MarketRecordError):
    """A record of another version of the format. `version` is its number."""

    def __init__(self, version: int, known: int) -> None:
        super().__init__(f"market record version {version} is unknown to this version, which reads {known}")
        self.version = version
