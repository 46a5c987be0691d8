"""What Lambda refuses or fails to answer, by its code, each as one sentence that says what to do.

Invariant: only a `Refused` means that nothing happened. After anything else a launch may have created a machine.
"""

from typing import Final


class LambdaError(Exception):
    """The cloud did not do what was asked."""


class Refused(LambdaError):
    """The cloud answered 4xx: nothing was done, and asking again the same way is of no use."""


class KeyRefused(Refused):
    """No key, or one that the account does not know."""


class AccountInactive(Refused):
    """The account cannot rent: not verified, no payment method, no credit, no billing address."""


class NoCapacity(Refused):
    """The machine is not to be had there now, whatever the list said a moment ago."""


class QuotaExceeded(Refused):
    """The account has as many machines as it may have."""


class NotFound(Refused):
    """There is no such thing, or no longer."""


class Unanswered(LambdaError):
    """No answer, or none that says whether it was done: a dead line, 5xx, a body that is no JSON, an unknown error."""


class TooManyRequests(LambdaError):
    """429: nothing was done; the gate has noted how long to wait."""


KEYS_PAGE: Final = "https://cloud.lambda.ai/api-keys"
SENTENCES: Final[dict[str, tuple[type[Refused], str]]] = {
    "global/invalid-api-key": (
        KeyRefused, f"Lambda refuses the key: make a new one at {KEYS_PAGE} and set LAMBDA_LABS_API_KEY to it."),
    "global/account-inactive": (
        AccountInactive, "The Lambda account is inactive: verify the e-mail and add a payment method or credit."),
    "global/invalid-address": (
        AccountInactive, "Lambda refuses the account's billing address: correct it in Lambda's dashboard."),
    "global/quota-exceeded": (
        QuotaExceeded, "The Lambda account has as many machines as it may: end one, or ask their support for more."),
    "instance-operations/launch/insufficient-capacity": (
        NoCapacity, "Lambda has no such machine free in that region."),
    "global/object-does-not-exist": (NotFound, "Lambda knows no such machine, key, image, or region."),
    "global/not-found": (NotFound, "Lambda knows no such address."),
}  # fmt: skip

MISSING_KEY: Final = f"LAMBDA_LABS_API_KEY is not set: make a key at {KEYS_PAGE}, set it, and start Larder again."


def error_of(status: int, code: str | None) -> LambdaError:
    """The typed error of an answer that is no success; `code` is None when the body had none."""
    if status == 429:
        return TooManyRequests("Lambda says that it was asked too often.")
    if code in SENTENCES:
        kind, sentence = SENTENCES[code]
        return kind(sentence)
    if 400 <= status < 500 and code != "global/unknown" and not (code or "provider/").startswith("provider/"):
        return Refused(f"Lambda refuses the request ({code}); if that goes on, report it as an error of Larder.")
    return Unanswered(f"Lambda answered {status}{f' ({code})' if code else ''}")
