"""The interface of the Stellar Asset Contract, which has no code to read it from: SEP-41 and what its issuer may do.

Sources: CAP-46-06, CAP-67 (multiplexed receivers), CAP-73 (trustlines), SEP-41; error codes as in rs-soroban-env's
built-in contracts.
"""

from typing import Final

from arb.contracts.spec.interface import Interface
from arb.contracts.spec.types import EnumCase, ErrorEnum, Event, EventParameter, Field, Function, Scalar, Type

_ADDRESS, _I128, _STRING = Scalar.ADDRESS, Scalar.I128, Scalar.STRING
_ID: Final = Field("id", _ADDRESS)
_FROM: Final = Field("from", _ADDRESS)
_TO: Final = Field("to", _ADDRESS)
_SPENDER: Final = Field("spender", _ADDRESS)
_AMOUNT: Final = Field("amount", _I128)


def _function(name: str, inputs: tuple[Field, ...], output: Type | None, doc: str) -> Function:
    return Function(name, inputs, output, doc)


def _event(name: str, addresses: tuple[str, ...], data: str, data_type: Type) -> Event:
    topics = [EventParameter(each, _ADDRESS, True) for each in addresses]
    topics.append(EventParameter("sep0011_asset", _STRING, True))
    return Event(name, (name,), (*topics, EventParameter(data, data_type, False)))


ASSET_CONTRACT: Final = Interface(
    (
        _function("allowance", (_FROM, _SPENDER), _I128, "How much `spender` may still move out of `from`."),
        _function(
            "approve",
            (_FROM, _SPENDER, _AMOUNT, Field("live_until_ledger", Scalar.U32)),
            None,
            "Let `spender` move up to `amount` out of `from` until a ledger.",
        ),
        _function("balance", (_ID,), _I128, "What `id` holds, in units of 10^-7."),
        _function("transfer", (_FROM, Field("to", Scalar.MUXED_ADDRESS), _AMOUNT), None, "Move from `from` to `to`."),
        _function("transfer_from", (_SPENDER, _FROM, _TO, _AMOUNT), None, "Move within `spender`'s allowance."),
        _function("burn", (_FROM, _AMOUNT), None, "Destroy what `from` holds."),
        _function("burn_from", (_SPENDER, _FROM, _AMOUNT), None, "Destroy within `spender`'s allowance."),
        _function("decimals", (), Scalar.U32, "Always 7."),
        _function("name", (), _STRING, "`CODE:ISSUER`, or `native`."),
        _function("symbol", (), _STRING, "The asset's code, or `native`."),
        _function("authorized", (_ID,), Scalar.BOOL, "Whether `id` may use its balance."),
        _function("admin", (), _ADDRESS, "Who may mint, claw back and authorise: the issuer at first."),
        _function("set_admin", (Field("new_admin", _ADDRESS),), None, "Hand the admin's rights on."),
        _function(
            "set_authorized",
            (_ID, Field("authorize", Scalar.BOOL)),
            None,
            "Allow or forbid `id` the use of its balance.",
        ),
        _function("mint", (_TO, _AMOUNT), None, "Issue to `to`."),
        _function("clawback", (_FROM, _AMOUNT), None, "Take back from `from`."),
        _function("trust", (Field("addr", _ADDRESS),), None, "Open the account's trustline, if it has none (CAP-73)."),
        ErrorEnum(
            "ContractError",
            (
                EnumCase("InternalError", 1),
                EnumCase("OperationNotSupportedError", 2, "the asset or its issuer does not allow this"),
                EnumCase("AlreadyInitializedError", 3),
                EnumCase("UnauthorizedError", 4),
                EnumCase("AuthenticationError", 5),
                EnumCase("AccountMissingError", 6, "the account does not exist"),
                EnumCase("AccountIsNotClassic", 7),
                EnumCase("NegativeAmountError", 8),
                EnumCase("AllowanceError", 9, "more than the allowance, or one that ends at an impossible ledger"),
                EnumCase("BalanceError", 10, "more than is held, or than may be held"),
                EnumCase("BalanceDeauthorizedError", 11, "the issuer has not authorised this balance"),
                EnumCase("OverflowError", 12),
                EnumCase("TrustlineMissingError", 13, "the account has no trustline"),
                EnumCase("InsufficientAccountReserve", 14, "the account has too little XLM for another entry"),
                EnumCase("TooManyAccountSubentries", 15),
            ),
        ),
        _event("transfer", ("from", "to"), "amount", _I128),
        _event("mint", ("to",), "amount", _I128),
        _event("burn", ("from",), "amount", _I128),
        _event("clawback", ("from",), "amount", _I128),
        _event("approve", ("from", "spender"), "data", Scalar.VAL),
        _event("set_authorized", ("id",), "authorize", Scalar.BOOL),
        _event("set_admin", ("admin",), "new_admin", _ADDRESS),
    )
)
