"""A reply holds a result or an error, never both, never neither."""

import pytest
from pydantic import ValidationError

from arb.messages.commands.auditor import AuditStatus
from arb.messages.reply import CommandError, Reply

STATUS = AuditStatus(ok=True, events=0, last_sequence=0, head="0" * 64, first_bad=None, problem=None)
ERROR = CommandError(code="busy", message="later", retryable=True)


@pytest.mark.parametrize("reply", [Reply[AuditStatus](result=STATUS), Reply[AuditStatus](error=ERROR)])
def test_it_survives_the_wire(reply: Reply[AuditStatus]) -> None:
    assert Reply[AuditStatus].model_validate_json(reply.model_dump_json()) == reply


def test_both_or_neither_is_refused() -> None:
    with pytest.raises(ValidationError, match="either a result or an error"):
        Reply[AuditStatus]()
    with pytest.raises(ValidationError, match="either a result or an error"):
        Reply[AuditStatus](result=STATUS, error=ERROR)
