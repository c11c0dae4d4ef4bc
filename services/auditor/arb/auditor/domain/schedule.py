"""When the next checkpoint is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """A checkpoint after `events` new events, or once `age` has passed since the last one and there is anything new."""

    events: int
    age: timedelta

    def due(self, new_events: int, since: datetime, now: datetime) -> bool:
        """Whether a checkpoint is due with `new_events` since the last one, which was taken at `since`."""
        return new_events >= self.events or (new_events > 0 and now - since >= self.age)
