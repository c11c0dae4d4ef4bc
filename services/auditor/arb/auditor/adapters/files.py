"""The checkpoint in a file of the state directory."""

from pathlib import Path

from arb.eventlog.audit import Checkpoint


class FileCheckpoints:
    """CheckpointFile at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Checkpoint | None:
        """See CheckpointFile."""
        return Checkpoint.read(self._path)

    def write(self, checkpoint: Checkpoint) -> None:
        """See CheckpointFile."""
        checkpoint.write(self._path)
