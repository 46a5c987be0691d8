"""What can go wrong, for a person (Refusal), for a run (StepFailed), or for a moment (Transient)."""

from trainer_orchestrator.run import Reason


class Refusal(Exception):
    """A request that is not granted: an HTTP status, a code for programs, a sentence that says what to do next."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class StepFailed(Exception):
    """A step of a run failed for good."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(f"{reason}: {sentence}")
        self.reason = reason
        self.sentence = sentence


class Transient(Exception):
    """A step failed for now: try it again."""


class LeaseLost(Exception):
    """Another orchestrator works this run now; this one must let go of it."""
