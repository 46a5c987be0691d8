"""Accounts, invitations and who did what, for admins, over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import func, select

from audit_api.accounts.activity import note
from audit_api.accounts.service import change_account, invite, reset_password
from audit_api.accounts.tables import Account, Activity, Invitation
from audit_api.accounts.views import (
    AccountChange,
    AccountRow,
    ActivityPage,
    ActivityRow,
    InvitationRow,
    MadeInvitation,
    NewInvitation,
    OneTimePassword,
)
from audit_api.errors import errors, not_found
from audit_api.parts import PartsOf, Who

router = APIRouter(prefix="/api", tags=["accounts"], responses=errors(401, 403))

RowId = Annotated[uuid.UUID, Path(alias="id")]


@router.get("/accounts")
async def list_accounts(parts: PartsOf) -> list[AccountRow]:
    """Everybody who may sign in, or might once."""
    async with parts.database.transaction() as session:
        rows = (await session.execute(select(Account).order_by(Account.created_at))).scalars().all()
    return [_account(row) for row in rows]


@router.patch("/accounts/{id}", responses=errors(404, 409))
async def update_account(parts: PartsOf, who: Who, account_id: RowId, change: AccountChange) -> AccountRow:
    """Give another role, or take the account out of use; its sessions and tokens end then."""
    async with parts.database.transaction() as session:
        return _account(await change_account(session, who, account_id, change))


@router.post("/accounts/{id}/reset", responses=errors(404))
async def reset_account(parts: PartsOf, who: Who, account_id: RowId) -> OneTimePassword:
    """A one-time password for somebody who lost theirs."""
    async with parts.database.transaction() as session:
        return OneTimePassword(password=await reset_password(session, who, account_id))


@router.get("/invitations")
async def list_invitations(parts: PartsOf) -> list[InvitationRow]:
    """Invitations that can still be used."""
    query = select(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > func.now())
    async with parts.database.transaction() as session:
        rows = (await session.execute(query.order_by(Invitation.created_at))).scalars().all()
    return [_invitation(row) for row in rows]


@router.post("/invitations", status_code=201)
async def make_invitation(parts: PartsOf, who: Who, wanted: NewInvitation) -> MadeInvitation:
    """A link that makes one account within a week; shown this once."""
    async with parts.database.transaction() as session:
        row, secret = await invite(session, who, wanted.role, wanted.note)
        link = f"{parts.settings.public_url.rstrip('/')}/invitation#{secret}"
        return MadeInvitation(invitation=_invitation(row), link=link)


@router.delete("/invitations/{id}", status_code=204, responses=errors(404))
async def withdraw_invitation(parts: PartsOf, who: Who, invitation_id: RowId) -> None:
    """The link works no more."""
    async with parts.database.transaction() as session:
        row = await session.get(Invitation, invitation_id, with_for_update=True)
        if row is None or row.used_at is not None:
            raise not_found("open invitation", invitation_id)
        await session.delete(row)
        await note(session, who, "withdraw invitation", row.note or row.role)


@router.get("/activity")
async def list_activity(
    parts: PartsOf,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ActivityPage:
    """Who did what, newest first. Decisions on messages stand in the records themselves."""
    query = select(Activity).order_by(Activity.number.desc()).limit(limit)
    async with parts.database.transaction() as session:
        rows = (await session.execute(query.where(Activity.number < before) if before else query)).scalars().all()
    items = [ActivityRow.model_validate(row, from_attributes=True) for row in rows]
    return ActivityPage(items=items, next=items[-1].number if len(items) == limit else None)


def _account(row: Account) -> AccountRow:
    names = ("login", "name", "role", "active", "created_at")
    values = {name: getattr(row, name) for name in names}
    return AccountRow.model_validate({"id": str(row.id), "by_slack": row.slack_user_id is not None, **values})


def _invitation(row: Invitation) -> InvitationRow:
    names = ("role", "note", "created_by", "created_at", "expires_at")
    return InvitationRow.model_validate({"id": str(row.id), **{name: getattr(row, name) for name in names}})
