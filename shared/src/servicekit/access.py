"""Who may do what: one account a service at the broker, one role a service in the database, as data.

An account may publish and hear exactly what its service needs, its inbox included, and nothing else; JetStream's
requests are subjects too, so reading a bucket or a consumer is allowed one by one. Only audit-api creates streams and
consumers; nobody but the administrator deletes them. Two services have tables: each owns one schema and may not look
into the other's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts import subjects
from contracts.subjects import Consumer
from servicekit.broker import inbox_of

ADMINISTRATOR: Final = "larder"
"""Sets up, backs up, restores; no service runs as it."""


@dataclass(frozen=True)
class Account:
    """A service's rights. `publish` and `hear` are subjects with NATS wildcards."""

    name: str
    publish: tuple[str, ...]
    hear: tuple[str, ...] = ()
    schema: str | None = None
    """The database schema that it owns, if any."""

    @property
    def role(self) -> str:
        """Its name in Postgres, where a dash would need quotes."""
        return self.name.replace("-", "_")


def _consumes(consumer: Consumer) -> tuple[str, ...]:
    path = f"{consumer.stream}.{consumer.name}"
    return (
        f"$JS.API.CONSUMER.INFO.{path}",
        f"$JS.API.CONSUMER.MSG.NEXT.{path}",
        f"$JS.ACK.{path}.>",
        subjects.DEAD.format(subject=consumer.subject),
    )


def _reads_stream(stream: str) -> tuple[str, ...]:
    api = "$JS.API"
    return (f"{api}.STREAM.INFO.{stream}", f"{api}.STREAM.MSG.GET.{stream}", f"{api}.DIRECT.GET.{stream}.>")


def _reads_key_value(bucket: str) -> tuple[str, ...]:
    return _reads_stream(f"KV_{bucket}")


def _reads_objects(bucket: str) -> tuple[str, ...]:
    """Objects are read through a consumer that lives as long as the download."""
    stream = f"OBJ_{bucket}"
    consumer = tuple(f"$JS.API.CONSUMER.{verb}.{stream}.>" for verb in ("CREATE", "DELETE"))
    return (*_reads_stream(stream), "$JS.API.STREAM.NAMES", f"$JS.API.CONSUMER.CREATE.{stream}", *consumer, "$JS.FC.>")


def _writes_objects(bucket: str) -> tuple[str, ...]:
    """Writing an object purges the chunks of an earlier, broken try."""
    return (*_reads_objects(bucket), f"$O.{bucket}.>", f"$JS.API.STREAM.PURGE.OBJ_{bucket}")


def _provisions() -> tuple[str, ...]:
    streams = tuple(f"$JS.API.STREAM.{verb}.*" for verb in ("CREATE", "UPDATE", "INFO"))
    consumers = tuple(f"$JS.API.CONSUMER.{verb}.>" for verb in ("CREATE", "DURABLE.CREATE", "INFO"))
    return (*streams, *consumers)


AUDIT_API: Final = Account(
    "audit-api",
    publish=(
        *_provisions(),
        *(
            right
            for consumer in subjects.CONSUMERS
            if consumer not in {subjects.REGEX_EXTRACTOR, subjects.INFERENCE_WORKER, subjects.INFERENCE_WORKER_NOW}
            for right in _consumes(consumer)
        ),
        *(right for bucket in subjects.KEY_VALUE_BUCKETS for right in (*_reads_key_value(bucket), f"$KV.{bucket}.>")),
        *(right for bucket in subjects.OBJECT_BUCKETS for right in _reads_objects(bucket)),
        "extraction.>",  # requests, and dead letters that a person replays
        subjects.AUDIT_RECORDED,
        subjects.ADAPTER_PUBLISHED,
        subjects.MODEL_ACTIVATED,
        "dead.>",
    ),
    schema="public",
)
REGEX_EXTRACTOR: Final = Account(
    "regex-extractor",
    publish=(
        *_consumes(subjects.REGEX_EXTRACTOR),
        *_reads_key_value(subjects.REFERENCE_BUCKET),
        subjects.COMPLETED.format(method="regex"),
        subjects.FAILED.format(method="regex"),
    ),
)
INFERENCE_WORKER: Final = Account(
    "inference-worker",
    publish=(
        *_consumes(subjects.INFERENCE_WORKER),
        *_consumes(subjects.INFERENCE_WORKER_NOW),
        *(right for bucket in subjects.KEY_VALUE_BUCKETS for right in _reads_key_value(bucket)),
        *_reads_objects(subjects.ADAPTERS_BUCKET),
        subjects.COMPLETED.format(method="peft"),
        subjects.FAILED.format(method="peft"),
    ),
)
TRAINER: Final = Account(
    "trainer-orchestrator",
    publish=(
        *_writes_objects(subjects.ADAPTERS_BUCKET),
        subjects.RUN_EVENT.format(run_id="*"),
        subjects.ADAPTER_PUBLISHED,
    ),
    schema="trainer",
)
ACCOUNTS: Final = (AUDIT_API, REGEX_EXTRACTOR, INFERENCE_WORKER, TRAINER)


def nats_config(passwords: Mapping[str, str]) -> str:
    """nats-server's `authorization` block; `passwords` by account, the administrator's among them.

    The format is JSON, which nats-server reads: nothing in a password can end its own string.
    """
    everything = {"user": ADMINISTRATOR, "password": passwords[ADMINISTRATOR]}
    users = [everything, *(_nats_user(account, passwords[account.name]) for account in ACCOUNTS)]
    return json.dumps({"authorization": {"users": users}}, indent=1) + "\n"


def _nats_user(account: Account, password: str) -> dict[str, object]:
    hear = [f"{inbox_of(account.name)}.>", *account.hear]
    return {
        "user": account.name,
        "password": password,
        "permissions": {"publish": {"allow": list(account.publish)}, "subscribe": {"allow": hear}},
    }
