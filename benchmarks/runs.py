"""What a run takes and costs, stage by stage, beside the predecessor's 15-30 minutes: `python benchmarks/runs.py`.

Modelled for a rented A10 from public timings (`trainer_orchestrator.budget` names them); nothing is rented here. With
`--metadata FILE` (a run's `logs/<version>/metadata.json`) the time of a run that was really made is printed beside it.
"""

import argparse
import json
from pathlib import Path

from trainer_orchestrator.budget import EPOCHS, ESTIMATES, GPU_TOKENS_A_SECOND, TOKENS_A_RECORD, WARM_UP_S, estimate

PREDECESSOR_S = (15 * 60, 30 * 60)
PREDECESSOR_CENTS = (25, 50)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("--cents-per-hour", type=int, default=129)
    parser.add_argument("--metadata", type=Path)
    given = parser.parse_args()
    training = given.records * TOKENS_A_RECORD * EPOCHS / GPU_TOKENS_A_SECOND
    price = given.cents_per_hour
    print(f"modelled: {given.records} audits, A10 at {price} cents an hour\n")
    print("| stage | seconds | cents |\n|---|---|---|")
    for name, seconds in [*ESTIMATES.items(), ("packages and model", WARM_UP_S), ("training", training)]:
        print(f"| {name} | {seconds:.0f} | {seconds * price / 3600:.2f} |")
    whole = estimate(given.records, price)
    print(f"| all | {whole.seconds:.0f} | {whole.cents:.2f} |")
    (fast, slow), (cheap, dear) = PREDECESSOR_S, PREDECESSOR_CENTS
    print(f"\npredecessor, by its guide: {fast}-{slow} s, {cheap}-{dear} cents")
    if given.metadata:
        run = json.loads(given.metadata.read_text())["run"]
        print(f"measured: {run['version']} on {run['target']}, {run['seconds']:.0f} s, {run['cost_cents']} cents")


if __name__ == "__main__":
    main()
