"""Tags, tag categories, and the tags applied to contacts and companies."""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.companies import sparse_view
from tests.simulators.keap.crm.conditions import few_of, id_or, joined, text_or_none
from tests.simulators.keap.crm.rows import AppliedTag, Company, Tag, TagCategory
from tests.simulators.keap.filters import Bounds, FilterField, Test, one_of, since, text, until
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.rows import Contact
from tests.simulators.keap.wording import Json, Wording


def tag_view(_: Account, tag: Tag, say: Wording) -> Json:
    """A Tag."""
    return say.known(
        {
            "id": str(tag.id),
            "name": tag.name,
            "description": tag.description,
            "category": {"id": str(tag.category_id)} if tag.category_id else None,
            "create_time": say.time(tag.create_time),
            "update_time": say.time(tag.update_time),
        }
    )


def category_view(_: Account, category: TagCategory, say: Wording) -> Json:
    """A TagCategory."""
    return say.known(
        {
            "id": str(category.id),
            "name": category.name,
            "description": category.description,
            "create_time": say.time(category.create_time),
            "update_time": say.time(category.update_time),
        }
    )


def applied_view(account: Account, row: AppliedTag, say: Wording) -> Json:
    """An AppliedTag: the tag itself and since when."""
    tag = account.crm.tags[row.tag_id]
    return {"tag": tag_view(account, tag, say), "applied_time": say.time(row.applied_time)}


def tagged_contact_view(account: Account, row: AppliedTag, say: Wording) -> Json:
    """A TaggedContact."""
    contact = account.contacts[row.target_id]
    return say.known(
        {
            "id": str(contact.id),
            "email": contact.email,
            "given_name": contact.given_name,
            "family_name": contact.family_name,
            "applied_time": say.time(row.applied_time),
        }
    )


def tagged_company_view(account: Account, row: AppliedTag, say: Wording) -> Json:
    """A TaggedCompany."""
    company = account.crm.companies[row.target_id]
    return {
        "company": sparse_view(account, company, say),
        "applied_time": say.time(row.applied_time),
    }


def pair_view(_: Account, row: AppliedTag, say: Wording) -> Json:
    """A row of the bulk lists: which contact, which tag, since when."""
    return {
        "contact_id": str(row.target_id),
        "tag_id": str(row.tag_id),
        "applied_at": say.time(row.applied_time),
    }


TAGS = Resource[Tag](
    key="tags",
    noun="Tag",
    table=lambda account: account.crm.tags,
    view=tag_view,
    id_field="",
    filters={
        "name": text(lambda row: row.name),
        "description": text_or_none(lambda row: row.description),
        "category_id": id_or("NONE", lambda row: row.category_id),
        "tag_ids": one_of(lambda row: row.id),
        "since_create_time": since(lambda row, _: row.create_time),
        "until_create_time": until(lambda row, _: row.create_time),
        "since_update_time": since(lambda row, _: row.update_time),
        "until_update_time": until(lambda row, _: row.update_time),
    },
    orders={
        "name": lambda row: row.name.casefold(),
        "create_time": lambda row: row.create_time,
        "update_time": lambda row: row.update_time,
    },
)

TAG_CATEGORIES = Resource[TagCategory](
    key="tag_categories",
    noun="Tag Category",
    table=lambda account: account.crm.tag_categories,
    view=category_view,
    id_field="",
    filters={
        "name": text_or_none(lambda row: row.name),
        "description": text_or_none(lambda row: row.description),
        "since_create_time": since(lambda row, _: row.create_time),
        "until_create_time": until(lambda row, _: row.create_time),
        "since_update_time": since(lambda row, _: row.update_time),
        "until_update_time": until(lambda row, _: row.update_time),
    },
    orders={
        "name": lambda row: row.name.casefold(),
        "create_time": lambda row: row.create_time,
        "update_time": lambda row: row.update_time,
    },
)


def tag_of(account: Account, row: AppliedTag) -> Tag:
    return account.crm.tags[row.tag_id]


def contact_of(account: Account, row: AppliedTag) -> Contact:
    return account.contacts[row.target_id]


def company_of(account: Account, row: AppliedTag) -> Company:
    return account.crm.companies[row.target_id]


def of_tag(name: str) -> FilterField[AppliedTag]:
    """A condition on the tag itself: one of the filter fields of tags."""

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[AppliedTag]:
        test = TAGS.filters[name].compile(sign, value, bounds)
        return lambda row: test(tag_of(bounds.account, row))

    return FilterField(TAGS.filters[name].operators, compile_)


APPLIED_WINDOW: dict[str, FilterField[AppliedTag]] = {
    "since_applied_time": since(lambda row, _: row.applied_time),
    "until_applied_time": until(lambda row, _: row.applied_time),
}
TAGS_OF_CONTACT = Resource[AppliedTag](
    key="tags",
    noun="Applied Tag",
    table=lambda account: account.crm.contact_tags,
    view=applied_view,
    id_field="",
    filters={**{name: of_tag(name) for name in TAGS.filters if name != "tag_ids"}, **APPLIED_WINDOW},
    orders={"applied_time": lambda row: row.applied_time},
    orders_in={
        "name": lambda account, row: tag_of(account, row).name.casefold(),
        "create_time": lambda account, row: tag_of(account, row).create_time,
        "update_time": lambda account, row: tag_of(account, row).update_time,
        "category_id": lambda account, row: tag_of(account, row).category_id,
    },
)
TAGS_OF_COMPANY = replace(TAGS_OF_CONTACT, table=lambda account: account.crm.company_tags)
TAGGED_CONTACTS = Resource[AppliedTag](
    key="contacts",
    noun="Tagged Contact",
    table=lambda account: account.crm.contact_tags,
    view=tagged_contact_view,
    id_field="",
    filters={
        "given_name": joined(lambda account, row: contact_of(account, row).given_name),
        "family_name": joined(lambda account, row: contact_of(account, row).family_name),
        "email": joined(lambda account, row: contact_of(account, row).email),
        **APPLIED_WINDOW,
    },
    orders={"applied_time": lambda row: row.applied_time},
    orders_in={
        "given_name": lambda account, row: contact_of(account, row).given_name.casefold(),
        "family_name": lambda account, row: contact_of(account, row).family_name.casefold(),
        "email": lambda account, row: contact_of(account, row).email.casefold(),
    },
)
TAGGED_COMPANIES = Resource[AppliedTag](
    key="tagged_companies",
    noun="Tagged Company",
    table=lambda account: account.crm.company_tags,
    view=tagged_company_view,
    id_field="",
    filters={
        "company_name": joined(lambda account, row: company_of(account, row).name),
        "email": joined(lambda account, row: company_of(account, row).email),
        **APPLIED_WINDOW,
    },
    orders={"applied_time": lambda row: row.applied_time},
    orders_in={
        "company_name": lambda account, row: company_of(account, row).name.casefold(),
        "email": lambda account, row: company_of(account, row).email.casefold(),
    },
)

TAGS_OF_CONTACTS = Resource[AppliedTag](
    key="tags",
    noun="Applied Tags of Contacts",
    table=lambda account: account.crm.contact_tags,
    view=pair_view,
    id_field="",
    filters={"contact_ids": few_of(lambda row: row.target_id, index="target_id"), **APPLIED_WINDOW},
    orders={"applied_time": lambda row: row.applied_time},
    needs="contact_ids",
    switch="bulk_tag_lists",
)
CONTACTS_OF_TAGS = Resource[AppliedTag](
    key="contacts",
    noun="Contacts of Tags",
    table=lambda account: account.crm.contact_tags,
    view=pair_view,
    id_field="",
    filters={"tag_ids": few_of(lambda row: row.tag_id, index="tag_id"), **APPLIED_WINDOW},
    orders={"applied_time": lambda row: row.applied_time},
    needs="tag_ids",
    switch="bulk_tag_lists",
)
"""The bulk lists came with SDK 2.0.26: `GET /contacts/-/tags` and `GET /tags/-/contacts`."""
