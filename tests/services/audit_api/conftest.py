"""The audit API on an empty database for each test."""

from collections.abc import AsyncIterator

import pytest
from audit_api_client import Api, audit_api_on


@pytest.fixture
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with audit_api_on(postgres_url) as found:
        yield found
