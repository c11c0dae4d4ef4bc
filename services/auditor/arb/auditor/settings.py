"""What the auditor reads beside the settings every service shares."""

from pydantic import Field

from arb.runtime.settings import ServiceSettings


class AuditorSettings(ServiceSettings):
    """When checkpoints are written."""

    checkpoint_events: int = Field(
        1000, ge=1, validation_alias="ARB_CHECKPOINT_EVENTS", description="a number of events, at least 1"
    )
    checkpoint_seconds: float = Field(
        10.0, gt=0, validation_alias="ARB_CHECKPOINT_SECONDS", description="a number of seconds above 0"
    )
