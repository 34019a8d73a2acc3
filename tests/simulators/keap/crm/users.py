"""`GET /v2/users`, and users inside other answers."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.rows import User
from tests.simulators.keap.filters import EQUAL, Bounds, FilterField, Test, one_of, text, yes_no
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.wording import Json, Wording


def user_view(_: Account, user: User, say: Wording) -> Json:
    """A User."""
    phone = {"number": user.phone, "field": "PHONE1", "type": "Work"}
    return say.known(
        {
            "id": str(user.id),
            "global_user_id": f"usr_{user.id}",
            "keap_id": user.email,
            "given_name": user.given_name,
            "family_name": user.family_name,
            "title": user.title,
            "email_addresses": [{"email": user.email, "field": "EMAIL1"}],
            "phone_numbers": [phone] if user.phone else [],
            "status": user.status,
            "admin": user.admin,
            "partner": user.partner,
            "created_by": 1,
            "updated_by": 1,
            "create_time": say.time(user.create_time),
            "update_time": say.time(user.update_time),
        }
    )


def basic_view(account: Account, user_id: int, say: Wording) -> Json | None:
    """A BasicUser, as notes show it; nothing when nobody is named."""
    user = account.crm.users.get(user_id)
    if user is None:
        return None
    names = {"given_name": user.given_name, "family_name": user.family_name, "email_address": user.email}
    return say.known({"id": str(user.id), **names})


def named_view(account: Account, user_id: int, say: Wording) -> Json | None:
    """A RestV2User, as opportunities show it: the same person under other names."""
    user = account.crm.users.get(user_id)
    if user is None:
        return None
    return say.known({"id": str(user.id), "first_name": user.given_name, "last_name": user.family_name})


def included(is_special: Callable[[User], bool]) -> FilterField[User]:
    """`include_...==true` lets everybody through, `false` leaves the special ones out."""

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[User]:
        yes_no(is_special).compile(sign, value, bounds)
        return lambda row: value == "true" or not is_special(row)

    return FilterField(EQUAL, compile_)


def is_inactive(user: User) -> bool:
    return user.status == "INACTIVE"


USERS = Resource[User](
    key="users",
    noun="User",
    table=lambda account: account.crm.users,
    view=user_view,
    id_field="",
    filters={
        "email": text(lambda row: row.email),
        "given_name": text(lambda row: row.given_name),
        "include_inactive": included(is_inactive),
        "include_partners": included(lambda row: row.partner),
        "user_ids": one_of(lambda row: row.id),
    },
    orders={
        "create_time": lambda row: row.create_time,
        "email": lambda row: row.email.casefold(),
        "name": lambda row: (row.family_name.casefold(), row.id),
    },
    page_sizes=(1, 100),
)
