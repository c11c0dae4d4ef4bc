"""What can go wrong with the event log, one class per reaction it asks for."""

from arb.messages.subjects import Aggregate


class EventLogError(Exception):
    """Root of every error of the event log."""


class WrongVersionError(EventLogError):
    """Another writer was first: load the aggregate again and decide anew."""

    def __init__(self, aggregate: Aggregate, expected: int, actual: int) -> None:
        super().__init__(f"{aggregate.subject} is at version {actual}, not {expected}: load it again and decide anew")
        self.aggregate = aggregate
        self.expected = expected
        self.actual = actual


class StoreUnavailableError(EventLogError):
    """The store did not answer in time. Retry the same call.

    After an `append` the outcome is unknown: append the same fact with the same `expected` again, and the store
    either writes it or recognises what it had already written.
    """


class StreamMissingError(StoreUnavailableError):
    """The stream does not exist (yet): run the provisioner."""


class StoreFullError(EventLogError):
    """The store refuses new events because it is full. Stop deciding; a person must make room."""


class EventTooLargeError(EventLogError):
    """The event exceeds the server's maximum payload: give up on it."""


class EventIdTakenError(EventLogError):
    """Another message bears this event's id: the server takes the event for it and stores nothing. A person must look.

    The server compares ids only, for two minutes; ids here follow from content, so somebody reused one.
    """

    def __init__(self, event_id: str, sequence: int) -> None:
        super().__init__(
            f"message {sequence} bears the id {event_id} and says something else: the event was not stored"
        )
        self.sequence = sequence


class MessagesMissingError(EventLogError):
    """Messages between two that were read are gone: what is told of the record from there on would be wrong."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"message {first} is missing" if first == last else f"messages {first} to {last} are missing")
        self.first = first
        self.last = last


class MalformedEventError(EventLogError):
    """A stored message is not an event this version can read. `sequence` names it."""

    def __init__(self, sequence: int, subject: str, reason: str) -> None:
        super().__init__(f"message {sequence} on {subject} is not a readable event: {reason}")
        self.sequence = sequence
        self.subject = subject
        self.reason = reason


class ChainBrokenError(EventLogError):
    """The record of an aggregate was altered, reordered or lost a part; `sequence` is the first bad message."""

    def __init__(self, sequence: int, subject: str, reason: str) -> None:
        super().__init__(f"the chain of {subject} breaks at message {sequence}: {reason}")
        self.sequence = sequence
        self.subject = subject
        self.reason = reason


class HistoryChangedError(EventLogError):
    """What was already read is no longer what the stream holds. Stop and have a person look.

    A damaged server may lose the end of a stream and then give the lost sequence numbers out again. `sequence` is
    the first message that is gone or may be another now.
    """

    def __init__(self, sequence: int, message: str) -> None:
        super().__init__(message)
        self.sequence = sequence


class StreamWentBackwardsError(HistoryChangedError):
    """The stream ends before what was already read from it: messages were lost."""

    def __init__(self, read: int, last: int) -> None:
        super().__init__(
            last + 1, f"message {read} was already read, but the stream now ends at {last}: events were lost"
        )
        self.read = read
        self.last = last
