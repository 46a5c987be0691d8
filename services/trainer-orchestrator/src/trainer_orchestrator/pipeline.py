"""The steps of a run, one a state: load, act, apply in a short transaction. Reading `STEPS` reads a run's life.

Invariant: a step acts only on what was committed before it, and may be repeated: a new process continues where the
last one died. A step that keeps failing ends the run with a typed reason; only releasing is tried for ever.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from contracts import AdapterPublished, RunState
from trainer_orchestrator.budget import Moment
from trainer_orchestrator.datasets import AuditApi, check_rows
from trainer_orchestrator.errors import Refusal, StepFailed, Transient
from trainer_orchestrator.lease import CancelRequested, Hold
from trainer_orchestrator.logbook import Logbook
from trainer_orchestrator.machines.base import MachineRef, Machines
from trainer_orchestrator.machines.workplace import Activity, Look
from trainer_orchestrator.publish import METADATA_FILE, Publisher, read_output
from trainer_orchestrator.run import (
    CANCELLED,
    DONE,
    FAILURE_IN,
    Dataset,
    Ending,
    Reason,
    Run,
    Target,
    failure,
    machine_name,
)
from trainer_orchestrator.store import Store

log = structlog.get_logger(__name__)

EXIT_DATA_REFUSED = 2
"""The recipe's exit code for data that it refuses; the last line of its log is the reason."""
LONGEST_PAUSE_S = 30.0
EXPECTED = (StepFailed, Refusal, Transient)
"""What a step may raise on purpose; anything else is logged with its traceback."""


@dataclass(frozen=True)
class Pace:
    """How fast and how long the steps try."""

    lease: timedelta
    poll: timedelta
    patience: timedelta
    max_training: timedelta


@dataclass(frozen=True)
class Outcome:
    """A step's result: the run's next moment, and what to announce with it."""

    after: Run
    published: AdapterPublished | None = None


@dataclass(frozen=True)
class Pipeline:
    """Works runs. All of its state is in the database, in files, and on the machines."""

    store: Store
    audit: AuditApi
    machines: Mapping[Target, Machines]
    publisher: Publisher
    logbook: Logbook
    home: Path
    environment: str
    pace: Pace

    async def work(self, run_id: str) -> None:
        """Take the run from where it stands to its end. Raises LeaseLost; the caller has claimed the run."""
        run = await self.store.load(run_id)
        async with Hold(self.store, run_id, self.pace.lease) as hold:
            while run is not None and not run.is_over:
                run = await self._advance(run, hold)

    async def let_go(self, run_id: str) -> None:
        """The orchestrator stops in order: suspend what shares its fate, and give the lease back."""
        run = await self.store.load(run_id)
        if run is not None and run.state is RunState.TRAINING and run.target in self.machines:
            await self._machines(run).suspend(_ref(run))
        await self.store.give_back(run_id)

    async def _advance(self, run: Run, hold: Hold) -> Run:
        try:
            outcome = await hold.during(self._persist(run), cancellable=run.is_cancellable)
        except CancelRequested:
            outcome = Outcome(run.ended(CANCELLED))
        if outcome.after == run:
            return run
        after = await self.store.apply(run, outcome.after, outcome.published)
        if after.state is not run.state:
            reason = after.ending.text if after.ending else None
            log.info("run moved", run_id=run.id, version=run.version, state=after.state, reason=reason)
        return after

    async def _persist(self, run: Run) -> Outcome:
        """Act until it works, fails for good, or has failed for longer than there is patience; release for ever."""
        is_releasing = run.state is RunState.RELEASING
        began, pause = time.monotonic(), self.pace.poll.total_seconds()
        while True:
            try:
                return await STEPS[run.state](self, run)
            except Exception as error:
                if isinstance(error, EXPECTED):
                    log.warning("step failed", run_id=run.id, state=run.state, reason=str(error))
                else:
                    log.exception("step failed", run_id=run.id, state=run.state)
                is_final = isinstance(error, StepFailed | Refusal)
                is_too_long = time.monotonic() - began > self.pace.patience.total_seconds()
                if not is_releasing and (is_final or is_too_long):
                    return Outcome(run.ended(_ending_of(run, error)))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _freeze(self, run: Run) -> Outcome:
        return Outcome(run.frozen(await self.audit.freeze(run.id)))

    async def _collect(self, run: Run) -> Outcome:
        """Before anything is rented the dataset is here, whole. The machine's name is committed before its launch."""
        folder = self._folder(run) / "dataset"
        await self._collected(run)
        await asyncio.to_thread(check_rows, folder)
        deadline = datetime.now(UTC) + self._machines(run).lifetime(self.pace.max_training)
        return Outcome(run.launching(machine_name(self.environment, run.id, deadline), deadline))

    async def _launch(self, run: Run) -> Outcome:
        await self._machines(run).launch(_ref(run), run.base)
        return Outcome(self._billed(run).advanced(RunState.BOOTING))

    async def _boot(self, run: Run) -> Outcome:
        """Until the machine is ready, or was replaced by another one, whose price is committed at once."""
        while not await self._machines(run).is_ready(_ref(run), run.base):
            _check_deadline(run)
            if self._billed(run) != run:
                return Outcome(self._billed(run))
            await asyncio.sleep(self.pace.poll.total_seconds())
        return Outcome(self._billed(run).advanced(RunState.READY))

    async def _prepare(self, run: Run) -> Outcome:
        """A restarted orchestrator may have lost its own copy of the dataset."""
        await self._collected(run)
        return Outcome(run.advanced(RunState.UPLOADING))

    async def _upload(self, run: Run) -> Outcome:
        await self._machines(run).upload(_ref(run), self._folder(run) / "dataset", run.base)
        return Outcome(run.advanced(RunState.TRAINING))

    async def _train(self, run: Run) -> Outcome:
        """Start the training, or look how it goes."""
        look = await self._machines(run).look(_ref(run), self.logbook.size(run))
        await asyncio.to_thread(self.logbook.append, run, look.log)
        if look.activity in {Activity.EXITED, Activity.LOST} and look.log:
            return Outcome(run)
        if look.activity in {Activity.EXITED, Activity.LOST}:
            return Outcome(self._trained(run, look))
        _check_deadline(run)
        if look.activity is Activity.NOT_STARTED:
            await self._machines(run).start(_ref(run), run.base)
        await asyncio.sleep(self.pace.poll.total_seconds())
        return Outcome(run.progressed(self.logbook.progress(run)))

    def _trained(self, run: Run, look: Look) -> Run:
        """What an ended training means, once all of its log is here."""
        run = run.progressed(self.logbook.progress(run))
        if look.exit_code == 0:
            return run.advanced(RunState.DOWNLOADING)
        if look.exit_code == EXIT_DATA_REFUSED:
            return run.ended(failure(Reason.DATA_REFUSED, self.logbook.last_sentence(run) or "The data was refused."))
        tail = f"Its log ends with:\n{self.logbook.last_lines(run)}"
        if look.exit_code is None or _was_killed(look.exit_code):
            sentence = f"The training was killed, or its machine is gone; start a new run. {tail}"
            return run.ended(failure(Reason.MACHINE_LOST, sentence))
        return run.ended(failure(Reason.TRAINING_FAILED, f"The training ended with code {look.exit_code}. {tail}"))

    async def _download(self, run: Run) -> Outcome:
        adapter = self._folder(run) / "adapter"
        await self._machines(run).download(_ref(run), adapter)
        await asyncio.to_thread(read_output, adapter)
        return Outcome(run.advanced(RunState.PUBLISHING))

    async def _publish(self, run: Run) -> Outcome:
        published = await self.publisher.publish(run, self._folder(run) / "adapter")
        return Outcome(run.ended(DONE), published)

    async def _release(self, run: Run) -> Outcome:
        if run.machine is not None:
            while not await self._machines(run).release(_ref(run)):
                log.warning("machine not released yet", run_id=run.id, machine=run.machine)
                await asyncio.sleep(self.pace.poll.total_seconds())
            run = self._billed(run)
        after = run.released(datetime.now(UTC))
        history = [Moment(entry.state, entry.at) for entry in (await self.store.history([run.id]))[run.id]]
        await asyncio.to_thread(self._tidy, after, history)
        return Outcome(after)

    def _tidy(self, run: Run, history: list[Moment]) -> None:
        """Keep the metadata; the dataset and the adapter lie elsewhere by now."""
        folder = self._folder(run)
        metadata = folder / "adapter" / METADATA_FILE
        self.logbook.keep_metadata(run, metadata if metadata.exists() else None, history)
        for name in ("dataset", "adapter"):
            shutil.rmtree(folder / name, ignore_errors=True)

    async def _collected(self, run: Run) -> None:
        """Members' names do not go to another machine."""
        folder, pseudonymous = self._folder(run) / "dataset", self._machines(run).is_elsewhere
        await self.audit.collect(_dataset(run), folder, pseudonymous=pseudonymous)

    def _billed(self, run: Run) -> Run:
        """The run with what was rented for it until now; what is known already is not forgotten with a lost file."""
        rentals = self._machines(run).rentals(_ref(run))
        return run.renting(rentals) if rentals else run

    def _machines(self, run: Run) -> Machines:
        if run.target not in self.machines:
            sentence = f"Training on {run.target} is no longer set up here; set it up again, or start a new run."
            raise Transient(sentence)
        return self.machines[run.target]

    def _folder(self, run: Run) -> Path:
        return self.home / "runs" / run.id


Step = Callable[[Pipeline, Run], Awaitable[Outcome]]

STEPS: Mapping[RunState, Step] = {
    RunState.REQUESTED: Pipeline._freeze,
    RunState.DATASET_FROZEN: Pipeline._collect,
    RunState.LAUNCHING: Pipeline._launch,
    RunState.BOOTING: Pipeline._boot,
    RunState.READY: Pipeline._prepare,
    RunState.UPLOADING: Pipeline._upload,
    RunState.TRAINING: Pipeline._train,
    RunState.DOWNLOADING: Pipeline._download,
    RunState.PUBLISHING: Pipeline._publish,
    RunState.RELEASING: Pipeline._release,
}


def _ref(run: Run) -> MachineRef:
    if run.machine is None:
        raise StepFailed(FAILURE_IN[run.state], "The run has no machine; start a new run.")
    return MachineRef(run.machine, run.id)


def _dataset(run: Run) -> Dataset:
    if run.dataset is None:
        raise StepFailed(Reason.DATASET_UNAVAILABLE, "The run has no dataset; start a new run.")
    return run.dataset


def _ending_of(run: Run, error: Exception) -> Ending:
    match error:
        case StepFailed(reason=reason, sentence=sentence):
            return failure(reason, sentence)
        case Refusal(code=code, message=message) if code in Reason.__members__:
            return failure(Reason(code), message)
        case Refusal(message=message):
            return failure(FAILURE_IN[run.state], message)
    return failure(FAILURE_IN[run.state], f"Gave up after many tries: {error}")


def _check_deadline(run: Run) -> None:
    if run.deadline is not None and datetime.now(UTC) > run.deadline:
        sentence = (
            "The run took too long; train on fewer records, or raise LARDER_MAX_TRAINING or LARDER_MAX_COST_PER_RUN."
        )
        raise StepFailed(Reason.TIMED_OUT, sentence)


def _was_killed(exit_code: int) -> bool:
    """By a signal, as Python (negative) or a shell (128 and more) tells it."""
    return exit_code < 0 or exit_code > 128
