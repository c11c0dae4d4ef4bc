"""Why a market could not be set up; what goes wrong later is logged, and the ledgers go on."""


class TrafficError(Exception):
    """The one root. The message is a line fit for a person at a terminal."""


class RecordingError(TrafficError):
    """A recording cannot be used; the message names the file, the line or pool, and what is wrong with it."""


class GenesisError(TrafficError):
    """A transaction of the genesis was refused or failed."""
