"""The stages of the sales pipeline, and the moves of opportunities between them."""

from __future__ import annotations

from datetime import datetime

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.rows import Stage, StageMove
from tests.simulators.keap.filters import ORDERED, number, text
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.wording import SECONDS, Json, Wording


def stage_view(_: Account, stage: Stage, say: Wording) -> Json:
    """A RestOpportunityStage."""
    checklist = [
        {"id": str(stage.id * 100 + place), "description": each, "required": False, "order": place}
        for place, each in enumerate(stage.checklist, start=1)
    ]
    return {
        "id": str(stage.id),
        "name": stage.name,
        "order": stage.order,
        "probability": stage.probability,
        "target_number_days": stage.target_days,
        "checklist_items": checklist,
        "created_time": say.time(stage.create_time),
        "updated_time": say.time(stage.update_time),
    }


def move_view(_: Account, move: StageMove, say: Wording) -> Json:
    """An OpportunityStageMove; "0" is where a new opportunity comes from."""
    return say.known(
        {
            "id": str(move.id),
            "opportunity_id": str(move.opportunity_id),
            "move_time": offset_time(move.move_time),
            "move_from_stage_id": str(move.from_stage_id),
            "move_to_stage_id": str(move.to_stage_id),
            "prev_stage_move_time": offset_time(move.previous_time) if move.previous_time else None,
            "user_id": str(move.user_id),
            "created_by": str(move.user_id),
            "create_time": offset_time(move.move_time),
        }
    )


def offset_time(instant: datetime) -> str:
    """The vendor documents the times of stage moves as 2024-03-15T10:30:00.000+0000, unlike all others."""
    return f"{instant.isoformat()[:SECONDS]}.000+0000"


STAGES = Resource[Stage](
    key="stages",
    noun="Opportunity Stage",
    table=lambda account: account.crm.stages,
    view=stage_view,
    id_field="opportunity_stage_id",
    filters={
        "opportunity_stage_id": number(lambda row: row.id, ORDERED),
        "opportunity_stage_name": text(lambda row: row.name, wildcard=True),
    },
    orders={"stage_order": lambda row: row.order},
)

STAGE_MOVES = Resource[StageMove](
    key="stage_moves",
    noun="Opportunity Stage Move",
    table=lambda account: account.crm.stage_moves,
    view=move_view,
    id_field="",
    filters={
        "opportunity_id": number(lambda row: row.opportunity_id),
        "user_id": number(lambda row: row.user_id),
    },
    orders={"id": lambda row: row.id, "move_date": lambda row: row.move_time},
)
