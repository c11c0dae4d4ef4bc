"""Children under supervision, with real processes."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from support.cli import alive

from arb.cli.launcher.kept_nats import KeptNats
from arb.cli.launcher.process import ProcessFailedError, ProcessSpec, Supervised
from arb.cli.launcher.restart import RestartPolicy

SERVES = "import time; open('up', 'a').write('x'); time.sleep(60)"


def supervised(directory: Path, code: str, *, restart: bool = True, deaths: int = 3, limit: float = 10) -> Supervised:
    async def ready() -> None:
        while not (directory / "up").exists():  # noqa: ASYNC110  (another process writes it)
            await asyncio.sleep(0.01)

    spec = ProcessSpec(
        name="child",
        command=[sys.executable, "-c", f"import os; os.chdir({str(directory)!r})\n{code}"],
        env={},
        log_file=directory / "child.log",
        ready=ready,
        ready_timeout=limit,
        restart=restart,
    )
    return Supervised(spec, policy=RestartPolicy(first_delay=0.01, deaths_allowed=deaths))


async def another_pid(part: Supervised | KeptNats, than: int) -> int:
    async with asyncio.timeout(10):
        while part.pid in (None, than):  # noqa: ASYNC110  (another process ends)
            await asyncio.sleep(0.01)
    assert part.pid is not None
    return part.pid


async def test_a_killed_process_is_started_again_and_stop_ends_it(tmp_path: Path) -> None:
    child = supervised(tmp_path, SERVES)
    said: list[str] = []
    child.say = said.append
    await child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    second = await another_pid(child, child.pid)

    await child.stop()

    assert child.restarts == 1
    assert said == ["child was killed by SIGKILL: starting it again"]
    assert not alive(second)
    assert not child.failed.done()


async def test_too_many_deaths_end_it_with_its_last_words(tmp_path: Path) -> None:
    child = supervised(
        tmp_path, "import sys; open('up', 'w'); input_ = 1\nimport time; time.sleep(.2); sys.exit('no luck')"
    )
    await child.start()

    failure = await asyncio.wait_for(child.failed, 10)

    assert (child.restarts, failure.exit_code) == (3, 1)
    assert str(failure) == f"child ended with exit code 1: no luck (log: {tmp_path}/child.log)"


async def test_wrong_settings_are_not_tried_again(tmp_path: Path) -> None:
    child = supervised(tmp_path, "import sys; sys.stderr.write('A=1 is wrong\\n'); sys.exit(2)")

    with pytest.raises(ProcessFailedError) as failure:
        await child.start()

    assert str(failure.value) == f"child: A=1 is wrong (log: {tmp_path}/child.log)"
    assert (failure.value.exit_code, child.restarts) == (2, 0)


async def test_one_that_may_not_be_started_again_fails_at_its_first_death(tmp_path: Path) -> None:
    child = supervised(tmp_path, SERVES, restart=False)
    await child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)

    failure = await asyncio.wait_for(child.failed, 5)

    assert str(failure).startswith("child was killed by SIGKILL (log: ")
    assert child.pid is None


async def test_who_is_not_ready_in_time_or_not_wanted_any_more_is_not_left_behind(tmp_path: Path) -> None:
    silent = "import time, os; open('pid', 'w').write(str(os.getpid())); print('thinking', flush=True); time.sleep(60)"
    slow = supervised(tmp_path, silent, limit=0.7)
    with pytest.raises(ProcessFailedError, match=r"child was not ready after 0.7 s; its last words: thinking"):
        await slow.start()
    assert not alive(int((tmp_path / "pid").read_text()))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(supervised(tmp_path, silent).start(), 0.7)
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    child = supervised(tmp_path, "")
    spec = ProcessSpec("child", [str(tmp_path / "nothing")], {}, tmp_path / "child.log", child.spec.ready)

    with pytest.raises(ProcessFailedError, match=r"child cannot be started: .*No such file"):
        await Supervised(spec).start()


async def test_a_killed_bus_keeps_its_address(tmp_path: Path) -> None:
    nats = KeptNats(tmp_path)
    url = await nats.start()
    assert nats.pid is not None
    os.kill(nats.pid, signal.SIGKILL)
    second = await another_pid(nats, nats.pid)
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
                break
            except OSError:
                await asyncio.sleep(0.02)
    writer.close()
    await nats.stop()

    assert nats.restarts == 1
    assert not alive(second)
