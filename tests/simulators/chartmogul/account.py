"""/ping and /account.

Source: https://dev.chartmogul.com/reference/retrieve-account/ and recordings.
"""

from tests.simulators.chartmogul.settings import Settings
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Answer, Call, Json, Route

CHURN_RECOGNITION = {
    "at_cancellation": "churn_at_time_of_cancelation",
    "end_of_service_period": "churn_at_period_end",
    "at_click": "churn_at_click",
}
RECLASSIFICATION = {
    1: "one_minute_reclassification",
    10: "ten_minutes_reclassification",
    60: "one_hour_reclassification",
    24 * 60: "one_day_reclassification",
    7 * 24 * 60: "one_week_reclassification",
    30 * 24 * 60: "thirty_days_reclassification",
    60 * 24 * 60: "sixty_days_reclassification",
    90 * 24 * 60: "ninety_days_reclassification",
}
ACCOUNT_ID = "acc_6f1c2f0e-3c54-11ee-9275-73c5d5e48dff"


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("GET", "/v1/ping", lambda _: Answer(200, {"data": "pong!"})),
        Route("GET", "/v1/account", lambda call: _account(world.settings, call)),
    ]


def _account(settings: Settings, call: Call) -> Answer:
    wanted = {each.strip() for each in call.query.get("include", "").split(",")}
    extra = {name: value for name, value in _included(settings).items() if name in wanted}
    return Answer(200, {
        "id": ACCOUNT_ID,
        "name": settings.account_name,
        "currency": settings.account_currency,
        "time_zone": settings.time_zone,
        "week_start_on": settings.week_start_on,
        **extra,
    })  # fmt: skip


def _included(settings: Settings) -> dict[str, Json]:
    minutes = settings.smart_classification_minutes or 0
    return {
        "churn_recognition": CHURN_RECOGNITION[settings.churn_recognition],
        "churn_when_zero_mrr": settings.free_customer_handling == "churn",
        "auto_churn_subscription": settings.auto_churn_days is not None,
        "refund_handling": "refund_ignore",
        "proximate_movement_reclassification": RECLASSIFICATION.get(minutes, "reclassification_off"),
    }
