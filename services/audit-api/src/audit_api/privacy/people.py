"""Finding the person who is to be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.errors import ApiError, not_found
from audit_api.intake.message import FORGOTTEN, IMPORT_CHANNEL
from audit_api.models import MessageRow
from audit_api.privacy.pseudonyms import MIN_NAME
from audit_api.reference.store import current_reference
from audit_api.slack.tables import SlackUser

_NOBODY = ("", FORGOTTEN, IMPORT_CHANNEL, "unknown")
"""Whom rows and messages without an author are said to be from."""


@dataclass(frozen=True)
class Person:
    """An author, and the names by which others may have written of them."""

    id: str
    names: tuple[str, ...]


async def find_person(session: AsyncSession, wanted: str) -> Person:
    """By Slack's id, or by the name as it is shown. Raises ApiError when nobody or several people are called so."""
    wanted = wanted.strip()
    ids = [wanted] if await _names_of(session, wanted) else await _called(session, wanted)
    if not ids or wanted in _NOBODY:
        raise not_found("person", wanted)
    if len(ids) > 1:
        sentence = f"{len(ids)} people are called {wanted}; say which by the id: {', '.join(ids)}."
        raise ApiError(409, "SEVERAL_PEOPLE", sentence)
    return Person(ids[0], await _own_names(session, ids[0]))


async def _called(session: AsyncSession, name: str) -> Sequence[str]:
    authors = select(MessageRow.author_id).where(func.lower(MessageRow.author) == name.lower())
    members = select(SlackUser.id).where(func.lower(SlackUser.name) == name.lower())
    return sorted({*(await session.execute(union(authors, members))).scalars()} - {*_NOBODY})


async def _names_of(session: AsyncSession, author_id: str) -> set[str]:
    authors = select(MessageRow.author).where(MessageRow.author_id == author_id)
    members = select(SlackUser.name).where(SlackUser.id == author_id)
    return set((await session.execute(union(authors, members))).scalars())


async def _own_names(session: AsyncSession, author_id: str) -> tuple[str, ...]:
    """Long enough to be told from words, borne by nobody else, and no place of the group's."""
    names = {name for name in await _names_of(session, author_id) if len(name) >= MIN_NAME and name != author_id}
    lower = [name.lower() for name in names]
    others = union(
        select(MessageRow.author).where(MessageRow.author_id != author_id, func.lower(MessageRow.author).in_(lower)),
        select(SlackUser.name).where(SlackUser.id != author_id, func.lower(SlackUser.name).in_(lower)),
    )
    places = (await current_reference(session)).value.directory.places
    spellings = [spelling for name, place in places.items() for spelling in (name, *place.aliases)]
    kept = {name.lower() for name in [*(await session.execute(others)).scalars(), *spellings]}
    return tuple(sorted(name for name in names if name.lower() not in kept))
