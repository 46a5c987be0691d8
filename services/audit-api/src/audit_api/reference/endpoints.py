"""The directory (the LOCATIONS face) and the tables over HTTP. A change has every record read again."""

from fastapi import APIRouter

from audit_api.errors import errors
from audit_api.parts import PartsOf
from audit_api.reference.store import current_reference, put_reference
from contracts import Directory, Place, Tables

router = APIRouter(prefix="/api", tags=["reference"], responses=errors())


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


@router.get("/tables")
async def show_tables(parts: PartsOf) -> Tables:
    """The tables that pounds and subcategories are derived by."""
    async with parts.database.transaction() as session:
        return (await current_reference(session)).value.tables


@router.put("/tables")
async def replace_tables(parts: PartsOf, tables: Tables) -> Tables:
    """Replace all tables."""
    async with parts.database.transaction() as session:
        after = await put_reference(session, tables=tables)
    return after.value.tables
