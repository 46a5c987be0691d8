"""schemathesis asks every route for what its description does not say; about ten seconds."""

from pathlib import Path

import pytest
from audit_api_client import audit_api_on
from fuzzing import findings
from signing_in import WITH_ACCOUNTS, code_of, person, token_of

pytestmark = pytest.mark.integration


@pytest.mark.timeout(600)
async def test_no_route_of_audit_api_fails_or_answers_what_it_does_not_describe(postgres_url, tmp_path: Path) -> None:
    async with audit_api_on(postgres_url, **WITH_ACCOUNTS) as api:
        bearer = (await token_of(api, await person(api, "admin"), "read", "audit", "train", "admin"))["authorization"]
        assert await findings(api.app, tmp_path, f"Authorization: {bearer}") == ""


async def test_a_text_that_cannot_be_kept_and_a_body_that_is_no_text_are_the_senders_faults(postgres_url) -> None:
    async with audit_api_on(postgres_url) as api:
        category = {"name": "a\0b", "keywords": ["kale"], "lbs_per_unit": {"case": 1}}
        kept = await api.client.put("/api/tables", json={"categories": [category]})
        assert (kept.status_code, code_of(kept)) == (422, "INVALID_REQUEST")
        json = {"content-type": "application/json"}
        read = await api.client.put("/api/directory", content=b"\xff\xfe\x00", headers=json)
        assert (read.status_code, code_of(read)) == (422, "INVALID_REQUEST")
