"""An account of the fake cloud, and a client of it whose gate does not wait."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from fake_lambda import Account, served_lambda
from fake_lambda.server import KEY
from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.gate import RateGate, Rates

AT_ONCE = Rates(request=0, launch=0)


@dataclass
class Cloud:
    account: Account
    address: str
    client: LambdaClient


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    key = SecretStr(KEY)
    async with served_lambda() as (account, address), httpx.AsyncClient() as http:
        yield Cloud(account, address, LambdaClient(http, key, RateGate(tmp_path, key, AT_ONCE), address))
