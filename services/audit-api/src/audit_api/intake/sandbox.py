"""Reads an uploaded file in a process of its own with bounded memory: a hostile file ends that process, not Larder.

Processes are forked from a small server process that has imported the parsers, so one costs about ten milliseconds.
"""

import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from audit_api.intake.archive import MIB
from audit_api.intake.message import BadFile
from audit_api.intake.parsing import Parsed

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["audit_api.intake.parsing"])


def parse_contained(name: str, parse: Callable[[], Parsed], memory_mib: int) -> Parsed:
    """What `parse` returns; `parse` must be picklable. Raises BadFile, also when the file needs too much memory."""
    ours, theirs = _context.Pipe(duplex=False)
    process = _context.Process(target=_parse, args=(theirs, parse, memory_mib), daemon=True)
    process.start()
    theirs.close()
    try:
        result = ours.recv()
    except EOFError:
        result = _too_much(name, memory_mib)
    finally:
        ours.close()
        process.join()
    if isinstance(result, BadFile):
        raise result
    if isinstance(result, Exception):
        raise result
    parsed: Parsed = result
    return parsed


def _parse(answer: Connection, parse: Callable[[], Parsed], memory_mib: int) -> None:
    """A file that cannot be held in memory ends without an answer, which says enough."""
    memory = Path("/proc/self/statm")
    held = int(memory.read_text().split()[0]) * resource.getpagesize() if memory.exists() else 0
    limit = held + memory_mib * MIB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        answer.send(parse())
    except MemoryError:
        return
    except Exception as error:  # noqa: BLE001 - told by the parent, whatever it is
        answer.send(error)


def _too_much(name: str, memory_mib: int) -> BadFile:
    return BadFile(name, None, f"reading it takes more than {memory_mib} MiB of memory; import it in parts.")
