"""The supervisor with real processes."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from larder_local.errors import CannotStart
from larder_local.supervisor import Process, Supervisor
from tests_support import eventually


async def at_once() -> bool:
    return True


def python(name: str, code: str, **rest: object) -> Process:
    return Process(name, (sys.executable, "-c", textwrap.dedent(code)), rest.pop("is_ready", at_once), **rest)  # type: ignore[arg-type]


SLEEP = "import time; time.sleep(60)"


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "logs", said.append)
    supervisor.said = said  # type: ignore[attr-defined]
    yield supervisor
    await supervisor.stop()


async def test_the_next_process_starts_only_when_the_one_before_is_ready(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"

    async def flag_is_there() -> bool:
        return flag.exists()

    code = f"import time, pathlib; time.sleep(0.5); pathlib.Path({str(flag)!r}).touch(); time.sleep(60)"
    await supervisor.start(python("first", code, is_ready=flag_is_there))
    assert flag.exists()


async def test_a_process_that_ends_while_starting_is_reported_with_its_last_line(supervisor: Supervisor) -> None:
    async def never() -> bool:
        return False

    with pytest.raises(CannotStart, match="no such table"):
        await supervisor.start(python("broken", "import sys; sys.exit('no such table')", is_ready=never))


async def test_a_killed_process_is_started_again(supervisor: Supervisor) -> None:
    await supervisor.start(python("worker", SLEEP))
    before = supervisor.pid_of("worker")
    os.kill(before, signal.SIGKILL)
    await eventually(lambda: supervisor.pid_of("worker") != before)
    assert psutil.pid_exists(supervisor.pid_of("worker"))


async def test_stop_goes_in_the_opposite_order(tmp_path: Path) -> None:
    log = tmp_path / "order"
    code = """
        import signal, sys, time
        def end(*_):
            open({log!r}, "a").write({name!r} + "\\n"); sys.exit()
        signal.signal(signal.SIGTERM, end)
        open({log!r} + {name!r}, "w").close()
        time.sleep(60)
    """
    supervisor = Supervisor(tmp_path / "logs", print)
    for name in ("one", "two", "three"):

        async def armed(name: str = name) -> bool:
            return Path(f"{log}{name}").exists()

        await supervisor.start(python(name, code.format(log=str(log), name=name), is_ready=armed))
    await supervisor.stop()
    assert log.read_text().split() == ["three", "two", "one"]


async def test_stop_leaves_no_orphan_of_a_child_behind(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"""
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True)
        open({str(pid_file)!r}, "w").write(str(child.pid))
        time.sleep(60)
    """

    async def has_child() -> bool:
        return pid_file.exists() and bool(pid_file.read_text())

    supervisor = Supervisor(tmp_path / "logs", print)
    await supervisor.start(python("parent", code, is_ready=has_child))
    await supervisor.stop()
    await eventually(lambda: not psutil.pid_exists(int(pid_file.read_text())))


async def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"""
        import asyncio, sys
        from pathlib import Path
        from larder_local.supervisor import Process, Supervisor
        async def ready(): return True
        async def main():
            supervisor = Supervisor(Path({str(tmp_path)!r}) / "logs", print)
            await supervisor.start(Process("child", (sys.executable, "-c", {SLEEP!r}), ready))
            Path({str(pid_file)!r}).write_text(str(supervisor.pid_of("child")))
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    outer = await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(code))
    pid = int(await eventually(lambda: pid_file.exists() and pid_file.read_text()))
    outer.kill()
    await outer.wait()
    await eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
