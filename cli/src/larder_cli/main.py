"""The commands and their options. What they do stands in the module named like each.

Imports stand inside the commands: torch alone takes seconds, and only some need it.
"""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from contracts import Method
from larder_cli.errors import Refused
from larder_cli.privacy import privacy
from larder_cli.reference_commands import directory, tables
from servicekit.logs import keep_logs_apart

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Larder reads what a group rescued.")
dataset = typer.Typer(no_args_is_help=True, help="The audited records as training data.")
models = typer.Typer(no_args_is_help=True, help="Trained versions: list, info, set-active, rollback, history, delete.")
app.add_typer(dataset, name="dataset")
app.add_typer(models, name="models")
app.add_typer(directory, name="directory")
app.add_typer(tables, name="tables")
app.add_typer(privacy, name="privacy")

out, err = Console(highlight=False), Console(stderr=True, highlight=False)

Version = Annotated[str | None, typer.Option("--version", help="A model version; `base` is the bare base model.")]
Locations = Annotated[Path | None, typer.Option("--locations", help="The group's places, a JSON file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Target(StrEnum):
    """Where a training can run."""

    LOCAL = "local"
    SSH = "ssh"
    LAMBDA = "lambda"


class Judged(StrEnum):
    """What can be evaluated."""

    REGEX = "regex"
    PEFT = "peft"
    COMBINED = "combined"
    ALL = "all"


@app.command()
def login() -> None:
    """Sign in; the token is kept for this address, for 90 days. Programs set LARDER_TOKEN instead."""
    from larder_cli.login import log_in
    from larder_cli.service import address

    role = log_in(address(), typer.prompt("Name"), typer.prompt("Password", hide_input=True))
    out.print(f"Signed in to {address()} as {role}.")


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A Slack export (zip or folder), JSONL, CSV or XLSX.")],
    audited: Annotated[
        bool, typer.Option("--audited", help="The records are labelled: import them as audits.")
    ] = False,
) -> None:
    """Import messages, or labelled records, into the running Larder."""
    from larder_cli.records import import_path

    job = import_path(path, audited)
    out.print(
        f"Imported {path}: {job['messages']} messages, {job['records']} new records, "
        f"{job['revisions']} new revisions, {job['audits']} audits."
    )


@app.command()
def extract(
    method: Annotated[Method, typer.Option(help="regex or peft.")] = Method.REGEX,
    version: Version = None,
    message: Annotated[str | None, typer.Option(help="One message.")] = None,
    source: Annotated[Path | None, typer.Option("--input", help='Lines of {"id", "text"}.')] = None,
    target: Annotated[Path | None, typer.Option("--output", help="One line for each input line.")] = None,
    locations: Locations = None,
) -> None:
    """Read messages on this machine; no service is needed."""
    from larder_cli.extract import Extractor, extract_file, extract_message
    from larder_cli.lines import read_reference

    if (message is None) == (source is None or target is None):
        raise Refused("Give either --message TEXT, or --input IN.jsonl and --output OUT.jsonl.")
    extractor = Extractor(method, version, read_reference(locations))
    if message is not None:
        print(json.dumps(extract_message(extractor, message), ensure_ascii=False, indent=1))
    elif source is not None and target is not None and (unreadable := extract_file(extractor, source, target)):
        raise Refused(f"{unreadable} of the lines in {source} could not be read; {target} says why, line by line.")


@dataset.command("export")
def dataset_export(output: Annotated[Path | None, typer.Option(help="Default: standard output.")] = None) -> None:
    """Write all audited records as labelled JSON lines."""
    from larder_cli.records import export_dataset

    rows = export_dataset(output)
    if rows is not None:
        sys.stdout.write(rows)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train(
    context: typer.Context,
    version: Annotated[str | None, typer.Argument(help="A new name; chosen for you when absent.")] = None,
    on: Annotated[Target, typer.Option(help="The machine that trains.")] = Target.LOCAL,
    data: Annotated[Path | None, typer.Option(help="Train on this LABELLED.jsonl, without a service.")] = None,
    base: Annotated[str | None, typer.Option(help="A folder or a Hugging Face id; default larder-tiny.")] = None,
    locations: Locations = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and change nothing.")] = False,
    adapter_to: Annotated[Path | None, typer.Option("--adapter-to", help="Copy the adapter here too.")] = None,
) -> None:
    """Train a new version from the audits. Further options go to the recipe when --data is given."""
    from larder_cli.train import copy_adapter, plan, train_by_service, train_offline

    if base is not None and data is None:
        raise Refused("--base goes with --data; a running Larder trains for its own LARDER_BASE_MODEL.")
    if data is not None and on is not Target.LOCAL:
        raise Refused("--data trains on this machine; leave out --on, or import the records with --audited first.")
    if dry_run:
        print(json.dumps(plan(version, on.value, data, base), indent=1))
    elif data is not None:
        out.print(f"Version trained: {train_offline(version, data, base, locations, context.args)}")
    else:
        run = train_by_service(version, on.value, err)
        if adapter_to is not None and run["state"] == "done":
            copy_adapter(run["version"], adapter_to)
        out.print(f"{run['version']}: {run['state']}")


@models.command("list")
def models_list(as_json: AsJson = False) -> None:
    """Every version with its state and its items F1 on held-out audits."""
    from larder_cli.service import Service

    found = Service().get("/api/models")
    if as_json:
        print(json.dumps(found, indent=1))
        return
    table = Table("version", "state", "trained on", "items F1 (regex / base / this)", "auto-accept")
    for model in found["items"]:
        data = model["dataset"] or {}
        figures = (str(data.get("train", "")), _f1s(model), _accepted(model))
        table.add_row(model["version"], model["state"], *figures)
    out.print(table if found["items"] else "There is no trained version yet: audit 10 records, then `larder train v1`.")
    for model in found["items"]:
        if model["reason"]:
            out.print(f"{model['version']}: {model['reason']}", markup=False, soft_wrap=True)


@models.command("info")
def models_info(version: str) -> None:
    """All that is known of a version."""
    from larder_cli.service import Service

    print(json.dumps(Service().get(f"/api/models/{version}"), indent=1))


@models.command("set-active")
def models_set_active(version: str) -> None:
    """Serve this version; running workers pick it up by themselves."""
    from larder_cli.service import Service

    Service().post(f"/api/models/{version}/activate")
    out.print(f"{version} is active.")


@models.command("rollback")
def models_rollback() -> None:
    """Serve the version that was active before."""
    from larder_cli.service import Service

    version = Service().post("/api/models/rollback")["version"]
    out.print(f"{version} is active again." if version else "No model is active now; rules alone read new messages.")


@models.command("history")
def models_history(
    at: Annotated[str | None, typer.Option(help="A day (2026-03-03) or a moment (2026-03-03T14:30).")] = None,
    as_json: AsJson = False,
) -> None:
    """What was serving when; with --at, on that day or at that moment."""
    from larder_cli.history import described, history

    found = history(at)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    table = Table("version", "from", "to", "by, why")
    for stretch in found:
        table.add_row(*described(stretch))
    nothing = "No model was serving then; rules alone were." if at else "No model has served yet."
    out.print(table if found else nothing)


@models.command("delete")
def models_delete(version: str) -> None:
    """Take a version out of the list; its files remain."""
    from larder_cli.service import Service

    Service().delete(f"/api/models/{version}")
    out.print(f"{version} is deleted.")


@app.command()
def validate(
    version: Annotated[str, typer.Option("--version", help="A model version; `base` is the bare base model.")],
    samples: Annotated[Path | None, typer.Option(help='Lines of {"id", "text"} to read.')] = None,
    as_json: AsJson = False,
) -> None:
    """Check a version's files and read samples with it; exits with 1 when it should not be used."""
    from larder_cli.validate import validate as look_at

    report = look_at(version, samples)
    if as_json:
        print(json.dumps(report.to_dict(), indent=1, ensure_ascii=False))
    for sample in [] if as_json else report.samples:
        out.print(f"{sample.text}\n  -> {', '.join(sample.items) or 'no items'}", markup=False)
    for check in [] if as_json else report.checks:
        out.print(f"{'passed' if check.passed else 'FAILED'}  {check.check}: {check.detail}", markup=False)
    if not report.passed:
        raise Refused(f"Version {version} should not be used: {next(c.detail for c in report.checks if not c.passed)}")


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Option(help="LABELLED.jsonl.")],
    method: Annotated[Judged, typer.Option(help="regex, peft, combined, or all side by side.")] = Judged.REGEX,
    version: Version = None,
    locations: Locations = None,
    as_json: AsJson = False,
) -> None:
    """Score a method on labelled records, field by field; `--method all` sets all of them side by side."""
    from larder_cli.evaluate import as_table
    from larder_cli.evaluate import evaluate as judge

    sheets = judge(gold, method.value, version, locations)
    if as_json:
        print(json.dumps(sheets if method is Judged.ALL else sheets[0], indent=1))
    else:
        out.print(as_table(sheets))


@app.command()
def up(port: Annotated[int | None, typer.Option(help="The page's port; default 8080.")] = None) -> None:
    """Start everything on this machine; Ctrl-C stops it."""
    from larder_local.up import main as run_all

    raise typer.Exit(run_all(port))


@app.command()
def backup(
    file: Annotated[str, typer.Argument(help="The file to write; - for standard output.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write everything that this machine's Larder holds into one file; it may run meanwhile."""
    from larder_cli.backup import back_up_or_restore

    err.print(f"Backed up: {back_up_or_restore('write', file, force)}.")


@app.command()
def restore(
    file: Annotated[str, typer.Argument(help="A back-up; - for standard input.")],
    force: Annotated[bool, typer.Option("--force", help="Replace all that this Larder holds.")] = False,
) -> None:
    """Make this machine's Larder, which must not run, what a back-up was."""
    from larder_cli.backup import back_up_or_restore

    err.print(f"Restored: {back_up_or_restore('restore', file, force)}. Start it with `larder up`.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """What the running Larder holds, serves, and is doing."""
    from larder_cli.service import Service
    from larder_cli.status import described

    service = Service()
    found = {"address": service.base, **service.get("/api/status"), "runs": service.get("/runs")["items"][:5]}
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for line in described(found):
        out.print(line, soft_wrap=True)
    if found["runs"]:
        out.print(_runs_table(found["runs"]))


@app.command()
def reap(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be ended and change nothing.")] = False,
) -> None:
    """End rented machines past the deadline in their names; needs only LAMBDA_LABS_API_KEY."""
    from larder_cli.reap import reap as sweep

    for sentence in sweep(dry_run=dry_run):
        out.print(sentence, soft_wrap=True)


def main() -> NoReturn:
    """The console script: a refusal is one sentence and exit status 1. Only answers go to standard output."""
    keep_logs_apart()
    try:
        app(standalone_mode=True)
    except Refused as refusal:
        err.print(f"[bold red]larder:[/] {refusal}")
        raise SystemExit(1) from None
    raise SystemExit(0)


def _f1s(model: dict[str, Any]) -> str:
    scores = model["scores"] or {}
    return " / ".join(
        _shown((scores.get(who) or {}).get("items_exact", {}).get("f1")) for who in ("regex", "base", "candidate")
    )


def _accepted(model: dict[str, Any]) -> str:
    """The share of messages that would need no person."""
    found = (model["confidence"] or {}).get("acceptance")
    return f"{found['share']:.0%} at {found['precision']:.0%}" if found else "-"


def _shown(value: Any) -> str:  # noqa: ANN401 - a score: a number, or numbers by name
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _runs_table(runs: list[dict[str, Any]]) -> Table:
    table = Table("run", "on", "state", "progress", "cost", "why")
    for run in runs:
        step = run["progress"]
        done = f"{step['step']} of {step['steps']}" if step.get("steps") else ""
        cost = f"${run['cost_cents'] / 100:.2f}" if run["rentals"] else "-"
        table.add_row(run["version"], run["target"], run["state"], done, cost, run["reason"] or "")
    return table
