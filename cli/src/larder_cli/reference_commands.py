"""The commands of `larder directory` and `larder tables`; what they do stands in `reference.py`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from contracts import PlaceKind
from larder_cli.errors import Refused

directory = typer.Typer(no_args_is_help=True, help="The group's places: list, add, alias, remove, export, import.")
tables = typer.Typer(no_args_is_help=True, help="Weights and subcategories: export, preview, import.")

out = Console(highlight=False)

File = Annotated[Path, typer.Argument(help="A .json or .csv file.")]
Output = Annotated[Path | None, typer.Option(help="A .json or .csv file; default: JSON on standard output.")]


@directory.command("list")
def directory_list() -> None:
    """Every place with its kinds and spellings."""
    from larder_cli.reference import show_directory

    places = show_directory().places
    table = Table("place", "kinds", "other spellings")
    for name, place in places.items():
        table.add_row(name, ", ".join(place.kind), "; ".join(place.aliases))
    out.print(table if places else 'There is no place yet: `larder directory add "Our warehouse" --kind home`.')


@directory.command("add")
def directory_add(
    name: Annotated[str, typer.Argument(help="The place's own name.")],
    kind: Annotated[list[PlaceKind] | None, typer.Option(help="rescue, drop_off or home; may be repeated.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Another spelling; may be repeated.")] = None,
) -> None:
    """Add a place, or kinds and spellings to one that is there."""
    from larder_cli.reference import add_place

    add_place(name, alias or [], kind or [])
    out.print(f"{name} is in the directory; every message is read again.")


@directory.command("alias")
def directory_alias(
    spelling: Annotated[str, typer.Argument(help="As people write it: LF.")],
    place: Annotated[str, typer.Argument(help="The place that it names.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would fix.")] = False,
) -> None:
    """Let a spelling name a place; shows which messages that fixes."""
    from larder_cli.reference import add_alias, preview_alias

    found = preview_alias(spelling, place)
    for fix in found["fixes"]:
        out.print(f"{fix['id']}  {fix['text'].splitlines()[0][:90]}", markup=False)
    out.print(
        f"Messages that it fixes: {found['unaudited']}; audited ones, which stay as they are: {found['audited']}."
    )
    if not dry_run:
        add_alias(spelling, place)
        out.print(f'"{spelling}" names {found["place"]} now; every message is read again.', markup=False)


@directory.command("remove")
def directory_remove(name: str) -> None:
    """Take a place out of the directory; audits keep its name."""
    from larder_cli.reference import remove_place

    remove_place(name)
    out.print(f"{name} is out of the directory.")


@directory.command("export")
def directory_export(output: Output = None) -> None:
    """Write the directory to a file."""
    from larder_cli.reference import export_directory

    _write(export_directory(output), output)


@directory.command("import")
def directory_import(
    path: File,
    replace: Annotated[bool, typer.Option("--replace", help="Places that the file lacks are removed.")] = False,
) -> None:
    """Read places from a file; what is there already gets the file's kinds and spellings as well."""
    from larder_cli.reference import import_directory

    before, after = import_directory(path, replace=replace)
    out.print(f"The directory has {after} places (before: {before}); every message is read again.")


@tables.command("export")
def tables_export(output: Output = None) -> None:
    """Write the tables to a file, to be edited there."""
    from larder_cli.reference import export_tables

    _write(export_tables(output), output)


@tables.command("preview")
def tables_preview(path: File) -> None:
    """What the tables in a file would change in the totals of what was audited; saves nothing."""
    from larder_cli.reference import preview_tables

    _show(preview_tables(path))


@tables.command("import")
def tables_import(
    path: File,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Show what the tables in a file change, ask, and save them. Audits stay as they are; totals follow."""
    from larder_cli.reference import import_tables, preview_tables

    _show(preview_tables(path))
    if not yes and not typer.confirm("Save these tables?"):
        raise Refused("Nothing was saved.")
    import_tables(path)
    out.print("The tables are saved; every message is read again.")


def _write(text: str, output: Path | None) -> None:
    from larder_cli.reference import write_out

    if output is None:
        typer.echo(text, nl=False)
    else:
        write_out(output, text)


def _show(preview: dict[str, Any]) -> None:
    if not preview["items"]:
        out.print("These tables change nothing in what was audited so far.")
        return
    table = Table("subcategory", "pounds now", "pounds then", "items now", "items then")
    for change in preview["by_subcategory"]:
        pounds = (f"{change[side]:,.1f}" for side in ("pounds_before", "pounds_after"))
        table.add_row(change["name"] or "none", *pounds, str(change["items_before"]), str(change["items_after"]))
    out.print(table)
    out.print(
        f"Items that change: {preview['items']}, in audited messages: {preview['records']}; "
        f"{preview['pounds_before']:,.1f} lb become {preview['pounds_after']:,.1f} lb."
    )
