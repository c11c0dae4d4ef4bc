"""What a person sees of a run."""

import io
from typing import Any

from rich.console import Console

from arb.cli.view import RunView


def event(kind: str, trade: str = "t1", **data: Any) -> dict[str, Any]:
    return {"type": "event", "event": {"type": f"arb.{kind}.v1", "subject": f"trade/{trade}", "data": data}}


def shown(view: RunView) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(view.render())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def view_on(out: io.StringIO) -> RunView:
    return RunView("title", Console(file=out, width=40))


def test_a_pipe_gets_plain_lines_unbroken_and_untouched() -> None:
    out = io.StringIO()
    view = view_on(out)
    line = "[bold]trade[/] 12345678 confirmed in ledger 7: profit +33.3448004, fee 0.0000200 XLM"

    with view.shown():
        view.on_push({"type": "log", "log": line})
        view.tick(3.0)

    assert out.getvalue() == line + "\n"


def test_figures_are_folded_from_pushes() -> None:
    view = view_on(io.StringIO())
    usdc = "USDC:G" + "A" * 55
    for push in (
        event("opportunity.found", ledger=41),
        event("trade.planned", ledger=41, plan={"base": "native"}),
        event("trade.confirmed", ledger=42, fee_charged=200, realised_profit=15_000_000),
        event("trade.planned", "t2", ledger=42, plan={"base": usdc}),
        event("trade.confirmed", "t2", ledger=43, fee_charged=100, realised_profit=70_000_000),
        event("trade.failed", "t3", ledger=43, fee_charged=100, codes=["tx_failed"]),
        event("trade.rejected", "t4", code="too_small", reason="less than a stroop"),
        event("trade.planned", "t5", ledger=43, plan={"base": "native"}),
        event("trade.rehearsed", "t5", hypothetical_profit=90_000_000, hypothetical_fee=100),
        {"type": "pong"},
    ):
        view.on_push(push)
    view.tick(12.4)

    text = shown(view)

    # Profit in one asset is never added to profit in another
    assert "1.5000000 XLM, 7.0000000 USDC" in text
    assert "0.0000400 XLM" in text
    # Nor is what a paper trade predicts
    assert "on paper only, nothing was earned: 9.0000000 XLM" in text
    assert "rejected: too_small 1" in text
    assert "12 s left" in text
    figures = [line.strip("│ ").split() for line in text.splitlines()]
    assert ["2", "1", "0", "1", "1"] in figures  # confirmed, failed, expired, rejected, rehearsed
    assert any(line[:2] == ["43", "1"] for line in figures)  # ledger, opportunities
