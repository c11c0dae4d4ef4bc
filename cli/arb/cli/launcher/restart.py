"""When a process that died is started again."""

from dataclasses import dataclass, field


@dataclass
class RestartPolicy:
    """At first soon, then ever later; not again after too many deaths in a short time. All in seconds.

    A process that ran for longer than `window` before it died starts with a clean slate.
    """

    first_delay: float = 0.1
    longest_delay: float = 5.0
    deaths_allowed: int = 6
    window: float = 30.0
    _deaths: list[float] = field(default_factory=list)

    def after_death(self, now: float) -> float | None:
        """How long to wait before the next start, None when it is no use. `now` is a monotonic time."""
        self._deaths = [*(died for died in self._deaths if now - died < self.window), now]
        if len(self._deaths) > self.deaths_allowed:
            return None
        delay: float = self.first_delay * 2.0 ** (len(self._deaths) - 1)
        return min(delay, self.longest_delay)
