"""What an operation answered, in the words tests use."""

from dataclasses import dataclass

from stellar_sdk import xdr


@dataclass(frozen=True)
class Outcome:
    """How an operation went: the code's name without its prefix, and the result unless it is only a code."""

    code: str
    result: xdr.OperationResultTr | None = None

    @property
    def atoms(self) -> list[tuple[str, int, int]]:
        """(offer id or "pool", amount sold by the venue, amount it bought) for each claim atom."""
        success = self._success()
        claimed = success.offers_claimed if isinstance(success, xdr.ManageOfferSuccessResult) else success.offers
        atoms = []
        for atom in claimed:
            claim = atom.order_book or atom.liquidity_pool
            name = str(claim.offer_id.int64) if isinstance(claim, xdr.ClaimOfferAtom) else "pool"
            assert claim is not None
            atoms.append((name, claim.amount_sold.int64, claim.amount_bought.int64))
        return atoms

    @property
    def effect(self) -> str:
        """CREATED, UPDATED or DELETED."""
        success = self._success()
        assert isinstance(success, xdr.ManageOfferSuccessResult)
        return success.offer.effect.name.removeprefix("MANAGE_OFFER_")

    @property
    def offer(self) -> xdr.OfferEntry:
        """The offer that rests after a manage offer."""
        success = self._success()
        assert isinstance(success, xdr.ManageOfferSuccessResult)
        assert success.offer.offer is not None
        return success.offer.offer

    @property
    def delivered(self) -> int:
        """What arrived at the destination of a path payment."""
        success = self._success()
        assert not isinstance(success, xdr.ManageOfferSuccessResult)
        return success.last.amount.int64

    def _success(
        self,
    ) -> (
        xdr.ManageOfferSuccessResult
        | xdr.PathPaymentStrictReceiveResultSuccess
        | xdr.PathPaymentStrictSendResultSuccess
    ):
        assert self.code == "SUCCESS", self.code
        assert self.result is not None
        family = (
            self.result.manage_sell_offer_result
            or self.result.manage_buy_offer_result
            or self.result.path_payment_strict_receive_result
            or self.result.path_payment_strict_send_result
        )
        assert family is not None
        assert family.success is not None
        return family.success


def outcome_of(result: xdr.OperationResultTr) -> Outcome:
    """The outcome of a result, which has to survive being packed and parsed."""
    parsed = xdr.OperationResultTr.from_xdr_bytes(result.to_xdr_bytes())
    assert parsed == result
    (family,) = (getattr(result, name) for name in vars(result) if name.endswith("_result") and getattr(result, name))
    code = family.code
    prefix = type(code).__name__.removesuffix("ResultCode")
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in prefix).upper().lstrip("_")
    return Outcome(code.name.removeprefix(f"{words}_"), result)
