"""Contracts that lie or are of another version: their answers are refused, calls follow what they declare."""

from collections.abc import Mapping

import pytest
from stellar_sdk import Keypair, StrKey, scval, xdr
from support.stored_pools import contract_id

from arb.contracts.contract_code import Executable
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.rpc import RpcClient
from arb.contracts.simulation import Simulation
from arb.contracts.spec.errors import WrongArgumentError
from arb.contracts.spec.interface import Interface
from arb.contracts.spec.types import (
    BytesN,
    Entry,
    Enum,
    EnumCase,
    Field,
    Function,
    Option,
    Scalar,
    Struct,
    Type,
    Udt,
    Union,
    UnionCase,
    Vec,
)
from arb.contracts.venues.aggregator import MOST_SHARES, Aggregator, Protocol, Share, ShareError, check_shares
from arb.contracts.venues.detector import Detector
from arb.contracts.venues.errors import NotThatContractError, UnusablePriceError
from arb.contracts.venues.sep40 import OracleAsset, OracleTerms, PriceOracle
from arb.contracts.venues.sep41 import Token
from arb.markets.oracle import Price

ID, A, B, C = (contract_id(name) for name in ("id", "a", "b", "c"))
TRADER = Keypair.from_raw_ed25519_seed(bytes(32)).public_key
NOW = 1_700_000_000
BTC = OracleAsset("Other", "BTC")


class Declared(InterfaceCache):
    """Says of every contract that it declares this."""

    def __init__(self, *entries: Entry) -> None:
        super().__init__()
        self._interface = Interface(entries)

    async def of(self, rpc: RpcClient, contract: str) -> tuple[Executable, Interface]:
        return Executable(None), self._interface


class Answering(RpcClient):
    """Simulates by a table: function -> what it returns."""

    def __init__(self, answers: Mapping[str, xdr.SCVal] | None = None) -> None:
        super().__init__(["http://127.0.0.1:9"])
        self._answers = answers or {}

    async def simulate_transaction(self, envelope_xdr: str, *_: object, **__: object) -> Simulation:
        body = xdr.TransactionEnvelope.from_xdr(envelope_xdr).v1.tx.operations[0].body  # type: ignore[union-attr]
        call = body.invoke_host_function_op.host_function.invoke_contract  # type: ignore[union-attr]
        name = call.function_name.sc_symbol.decode()  # type: ignore[union-attr]
        return Simulation(1, None, self._answers[name], (), None, None, None, ())


def function(name: str, output: Type | None, **inputs: Type) -> Function:
    return Function(name, tuple(Field(argument, type_) for argument, type_ in inputs.items()), output)


ASSET = Union("Asset", (UnionCase("Stellar", (Scalar.ADDRESS,)), UnionCase("Other", (Scalar.SYMBOL,))))
PRICE = Struct("PriceData", (Field("price", Scalar.I128), Field("timestamp", Scalar.U64)))
ORACLE = (
    ASSET,
    PRICE,
    function("assets", Vec(Udt("Asset"))),
    function("base", Udt("Asset")),
    function("decimals", Scalar.U32),
    function("resolution", Scalar.U32),
    function("last_timestamp", Scalar.U64),
    function("lastprice", Option(Udt("PriceData")), asset=Udt("Asset")),
    function("price", Option(Udt("PriceData")), asset=Udt("Asset"), timestamp=Scalar.U64),
    function("prices", Option(Vec(Udt("PriceData"))), asset=Udt("Asset"), records=Scalar.U32),
)


def price(amount: int, timestamp: int) -> xdr.SCVal:
    return scval.to_struct({"price": scval.to_int128(amount), "timestamp": scval.to_uint64(timestamp)})


def oracle(**answers: xdr.SCVal) -> PriceOracle:
    return PriceOracle(Answering(answers), ID, Declared(*ORACLE))


@pytest.mark.parametrize("amount", [0, -1, -(2**127)])
async def test_a_price_that_is_not_positive_is_refused_and_not_taken_for_none(amount: int) -> None:
    told = price(amount, NOW)
    lying = oracle(lastprice=told, price=told, prices=scval.to_vec([price(5, NOW - 300), told]))
    for ask in (lying.lastprice(BTC, now=NOW, resolution=300), lying.price(BTC, NOW), lying.prices(BTC)):
        with pytest.raises(UnusablePriceError, match=f"a price of {amount}"):
            await ask


async def test_a_price_is_stale_after_two_resolutions_whatever_the_contract_says() -> None:
    answers = oracle(lastprice=price(7, NOW))
    for later, expected in ((0, Price(7, NOW)), (600, Price(7, NOW)), (601, None)):
        assert await answers.lastprice(BTC, now=NOW + later, resolution=300) == expected


async def test_a_price_of_the_future_is_refused() -> None:
    answers = oracle(lastprice=price(7, NOW))
    assert await answers.lastprice(BTC, now=NOW - 300, resolution=300) == Price(7, NOW)
    with pytest.raises(UnusablePriceError, match="after"):
        await answers.lastprice(BTC, now=NOW - 301, resolution=300)


async def test_prices_come_newest_first_and_never_twice_for_one_time() -> None:
    records = [price(1, NOW - 600), price(3, NOW), price(2, NOW - 300)]
    found = await oracle(prices=scval.to_vec(records)).prices(BTC)
    assert found == (Price(3, NOW), Price(2, NOW - 300), Price(1, NOW - 600))
    with pytest.raises(UnusablePriceError, match="same time"):
        await oracle(prices=scval.to_vec([*records, price(4, NOW)])).prices(BTC)
    assert await oracle(prices=scval.to_void()).prices(BTC) == ()


async def test_averages_and_cross_prices_come_from_the_records() -> None:
    base = OracleAsset("Stellar", A)
    terms = OracleTerms(base, 2, 300, 6)
    records = scval.to_vec([price(400, NOW), price(100, NOW - 300)])
    answers = oracle(prices=records, lastprice=price(400, NOW))
    # each record held for one resolution
    assert await answers.twap(BTC, terms, now=NOW + 10) == 250
    assert await answers.twap(BTC, terms, now=NOW + 601) is None
    assert await answers.twap(base, terms, now=NOW) == 100
    assert await answers.cross_price(BTC, base, terms, now=NOW) == 400
    assert await answers.cross_price(base, BTC, terms, now=NOW) == 25
    assert await answers.cross_price(base, BTC, terms, now=NOW + 601) is None


async def test_decimals_and_resolutions_that_lie() -> None:
    assert await oracle(decimals=scval.to_uint32(38)).decimals() == 38
    for places in (39, 2**32 - 1):
        with pytest.raises(UnusablePriceError, match=f"{places} decimals"):
            await oracle(decimals=scval.to_uint32(places)).decimals()
    with pytest.raises(UnusablePriceError, match="resolution of 0"):
        await oracle(resolution=scval.to_uint32(0)).resolution()


async def test_an_oracle_that_does_not_say_its_version() -> None:
    assert await oracle().version() == 0
    says = PriceOracle(Answering({"version": scval.to_uint32(6)}), ID, Declared(function("version", Scalar.U32)))
    assert await says.version() == 6


async def test_an_oracle_that_is_paid_for_its_prices_is_not_taken_for_one_that_is_not() -> None:
    paid = function("lastprice", Option(Udt("PriceData")), caller=Scalar.ADDRESS, asset=Udt("Asset"))
    with pytest.raises(NotThatContractError, match=r"lastprice: takes 2 arguments, expected 1"):
        await PriceOracle(Answering(), ID, Declared(ASSET, PRICE, paid)).lastprice(BTC, now=NOW, resolution=300)


async def test_answers_of_another_type_than_declared_or_expected() -> None:
    with pytest.raises(NotThatContractError, match="decimals"):
        await oracle(decimals=scval.to_string("seven")).decimals()
    as_text = PriceOracle(
        Answering({"decimals": scval.to_string("7")}), ID, Declared(function("decimals", Scalar.STRING))
    )
    with pytest.raises(NotThatContractError, match="expected an integer"):
        await as_text.decimals()
    fields = Struct("PriceData", (Field("value", Scalar.I128), Field("timestamp", Scalar.U64)))
    other = PriceOracle(
        Answering({"lastprice": scval.to_struct({"timestamp": scval.to_uint64(1), "value": scval.to_int128(1)})}),
        ID,
        Declared(ASSET, fields, function("lastprice", Option(Udt("PriceData")), asset=Udt("Asset"))),
    )
    with pytest.raises(NotThatContractError, match=r"lastprice: answered .* expected a struct of price"):
        await other.lastprice(BTC, now=NOW, resolution=300)


async def test_a_token_whose_decimals_lie() -> None:
    for places, fits in ((0, True), (38, True), (39, False)):
        token = Token(Answering({"decimals": scval.to_uint32(places)}), ID, Declared(function("decimals", Scalar.U32)))
        if fits:
            assert await token.decimals() == places
        else:
            with pytest.raises(NotThatContractError, match="decimals: answered 39"):
                await token.decimals()


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (BytesN(32), scval.to_bytes(StrKey.decode_contract(A))),
        (Scalar.BYTES, scval.to_bytes(StrKey.decode_contract(A))),
        (Scalar.ADDRESS, scval.to_address(A)),
        (Scalar.STRING, scval.to_string(A)),
    ],
    ids=str,
)
async def test_the_detector_s_oracle_is_set_as_declared(declared: Type, expected: xdr.SCVal) -> None:
    interface = Declared(function("set_reflector_contract_id", None, contract_id=declared))
    call = await Detector(Answering(), ID, interface).set_reflector_contract_id(A)
    assert call.arguments == (expected,)


async def test_a_detector_that_takes_something_else_for_its_oracle() -> None:
    for inputs in ({"contract_id": Scalar.U32}, {}, {"admin": Scalar.ADDRESS, "oracle": Scalar.ADDRESS}):
        interface = Declared(function("set_reflector_contract_id", None, **inputs))
        with pytest.raises(NotThatContractError, match="set_reflector_contract_id: takes"):
            await Detector(Answering(), ID, interface).set_reflector_contract_id(A)


PROTOCOL = Enum("Protocol", tuple(EnumCase(each.name.title(), each.value) for each in Protocol))
SWAP_INPUTS: dict[str, Type] = {
    "token_in": Scalar.ADDRESS,
    "token_out": Scalar.ADDRESS,
    "amount_in": Scalar.I128,
    "amount_out_min": Scalar.I128,
    "distribution": Vec(Udt("DexDistribution")),
    "to": Scalar.ADDRESS,
    "deadline": Scalar.U64,
}
SWAP = function("swap_exact_tokens_for_tokens", Vec(Vec(Scalar.I128)), **SWAP_INPUTS)
PATH = Field("path", Vec(Scalar.ADDRESS))
NEW = Struct(
    "DexDistribution",
    (
        Field("bytes", Option(Vec(BytesN(32)))),
        Field("parts", Scalar.U32),
        PATH,
        Field("protocol_id", Udt("Protocol")),
    ),
)
OLD = Struct("DexDistribution", (Field("parts", Scalar.U32), PATH, Field("protocol_id", Scalar.STRING)))
DIRECT = Share(Protocol.SOROSWAP, (A, B), 2)
THROUGH = Share(Protocol.AQUA, (A, C, B), 1, (bytes(32), bytes(range(32))))


def aggregator(*entries: Entry) -> Aggregator:
    return Aggregator(Answering(), ID, Declared(SWAP, *entries))


async def test_a_split_is_encoded_with_pool_hashes_where_the_aggregator_knows_them() -> None:
    call = await aggregator(NEW, PROTOCOL).swap_exact_in((DIRECT, THROUGH), 100, 90, to=TRADER, deadline=NOW)
    token_in, token_out, amount, least, split, to, deadline = call.arguments
    assert [scval.from_address(each).address for each in (token_in, token_out, to)] == [A, B, TRADER]
    assert (scval.from_int128(amount), scval.from_int128(least), scval.from_uint64(deadline)) == (100, 90, NOW)
    direct, through = scval.from_vec(split)
    shown = scval.to_native(through)
    assert isinstance(shown, dict)
    assert (shown["protocol_id"], shown["parts"], shown["bytes"]) == (2, 1, [bytes(32), bytes(range(32))])
    assert scval.from_struct(direct)["bytes"].type is xdr.SCValType.SCV_VOID


async def test_an_older_aggregator_is_given_names_and_no_pool_hashes() -> None:
    call = await aggregator(OLD).swap_exact_in((DIRECT,), 100, 90, to=TRADER, deadline=NOW)
    (share,) = scval.from_vec(call.arguments[4])
    assert scval.from_string(scval.from_struct(share)["protocol_id"]) == b"soroswap"
    with pytest.raises(ShareError, match="knows no pool hashes"):
        await aggregator(OLD).swap_exact_in((DIRECT, THROUGH), 100, 90, to=TRADER, deadline=NOW)
    with pytest.raises(NotThatContractError, match="declares no DexDistribution"):
        await aggregator().swap_exact_in((DIRECT,), 100, 90, to=TRADER, deadline=NOW)


async def test_amounts_that_do_not_fit_are_named_before_anything_is_sent() -> None:
    with pytest.raises(WrongArgumentError, match="amount_in"):
        await aggregator(OLD).swap_exact_in((DIRECT,), 2**127, 0, to=TRADER, deadline=NOW)


@pytest.mark.parametrize(
    "shares",
    [
        (),
        (DIRECT,) * (MOST_SHARES + 1),
        (DIRECT._replace(parts=0),),
        (DIRECT._replace(parts=2**32),),
        (DIRECT._replace(parts=2**32 - 1), DIRECT),
        (DIRECT, DIRECT._replace(path=(B, A))),
        (DIRECT._replace(path=(A,)),),
        (DIRECT._replace(path=()),),
        (DIRECT._replace(protocol=Protocol.AQUA),),
        (DIRECT._replace(pool_hashes=(bytes(32),)),),
        (THROUGH._replace(pool_hashes=(bytes(32),)),),
        (THROUGH._replace(pool_hashes=(bytes(31), bytes(32))),),
    ],
)
def test_splits_that_the_aggregator_would_refuse(shares: tuple[Share, ...]) -> None:
    with pytest.raises(ShareError):
        check_shares(shares)


def test_a_cycle_is_a_split_like_another() -> None:
    assert check_shares((DIRECT._replace(path=(A, B, A)),)) == (A, A)
