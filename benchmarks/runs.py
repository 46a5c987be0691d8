"""What a run takes and costs, stage by stage, beside the predecessor's 15-30 minutes: `python benchmarks/runs.py`.

Modelled for a rented machine from public timings (`trainer_orchestrator.budget` names them); nothing is rented here.
With `--metadata FILE` (a run's `logs/<version>/metadata.json`) what a real run took stands beside it: the end-to-end
test makes one on this machine, `LARDER_KEEP_METADATA=FILE pytest tests/integration/test_train_on_lambda.py`.
"""

import argparse
import json
import math
from pathlib import Path

from contracts import RunState
from trainer_orchestrator.budget import EPOCHS, ESTIMATES, GPU_TOKENS_A_SECOND, TOKENS_A_RECORD, WARM_UP_S

PREDECESSOR_S = (15 * 60, 30 * 60)
PREDECESSOR_CENTS = (25, 50)
BILLED = ("ready", "uploading", "training", "downloading", "publishing")
"""What lies between healthy and the terminate request: all that Lambda documents that it bills, by begun minutes."""
Times = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("--cents-per-hour", type=int, default=129)
    parser.add_argument("--metadata", type=Path)
    given = parser.parse_args()
    price, run = given.cents_per_hour, json.loads(given.metadata.read_text())["run"] if given.metadata else None
    print(f"modelled: {given.records} audits, {EPOCHS} epochs, {price} cents an hour")
    measured = None
    if run:
        rows = run["dataset"]["train"] + run["dataset"]["held_out"]
        print(
            f"measured: {rows} audits, {run['version']} on {run['target']}, {run['state']} after {run['seconds']:.1f} s"
        )
        measured = {stage["state"]: stage["seconds"] for stage in run["stages"]}
    print_table(modelled(given.records), price, measured)
    (fast, slow), (cheap, dear) = PREDECESSOR_S, PREDECESSOR_CENTS
    print(f"\npredecessor, by its guide: {fast}-{slow} s, {cheap}-{dear} cents")


def modelled(records: int) -> Times:
    """In the order of a run's life."""
    seconds = {state.value: value for state, value in ESTIMATES.items()}
    seconds["training"] = WARM_UP_S + records * TOKENS_A_RECORD * EPOCHS / GPU_TOKENS_A_SECOND
    return {state.value: seconds[state] for state in RunState if state in seconds}


def print_table(model: Times, price: int, measured: Times | None) -> None:
    print("\n| stage | modelled s | cents |" + (" measured s |" if measured else ""))
    print("|---|---|---|" + ("---|" if measured else ""))
    for state in (it.value for it in RunState):
        if state in model or state in (measured or {}):
            print_row(state, model.get(state), price, measured and measured.get(state, 0.0))
    print_row(
        "all, as if billed from launch until gone", sum(model.values()), price, measured and sum(measured.values())
    )
    billed = sum(model[state] for state in BILLED)
    print_row("of it healthy, until terminate", billed, price, measured and sum(measured[state] for state in BILLED))
    minutes = math.ceil(billed / 60)
    print(f"\nby documented billing {minutes} begun minutes: {minutes * price / 60:.1f} cents")


def print_row(name: str, seconds: float | None, price: int, measured: float | None) -> None:
    model = " | " if seconds is None else f"{seconds:.0f} | {seconds * price / 3600:.2f}"
    print(f"| {name} | {model} |" + ("" if measured is None else f" {measured:.1f} |"))


if __name__ == "__main__":
    main()
