"""The calls to Lambda that Larder makes: each waits for its turn, and gives a typed answer or a typed error.

Invariant: neither the key nor a raw answer is logged or put into an error. Redirects are not followed (the old host
redirects, and a redirected POST loses its body), and nothing is tried again here: only the caller knows what is safe.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import httpx
from pydantic import SecretStr, TypeAdapter, ValidationError

from trainer_orchestrator.cloud.errors import MISSING_KEY, KeyRefused, TooManyRequests, Unanswered, error_of
from trainer_orchestrator.cloud.gate import Call, RateGate
from trainer_orchestrator.cloud.wire import Image, Instance, InstanceTypeOffer, LaunchRequest, SshKey

T = TypeVar("T")

ADDRESS: Final = "https://cloud.lambda.ai/api/v1"
TIMEOUT_S: Final = 30.0
DEFAULT_PAUSE_S: Final = 5.0
"""After a 429 that names no time; some come without JSON and without Retry-After."""

OFFERS: Final = TypeAdapter(dict[str, InstanceTypeOffer])
INSTANCES: Final = TypeAdapter(tuple[Instance, ...])
INSTANCE: Final = TypeAdapter(Instance)
KEYS: Final = TypeAdapter(tuple[SshKey, ...])
KEY: Final = TypeAdapter(SshKey)
IMAGES: Final = TypeAdapter(tuple[Image, ...])
ANYTHING: Final = TypeAdapter(dict[str, Any])


class LambdaClient:
    """One account. Every method may raise `errors.LambdaError`."""

    def __init__(self, http: httpx.AsyncClient, key: SecretStr | None, gate: RateGate, address: str = ADDRESS) -> None:
        self._http = http
        self._key = key
        self._gate = gate
        self._address = address.rstrip("/")

    async def instance_types(self) -> tuple[InstanceTypeOffer, ...]:
        """Every type with its price of now and the regions that say they have one free."""
        return tuple((await self._ask(Call.LOOK, "GET", "/instance-types", OFFERS)).values())

    async def instances(self) -> tuple[Instance, ...]:
        """Every machine of the account, somebody else's too; a new one may be missing for a while."""
        return await self._ask(Call.LOOK, "GET", "/instances", INSTANCES)

    async def instance(self, instance_id: str) -> Instance:
        return await self._ask(Call.LOOK, "GET", f"/instances/{instance_id}", INSTANCE)

    async def launch(self, request: LaunchRequest) -> str:
        """The new machine's id. Not idempotent: only `errors.Refused` means that there is none."""
        body = request.model_dump()
        answer = await self._ask(Call.LAUNCH, "POST", "/instance-operations/launch", ANYTHING, body)
        ids = answer.get("instance_ids")
        if not isinstance(ids, list) or len(ids) != 1:
            raise Unanswered("Lambda's answer to a launch names no machine")
        return str(ids[0])

    async def terminate(self, instance_id: str) -> None:
        """Ask for its end; whether it ended is seen by listing. Asking twice answers with an unknown error."""
        body = {"instance_ids": [instance_id]}
        await self._ask(Call.TERMINATE, "POST", "/instance-operations/terminate", ANYTHING, body)

    async def ssh_keys(self) -> tuple[SshKey, ...]:
        return await self._ask(Call.LOOK, "GET", "/ssh-keys", KEYS)

    async def add_ssh_key(self, name: str, public_key: str) -> SshKey:
        return await self._ask(Call.LOOK, "POST", "/ssh-keys", KEY, {"name": name, "public_key": public_key})

    async def images(self) -> tuple[Image, ...]:
        return await self._ask(Call.LOOK, "GET", "/images", IMAGES)

    async def _ask(
        self, call: Call, method: str, path: str, shape: TypeAdapter[T], body: Mapping[str, Any] | None = None
    ) -> T:
        if self._key is None:
            raise KeyRefused(MISSING_KEY)
        await self._gate.turn(call)
        response = await self._send(method, path, body, self._key)
        if not response.is_success:
            raise self._refusal(response)
        try:
            return shape.validate_python(response.json()["data"])
        except (ValueError, KeyError, TypeError, ValidationError):
            # `from None`: a validation error quotes the answer, which may hold a token.
            raise Unanswered(f"Lambda's answer to {method} {path} is not understood") from None

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None, key: SecretStr) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
        try:
            return await self._http.request(
                method, self._address + path, json=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False
            )
        except httpx.TransportError as error:
            raise Unanswered(
                f"Lambda does not answer ({type(error).__name__}); check the network, then try again."
            ) from error

    def _refusal(self, response: httpx.Response) -> Exception:
        error = error_of(response.status_code, _code_of(response))
        if isinstance(error, TooManyRequests):
            self._gate.pause(_retry_after(response))
        return error


def _code_of(response: httpx.Response) -> str | None:
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None


def _retry_after(response: httpx.Response) -> float:
    """Seconds; a date, or nothing, counts as the default."""
    try:
        return float(response.headers.get("Retry-After", DEFAULT_PAUSE_S))
    except ValueError:
        return DEFAULT_PAUSE_S
