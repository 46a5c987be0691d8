"""The names of model versions."""

import pytest

from contracts.names import base_version, why_not


@pytest.mark.parametrize("name", ["v1", "2026-spring", "base-line", "baseline", "base-1a2b3c4", "V1.2_b"])
def test_a_person_may_choose(name: str) -> None:
    assert why_not(name) is None


@pytest.mark.parametrize("name", ["base", "Base", "base-1a2b3c4d", base_version("f" * 64)])
def test_a_bare_base_models_name_is_kept_for_it(name: str) -> None:
    assert "kept for the bare base model" in (why_not(name) or "")


@pytest.mark.parametrize("name", ["", "../v1", "-v1", "v 1", "v" * 65])
def test_a_name_must_be_plain(name: str) -> None:
    assert "letters, digits" in (why_not(name) or "")
