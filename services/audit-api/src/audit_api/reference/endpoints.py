"""The directory (the LOCATIONS face) and the tables over HTTP. A change has every record read again."""

from typing import Annotated

from fastapi import APIRouter, Body, Path
from fastapi.responses import PlainTextResponse

from audit_api.errors import ApiError, errors, not_found
from audit_api.parts import PartsOf
from audit_api.reference.aliases import Alias, taken_by, with_alias
from audit_api.reference.offers import AliasOffer, offer, offers_of
from audit_api.reference.rederiving import TablesPreview, preview_tables
from audit_api.reference.store import current_reference, put_reference
from contracts import Directory, Place, Tables
from reading.sheets import BadSheet, Format, read_directory, read_tables, write_directory, write_tables

router = APIRouter(prefix="/api", tags=["reference"], responses=errors())

Written = Annotated[str, Body(media_type="text/plain", max_length=5_000_000)]
"""A file's text, JSON or CSV."""


@router.get("/directory")
async def show_directory(parts: PartsOf) -> dict[str, Place]:
    """The group's places by canonical name."""
    async with parts.database.transaction() as session:
        return (await current_reference(session)).value.directory.places


@router.put("/directory")
async def replace_directory(parts: PartsOf, places: dict[str, Place]) -> dict[str, Place]:
    """Replace all places."""
    directory = Directory(places=places)
    async with parts.database.transaction() as session:
        after = await put_reference(session, directory=directory)
    return after.value.directory.places


@router.get("/directory/file", response_class=PlainTextResponse)
async def export_directory(parts: PartsOf, form: Format = "csv") -> str:
    """The places as a file to edit; CSV has the columns name, kinds, aliases."""
    async with parts.database.transaction() as session:
        return write_directory((await current_reference(session)).value.directory, form)


@router.post("/directory/file")
async def read_directory_file(written: Written) -> dict[str, Place]:
    """The places in a file, JSON or CSV, to be looked at; nothing is saved."""
    try:
        return read_directory(written).places
    except BadSheet as bad:
        raise ApiError(422, "UNREADABLE_FILE", str(bad)) from None


@router.post("/directory/aliases/preview", responses=errors(404))
async def preview_alias(parts: PartsOf, alias: Alias) -> AliasOffer:
    """What another spelling of a place would fix; nothing is saved."""
    async with parts.database.transaction() as session:
        directory = (await current_reference(session)).value.directory
        _require(alias.place in directory.places, alias.place)
        return await offer(session, alias, directory)


@router.post("/directory/aliases", responses=errors(404, 409))
async def add_alias(parts: PartsOf, alias: Alias) -> dict[str, Place]:
    """Let a spelling name a place; every record is read again."""
    async with parts.database.transaction() as session:
        directory = (await current_reference(session)).value.directory
        _require(alias.place in directory.places, alias.place)
        if other := taken_by(alias, directory):
            raise ApiError(
                409, "ALIAS_TAKEN", f'"{alias.spelling}" names {other} already; take it out there in Settings first.'
            )
        after = await put_reference(session, directory=with_alias(directory, alias))
    return after.value.directory.places


@router.get("/records/{id}/aliases", responses=errors(404))
async def offer_aliases(parts: PartsOf, record_id: Annotated[str, Path(alias="id")]) -> list[AliasOffer]:
    """Spellings that the decision on this record teaches (`LF` was corrected to `Love Fridge`), and what each fixes."""
    async with parts.database.transaction() as session:
        return await offers_of(session, record_id)


@router.get("/tables")
async def show_tables(parts: PartsOf) -> Tables:
    """The tables that pounds and subcategories are derived by."""
    async with parts.database.transaction() as session:
        return (await current_reference(session)).value.tables


@router.put("/tables")
async def replace_tables(parts: PartsOf, tables: Tables) -> Tables:
    """Replace all tables; audits stay as they are, the totals follow the tables."""
    async with parts.database.transaction() as session:
        after = await put_reference(session, tables=tables)
    return after.value.tables


@router.post("/tables/preview")
async def preview_new_tables(parts: PartsOf, tables: Tables) -> TablesPreview:
    """What these tables would change in the totals of what was audited; nothing is saved."""
    async with parts.database.transaction() as session:
        home = (await current_reference(session)).value.directory.home
        return await preview_tables(session, tables, home)


@router.get("/tables/file", response_class=PlainTextResponse)
async def export_tables(parts: PartsOf, form: Format = "csv") -> str:
    """The tables as a file to edit; CSV has the columns what, name, unit, value."""
    async with parts.database.transaction() as session:
        return write_tables((await current_reference(session)).value.tables, form)


@router.post("/tables/file")
async def read_tables_file(written: Written) -> Tables:
    """The tables in a file, JSON or CSV, to be previewed; nothing is saved."""
    try:
        return read_tables(written)
    except BadSheet as bad:
        raise ApiError(422, "UNREADABLE_FILE", str(bad)) from None


def _require(known: bool, place: str) -> None:  # noqa: FBT001 - the condition itself
    if not known:
        raise not_found("place", place)
