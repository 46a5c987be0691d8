import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from larder_local.errors import CannotStart
from larder_local.home import default_home, locked, note_address
from larder_local.layout import DEFAULT_PORTS
from larder_local.ports import free_port


def test_the_preferred_port_is_taken_when_it_is_free() -> None:
    port = free_port(0)
    assert free_port(port) == port


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        assert free_port(taken) != taken


def test_a_port_chosen_for_another_process_is_not_chosen_again() -> None:
    port = free_port(0)
    assert free_port(port, taken=frozenset({port})) != port


def test_two_larders_that_start_at_the_same_instant_choose_different_ports(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from larder_local.layout import choose_ports
print(*choose_ports(Path(sys.argv[1])).values(), flush=True)
input()
"""
    starting = []
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        command = [sys.executable, "-c", code, str(tmp_path / name)]
        starting.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    lines = [process.stdout.readline() for process in starting if process.stdout]
    for process in starting:
        process.communicate("")
    chosen = [port for line in lines for port in line.split()]
    assert len(chosen) == 3 * len(DEFAULT_PORTS) == len(set(chosen))


def test_larder_home_decides_where_data_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LARDER_HOME", str(tmp_path / "here"))
    assert default_home() == tmp_path / "here"


def test_a_user_without_settings_gets_the_xdg_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LARDER_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_home() == tmp_path / "larder"


def test_a_second_larder_on_the_same_folder_is_told_where_the_first_answers(tmp_path: Path) -> None:
    with locked(tmp_path):
        note_address(tmp_path, "http://127.0.0.1:8080")
        with pytest.raises(CannotStart, match=r"already runs.*http://127\.0\.0\.1:8080"), locked(tmp_path):
            pass


def test_the_lock_goes_with_a_killed_process(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from larder_local.home import locked
with locked(Path({str(tmp_path)!r})):
    print("locked", flush=True)
    input()
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"locked\n"
    holder.kill()
    holder.wait()
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named_in_the_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="set LARDER_HOME"), locked(tmp_path / "file" / "below"):
        pass
