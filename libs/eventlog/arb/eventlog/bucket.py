"""The SNAPSHOTS bucket: a key-value view of a stream that keeps the last value of each key."""

from collections.abc import Iterator
from contextlib import contextmanager

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js.kv import KeyValue

from arb.eventlog.errors import StoreFullError, StoreUnavailableError, StreamMissingError
from arb.eventlog.jetstream import OUT_OF_ROOM
from arb.messages.topology import SNAPSHOTS_BUCKET


class BucketCache:
    """Cache over the bucket, of the keys that begin with `service`: a user of the bus may write no others."""

    def __init__(self, connection: Client, service: str, *, timeout: float = 2.0) -> None:
        """`timeout` in seconds, for each answer."""
        self._js = connection.jetstream(timeout=timeout)
        self._service = service
        self._bucket: KeyValue | None = None

    async def put(self, key: str, value: bytes) -> None:
        """See Cache."""
        with _answering():
            await (await self._open()).put(f"{self._service}.{key}", value)

    async def get(self, key: str) -> bytes | None:
        """See Cache."""
        with _answering():
            try:
                return (await (await self._open()).get(f"{self._service}.{key}")).value
            except nats.js.errors.KeyNotFoundError:
                return None

    async def _open(self) -> KeyValue:
        if self._bucket is None:
            self._bucket = await self._js.key_value(SNAPSHOTS_BUCKET)
        return self._bucket


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except nats.js.errors.BucketNotFoundError as error:
        raise StreamMissingError(f"bucket {SNAPSHOTS_BUCKET} does not exist: run the provisioner") from error
    except nats.js.errors.APIError as error:
        if error.err_code in OUT_OF_ROOM:
            raise StoreFullError(f"bucket {SNAPSHOTS_BUCKET} is full: {error.description}") from error
        raise StoreUnavailableError(f"bucket {SNAPSHOTS_BUCKET}: {error}") from error
    except (nats.errors.Error, TimeoutError, OSError) as error:
        raise StoreUnavailableError(f"bucket {SNAPSHOTS_BUCKET} does not answer: {error}") from error
