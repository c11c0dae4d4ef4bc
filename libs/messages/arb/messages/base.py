"""The shape every message shares: frozen, closed to unknown fields, money as int."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Message(BaseModel):
    """A value that crosses the bus: immutable, unknown fields refused, no coercion of numbers from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Fact(Message):
    """What happened, in the past tense: the `data` of one event. `type` names event and version."""

    type: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the event type in the registry, so that stored events find their class again."""
        super().__pydantic_init_subclass__(**kwargs)
        declared = cls.__dict__.get("type")
        if declared is None:
            return
        known = FACTS.setdefault(declared, cls)
        if known.__qualname__ != cls.__qualname__:
            raise TypeError(f"event type {declared} is declared twice")


FACTS: dict[str, type[Fact]] = {}
"""Event type -> class, filled as the modules of `arb.messages.events` are imported."""


Stroops = Annotated[int, Field(ge=-(2**127), lt=2**127)]
"""An amount in 1e-7 units (classic) or the token's own smallest unit (contracts, i128)."""

AssetText = Annotated[str, StringConstraints(pattern=r"^(native|[A-Za-z0-9]{1,12}:G[A-Z2-7]{55})$")]
"""`native` or `CODE:ISSUER`."""

AccountText = Annotated[str, StringConstraints(pattern=r"^G[A-Z2-7]{55}$")]
"""A public key, `G…`."""

ContractText = Annotated[str, StringConstraints(pattern=r"^C[A-Z2-7]{55}$")]
"""A contract id, `C…`."""

HashText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in lower-case hex."""

SignatureText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
"""An ed25519 signature in lower-case hex."""

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""One subject token: an aggregate id, an event family."""
