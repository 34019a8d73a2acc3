"""The handlers of REST v2 (and of v1 account/profile): a call in, an answer out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from tests.simulators.http import Answer, Call, Refusal, Switches, Unrouted
from tests.simulators.keap import paging
from tests.simulators.keap.account import Account
from tests.simulators.keap.errors import BAD_REQUEST_PAGE, NOT_FOUND_PAGE, error, refuse
from tests.simulators.keap.filters import Bounds, FilterError, parse
from tests.simulators.keap.rendering import as_text, row_texts
from tests.simulators.keap.resource import Resource, Shown
from tests.simulators.keap.resources import ORDERS, PAYMENTS, PLANS
from tests.simulators.keap.rows import Plan, Row
from tests.simulators.keap.selection import Query, Selector
from tests.simulators.keap.table import Readable
from tests.simulators.keap.views import profile_view, profile_view_v1, user_view
from tests.simulators.keap.wording import Wording, wording

R = TypeVar("R", bound=Row)
Handler = Callable[[Call], Answer]
JSON = {"Content-Type": "application/json"}
YOUNG = {ORDERS.key, PAYMENTS.key, "transactions"}
MISSING = {"missing": 501, "missing_404": 404}


class Api:
    """Answers for one account; the account is asked for at each call, since a reset replaces it."""

    def __init__(self, account: Callable[[], Account], switches: Switches) -> None:
        self.account = account
        self.switches = switches
        self.selector = Selector()

    def listing(self, resource: Resource[R]) -> Handler:
        """The handler of a list."""

        def handle(call: Call) -> Answer:
            self.require_available(call, resource)
            return self.page(call, self.query(call, resource))

        return handle

    def single(self, resource: Resource[R], parameter: str) -> Handler:
        """The handler of one row by id."""

        def handle(call: Call) -> Answer:
            self.require_available(call, resource)
            row = self.row(call, resource, parameter)
            view = resource.view(self.account(), row, self.say())
            return Answer(200, self.shown(call, resource).of(view))

        return handle

    def product_plans(self, products: Resource[R]) -> Handler:
        """The handler of a product's subscription plans."""

        def handle(call: Call) -> Answer:
            product_id = self.row(call, products, "product_id").id

            def is_of_product(plan: Plan) -> bool:
                return plan.product_id == product_id

            return self.page(call, self.query(call, PLANS, product_id, is_of_product))

        return handle

    def product_plan(self, call: Call) -> Answer:
        """One plan of a product."""
        plan = self.row(call, PLANS, "subscription_plan_id")
        if str(plan.product_id) != call.params["product_id"]:
            raise refuse(call, "Unable to find this Product", 404)
        return Answer(200, PLANS.view(self.account(), plan, self.say()))

    def query(
        self,
        call: Call,
        resource: Resource[R],
        parent_id: int | None = None,
        scope: Callable[[R], bool] | None = None,
    ) -> Query[R]:
        """What a list call asks for; refuses a filter or an order that the resource does not have."""
        given = call.query
        try:
            order, descending = paging.order_by(given.get("order_by"), resource.order_names())
            query = Query(
                resource=resource,
                conditions=parse(given["filter"]) if given.get("filter") else (),
                order=order,
                descending=descending,
                bounds=self.bounds(),
                snapshot=self.switches.text("paging") == "snapshot",
                ties_descending=self.switches.text("tie_order") == "id_descending",
                parent_id=parent_id,
                scope=scope,
            )
            query.tests()
            given_fields = frozenset(condition.field for condition in query.conditions)
            resource.check(given_fields, any_will_do=self.switches.text("bulk_tag_filter") == "any")
        except (FilterError, paging.PagingError) as wrong:
            raise refuse(call, str(wrong)) from wrong
        return query

    def page(self, call: Call, query: Query[R], under: Readable[R] | None = None) -> Answer:
        """One page of a list, as JSON text joined from the texts of its rows.

        `under`: the rows of one parent, where the list is not of the whole account.
        """
        given, resource = call.query, query.resource
        try:
            default = self.switches.number("default_page_size")
            size = paging.page_size(given.get("page_size"), default, resource.page_sizes)
            token = given.get("page_token")
            start = paging.position(token, query.key()) if token else None
        except paging.PagingError as wrong:
            raise refuse(call, str(wrong)) from wrong
        account = self.account()
        table = under if under is not None else resource.table(account)
        ids, end = self.selector.page(query, table, start, size)
        texts = row_texts(account, resource, table, ids, self.say(), self.shown(call, resource))
        also = as_text(resource.besides(account))[1:-1] + "," if resource.besides else ""
        list_of_rows = f'"{resource.key}":[{",".join(texts)}]'
        return Answer(200, f"{{{also}{list_of_rows}{self.next_page(call, query, end)}}}", JSON)

    def next_page(self, call: Call, query: Query[R], end: int | None) -> str:
        """The member `next_page_token` with a comma before it, or nothing."""
        if end is None:
            return "" if self.switches.text("end_of_list") == "absent" else ',"next_page_token":""'
        token = paging.token(query.key(), end)
        if self.switches.text("next_page_token_form") == "url":
            parameters = urlencode({**call.query, "page_token": token})
            token = f"http://{call.headers.get('Host', '')}{call.path}?{parameters}"
        return f',"next_page_token":"{token}"'

    def row(self, call: Call, resource: Resource[R], parameter: str) -> R:
        """The row that the path names; 404 with the error object when there is none."""
        text = call.params[parameter]
        row = resource.table(self.account()).get(int(text)) if text.isdecimal() else None
        if row is None:
            raise refuse(call, f"Unable to find this {resource.noun}", 404)
        return row

    def shown(self, call: Call, resource: Resource[R]) -> Shown:
        """The attributes to be served; refuses a name that `fields` does not take."""
        if resource.fields is None:
            return Shown()
        rule = resource.fields(self.switches)
        names = frozenset(each.strip() for each in call.query.get("fields", "").split(",")) - {""}
        unknown = sorted(names - rule.allowed)
        if unknown:
            raise refuse(call, f"fields: {', '.join(unknown)} is not available")
        return rule.shown(names)

    def require_available(self, call: Call, resource: Resource[R]) -> None:
        """Refuse the young lists on an account that does not have them."""
        status = MISSING.get(self.switches.text("v2_lists"))
        if status and resource.key in YOUNG:
            raise refuse(call, "This resource is not available for this application", status)
        if resource.switch and self.switches.text(resource.switch) == "missing":
            raise Refusal(Answer(404, NOT_FOUND_PAGE))

    def say(self) -> Wording:
        return wording(self.account(), self.switches)

    def bounds(self) -> Bounds:
        return Bounds(
            inclusive=self.switches.text("time_bounds") == "inclusive",
            payments_basis=self.switches.text("payments_since_basis"),
            negative_refunds=self.switches.text("refund_amount_sign") == "negative",
            notes_basis=self.switches.text("notes_since_basis"),
            tasks_basis=self.switches.text("tasks_since_basis"),
            account=self.account(),
        )

    def business_profile(self, _: Call) -> Answer:
        """`GET /v2/businessProfile`."""
        return Answer(200, profile_view(self.account()))

    def account_profile(self, _: Call) -> Answer:
        """`GET /v1/account/profile`."""
        return Answer(200, profile_view_v1(self.account()))

    def user(self, _: Call) -> Answer:
        """`GET /v2/oauth/connect/userinfo`."""
        return Answer(200, user_view(self.account()))


def unrouted(call: Call, reason: Unrouted) -> Answer:
    """An HTML page for an unknown address, the error object for a wrong method or a broken body."""
    if reason is Unrouted.NO_ROUTE:
        return Answer(404, NOT_FOUND_PAGE)
    if reason is Unrouted.BAD_JSON:
        return Answer(400, BAD_REQUEST_PAGE)
    return error(call, reason.value, "Method Not Allowed")
