"""Random secrets and their digests; passwords by argon2id. A secret is shown once and kept only as a digest."""

import asyncio
import hashlib
import secrets

import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from audit_api.errors import ApiError

MIN_PASSWORD, MAX_PASSWORD = 12, 200
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHasher()
"""The library's own settings follow RFC 9106 (64 MiB, 3 passes)."""
_at_once = asyncio.Semaphore(2)
"""Each check takes 64 MiB: more at once would let strangers exhaust the memory."""
_NOBODY = _hasher.hash(secrets.token_urlsafe())


def new_secret(kind: str) -> str:
    """256 random bits with a prefix that secret scanners can know it by."""
    return f"larder_{kind}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def one_time_password() -> str:
    """Four groups of five letters that nobody confuses: 99 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def check_password(password: str) -> None:
    """Raises ApiError when a new password is too short, or too plain to count."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or len(set(password)) < 5:
        sentence = f"Choose a password of at least {MIN_PASSWORD} characters; three or four words are easy to keep."
        raise ApiError(422, "PASSWORD_TOO_WEAK", sentence)


async def hashed(password: str) -> str:
    async with _at_once:
        return await anyio.to_thread.run_sync(_hasher.hash, password)


async def is_password(password: str, password_hash: str | None) -> bool:
    """Takes as long for nobody's password as for somebody's."""
    async with _at_once:
        right = await anyio.to_thread.run_sync(_verify, password_hash or _NOBODY, password)
    return right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerificationError:
        return False
