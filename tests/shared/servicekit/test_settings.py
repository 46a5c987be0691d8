from pathlib import Path

import pytest

from servicekit.settings import DatabaseSettings


def test_a_setting_comes_from_the_file_that_its_variable_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nats").write_text("from the file\n")
    monkeypatch.setenv("NATS_PASSWORD_FILE", str(tmp_path / "nats"))
    assert DatabaseSettings().nats_password.get_secret_value() == "from the file"


def test_the_variable_itself_wins_over_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nats").write_text("from the file")
    monkeypatch.setenv("NATS_PASSWORD_FILE", str(tmp_path / "nats"))
    monkeypatch.setenv("NATS_PASSWORD", "from the variable")
    assert DatabaseSettings().nats_password.get_secret_value() == "from the variable"


def test_a_file_that_cannot_be_read_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "gone"))
    with pytest.raises(SystemExit, match=r"DATABASE_PASSWORD_FILE names .*gone, which cannot be read"):
        DatabaseSettings()


def test_the_password_joins_the_address_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://audit_api@db:5432/larder")
    monkeypatch.setenv("DATABASE_PASSWORD", "hush/@:")
    settings = DatabaseSettings()
    assert settings.database.password == "hush/@:"
    assert settings.database.drivername == "postgresql+asyncpg"
    assert "hush" not in f"{settings!r} {settings.database} {settings.database!r}"
