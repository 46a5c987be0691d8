"""`make up`: everything on this machine, one address, Ctrl-C to stop, data kept in one folder."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from larder_local.errors import CannotStart
from larder_local.home import default_home, locked, note_address
from larder_local.keys import Keys, make_keys
from larder_local.layout import Layout, choose_ports, ensure_database, server_process, service_processes
from larder_local.roles import ensure_roles
from larder_local.servers import prepare_nats, prepare_postgres
from larder_local.supervisor import Process, Supervisor
from servicekit.access import ADMINISTRATOR

ROOT = Path(__file__).resolve().parents[4]


def main(port: int | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; the exit status."""
    console = Console(stderr=False, highlight=False)
    try:
        with locked(default_home()) as home:
            asyncio.run(_run(home, console, port))
    except CannotStart as error:
        Console(stderr=True).print(f"[bold red]Larder cannot start.[/] {error}", highlight=False)
        return 1
    return 0


async def _run(home: Path, console: Console, port: int | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    supervisor = Supervisor(home / "logs", lambda line: console.print(f"[yellow]{line}[/]"))
    try:
        layout = await _unless_stopped(stop, start_all(supervisor, home, _progress(console), port))
        if layout is not None:
            _announce(console, layout)
            await stop.wait()
    finally:
        console.print("\nStopping ...")
        await supervisor.stop()
        console.print("Stopped. Your data is kept in " + str(home))


async def start_all(
    supervisor: Supervisor, home: Path, starting: Callable[[str], None], port: int | None = None
) -> Layout:
    """Start the servers that no address in the environment replaces, then the services. Raises CannotStart."""
    ports, keys = await start_servers(supervisor, home, starting, port)
    layout = Layout(home, ROOT, ports, keys, os.environ.get("DATABASE_URL"), os.environ.get("NATS_URL"))
    for process in service_processes(layout):
        if process.name == "audit-api" and has_accounts():
            await _print_first_admin(process)
        await _start(supervisor, process, starting)
    note_address(home, layout.address)
    return layout


def has_accounts() -> bool:
    """This machine's own Larder is single-user unless a person asks for accounts."""
    return os.environ.get("LARDER_ACCOUNTS", "").lower() in {"1", "true", "yes", "on"}


async def _print_first_admin(audit_api: Process) -> None:
    """The first admin's one-time password goes to the person at the terminal, and into no log."""
    command = (*audit_api.command, "first-admin")
    made = await asyncio.create_subprocess_exec(*command, env={**os.environ, **audit_api.environment})
    if await made.wait():
        raise CannotStart("The first account could not be made; the lines above say why.")


async def start_servers(
    supervisor: Supervisor, home: Path, starting: Callable[[str], None], port: int | None = None
) -> tuple[dict[str, int], Keys]:
    """Start Postgres and nats-server where no address names others; the ports and the keys."""
    ports, keys = choose_ports(home, port), make_keys(home / "keys")
    if "DATABASE_URL" not in os.environ:
        password = keys.password(ADMINISTRATOR, "database")
        postgres = await asyncio.to_thread(prepare_postgres, home / "postgres", ports["postgres"], password)
        await _start(supervisor, server_process(postgres), starting)
        await ensure_roles(await ensure_database(postgres.url), keys)
    if "NATS_URL" not in os.environ:
        await _start(supervisor, server_process(prepare_nats(home / "nats", ports["nats"], keys)), starting)
    return ports, keys


async def _start(supervisor: Supervisor, process: Process, starting: Callable[[str], None]) -> None:
    starting(process.name)
    await supervisor.start(process)


async def _unless_stopped(stop: asyncio.Event, starting_up: Coroutine[object, object, Layout]) -> Layout | None:
    """The layout, or None when a person pressed Ctrl-C while things were starting."""
    task, stopping = asyncio.create_task(starting_up), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        return task.result()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return None


def _progress(console: Console) -> Callable[[str], None]:
    began = time.monotonic()
    return lambda name: console.print(f"[dim]{time.monotonic() - began:5.1f} s[/]  starting {name}")


def _announce(console: Console, layout: Layout) -> None:
    console.print(f"\nLarder is ready: [bold green]{layout.address}[/]")
    console.print(f"[dim]Data and logs: {layout.home}[/]", soft_wrap=True)
    if has_accounts():
        console.print("[dim]Sign in on the page. Press Ctrl-C to stop.[/]")
    else:
        console.print("[dim]Single-user mode: whoever uses this machine can audit and train. Press Ctrl-C to stop.[/]")


if __name__ == "__main__":
    raise SystemExit(main())
