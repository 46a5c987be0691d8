import json
import stat
from pathlib import Path

from larder_local.keys import make_keys
from servicekit.access import ACCOUNTS


def test_every_account_gets_a_password_of_its_own(tmp_path: Path) -> None:
    keys = make_keys(tmp_path)
    shared = {keys.file(name, "service") for name in ("trainer-orchestrator", "reaper")}
    assert {file.read_text() for file in shared} == {keys.password("audit-api", "service")}
    of_the_store = {keys.file(name, "s3") for name in ("trainer-orchestrator", "inference-worker")}
    assert {file.read_text() for file in of_the_store} == {keys.password("s3", "s3")}
    shared |= of_the_store
    passwords = [file.read_text() for file in tmp_path.glob("*/*") if file not in {keys.broker_config, *shared}]
    assert len(set(passwords)) == len(passwords) == len(ACCOUNTS) + 2 + 5
    assert all(len(password) >= 32 for password in passwords)


def test_a_second_start_keeps_every_password(tmp_path: Path) -> None:
    make_keys(tmp_path)
    before = {file: file.read_text() for file in tmp_path.glob("*/*")}
    make_keys(tmp_path)
    assert {file: file.read_text() for file in tmp_path.glob("*/*")} == before


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    make_keys(tmp_path)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("*/*")} == {0o600}


def test_the_brokers_configuration_knows_exactly_the_accounts(tmp_path: Path) -> None:
    users = json.loads(make_keys(tmp_path).broker_config.read_text())["authorization"]["users"]
    assert [user["user"] for user in users] == ["larder", *(account.name for account in ACCOUNTS)]
    assert all("permissions" in user for user in users[1:])
