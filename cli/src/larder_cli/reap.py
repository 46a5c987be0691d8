"""`larder reap`: one sweep of the reaper, from any machine that has the account's key."""

import asyncio

from larder_cli.errors import Refused
from trainer_orchestrator.cloud.errors import LambdaError
from trainer_orchestrator.reaper import GUILTY, ReaperSettings, Verdict, sweep_once


def reap(*, dry_run: bool) -> list[str]:
    """A sentence for each machine of ours, and one in sum. Raises Refused."""
    try:
        findings = asyncio.run(sweep_once(ReaperSettings(), dry_run=dry_run))
    except LambdaError as error:
        raise Refused(str(error)) from error
    ours = [finding for finding in findings if finding.verdict is not Verdict.NOT_OURS]
    if failed := [finding.sentence for finding in ours if finding.problem]:
        raise Refused(" ".join(failed))
    ended = sum(finding.verdict in GUILTY for finding in ours)
    what = "would be ended" if dry_run else "ended"
    others = len(findings) - len(ours)
    return [*(it.sentence for it in ours), f"{len(ours)} of ours, {ended} {what}; {others} of others, left alone."]
