"""Requests: everything a client can send is either a request or a clear refusal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb.gateway.domain.replies import encode
from arb.gateway.domain.requests import COMMANDS, RequestError, StartEngine, Subscribe, parse

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses_with_nothing_but_its_name(command: str) -> None:
    request = parse(json.dumps({"command": command, "id": 7}))
    assert request.command == command
    assert request.id == 7


def test_subscribe_defaults_to_the_log() -> None:
    request = parse('{"command":"subscribe"}')
    assert isinstance(request, Subscribe)
    assert request.topics == ["log"]


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("{", "malformed", "not JSON"),
        ("[1]", "malformed", "expected a JSON object, got list"),
        (b"\x00", "malformed", "binary"),
        ('{"command":"start_engine","id":NaN}', "malformed", "NaN"),
        ('{"command":"buy_everything"}', "unknown_command", '"buy_everything"'),
        ("{}", "unknown_command", "null"),
        ('{"command":["ping"]}', "unknown_command", "ping"),
        ('{"command":"get_trades","limit":0}', "invalid_field", "get_trades: limit: "),
        ('{"command":"get_trades","limit":"5"}', "invalid_field", "limit: Input should be a valid integer"),
        ('{"command":"start_engine","force":true}', "invalid_field", "start_engine: force: "),
        ('{"command":"subscribe","topics":["gossip"]}', "invalid_field", "topics.0: "),
        ('{"command":"set_limits","limits":{"max_notinal":1}}', "invalid_field", "limits.max_notinal: "),
        ('{"command":"set_limits","limits":{"max_notional":-1}}', "invalid_field", "limits.max_notional: "),
        ('{"command":"set_limits","limits":{"min_profit":"5"}}', "invalid_field", "limits.min_profit: "),
        ('{"command":"set_limits","limits":{"min_profit":1.5}}', "invalid_field", "limits.min_profit: "),
        ('{"command":"set_limits","limits":{"by_asset":[{"asset":"XLM"}]}}', "invalid_field", "by_asset.0.asset: "),
        ('{"command":"set_limits","max_notional":5}', "invalid_field", "set_limits: max_notional: "),
        ('{"command":"halt","reason":""}', "invalid_field", "halt: reason: "),
        ("[" * 100_000, "malformed", "not JSON"),
    ],
)
def test_a_wrong_request_is_refused_with_what_was_wrong(text: str | bytes, code: str, part: str) -> None:
    with pytest.raises(RequestError) as refusal:
        parse(text)
    assert refusal.value.code == code
    assert part in str(refusal.value)


@pytest.mark.parametrize(
    "limit",
    ['"1_0"', '"\u0661\u0662"', '"5"', "1e1", "1e-7", "5.0", "-1", "NaN", "Infinity", "true", "null", str(2**63)],
)
def test_numbers_are_json_integers_within_their_bounds(limit: str) -> None:
    with pytest.raises(RequestError, match=r"limit|NaN|Infinity"):
        parse(f'{{"command":"get_trades","limit":{limit}}}')


def test_the_id_survives_a_refusal() -> None:
    with pytest.raises(RequestError) as refusal:
        parse('{"command":"nope","id":{"a":[1]}}')
    assert refusal.value.id == {"a": [1]}


@given(value=json_values, command=st.sampled_from(COMMANDS) | st.text())
def test_any_json_is_a_request_or_a_refusal_and_its_id_can_be_echoed(value: object, command: str) -> None:
    for message in (value, {"command": command, "id": value}, {"command": command, "x": value}):
        try:
            request = parse(json.dumps(message))
        except RequestError as refusal:
            encode({"type": "error", "id": refusal.id})
        else:
            assert request.command in COMMANDS
            encode({"type": "ok", "id": request.id})


def test_start_engine_is_typed() -> None:
    assert isinstance(parse('{"command":"start_engine"}'), StartEngine)
