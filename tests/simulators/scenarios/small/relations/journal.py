"""Notes and tasks: calls, e-mails, and what is still to be done."""

from __future__ import annotations

from tests.simulators.scenarios.small.relations.people import valued
from tests.simulators.scenarios.small.relations.setup import COACH, OWNER, SALES
from tests.simulators.scenarios.story import Event, case, on

FIRST_NOTE, FIRST_TASK = 90001, 95001


def note(at: str, contact: str, kind: str, title: str, text: str, user_id: int = SALES) -> Event:
    """Something written down about a contact."""
    made = {"contact_id": case(contact), "action_type": kind, "title": title, "text": text}
    return on(at, "new_note", **made, user_id=user_id, created_by=user_id, updated_by=user_id)


NOTES = (
    note("2024-08-29 14:00", "monthly", "Call", "First call", "Wants to start in September."),
    note("2024-07-30 10:30", "quarterly", "Call", "Call with Ben", "Asked for quarterly invoices."),
    note("2025-03-03 16:20", "seats", "Email", "Proposal", "Sent the proposal for twelve seats."),
    note("2025-05-05 12:00", "trial_by_discount", "Other", "", "Signed up at the fair.", 0),
    note("2025-12-08 09:15", "upgraded", "Call", "Call about growth", "Ready for the larger plan."),
    note("2026-01-06 11:45", "cancelled_without_end_date", "Call", "Exit call", "Too expensive for her."),
    note("2026-01-20 13:00", "trial_not_converted", "Call", "Trial call", "No time to try it.", COACH),
    note("2026-02-10 08:30", "monthly_to_annual", "Letter", "Angebot", "Angebot für ein Jahr verschickt."),
    note("2026-03-24 15:00", "lead", "Call", "First call", "Compares us with another tool."),
    note("2026-05-05 15:00", "lead", "Appointment", "Demo", "Liked the reports."),
    note("2026-06-05 10:00", "payment_failed_cancelled", "Fax", "Notice", "Cancelled by fax.", OWNER),
    note("2026-06-30 16:45", "quarterly", "Call", "Call about seats", "Wants six more, decides in August."),
)

TASKS: tuple[Event, ...] = (
    on(
        "2026-02-03 09:30",
        "new_task",
        title="Send the offer to Ives",
        action_type="Email",
        contact_id=case("monthly_to_annual"),
        priority="CRITICAL",
        user_id=SALES,
        due_time="2026-02-10T23:00:00Z",
        remind_minutes=60,
    ),
    on(
        "2026-06-08 10:30",
        "new_task",
        title="Call about the declined card",
        action_type="Call",
        description="Order of 8 June is open",
        contact_id=case("payment_failed"),
        priority="ESSENTIAL",
        user_id=OWNER,
        due_time="2026-06-10T16:00:00Z",
    ),
    on(
        "2026-06-16 15:45",
        "new_task",
        title="Follow up on the proposal",
        action_type="Call",
        contact_id=case("lead"),
        opportunity_id=8009,
        user_id=SALES,
        due_time="2026-07-06T15:00:00Z",
        remind_minutes=30,
    ),
    on("2026-06-19 09:00", "new_task", title="Tidy up the tags", priority="NONESSENTIAL"),
    on(
        "2026-06-26 09:00",
        "new_task",
        title="Ask how the trial goes",
        action_type="Call",
        contact_id=case("trial_running"),
        user_id=SALES,
        due_time="2026-07-03T16:00:00Z",
    ),
    on("2026-06-29 10:00", "new_task", title="Book the fair", contact_id=0, user_id=OWNER),
)

EVENTS = (
    *NOTES,
    *TASKS,
    on("2026-02-10 08:35", "complete_task", task_id=FIRST_TASK),
    on("2026-06-10 12:00", "complete_task", task_id=FIRST_TASK + 1),
    on("2026-06-11 09:00", "edit_task", task_id=FIRST_TASK + 1, description="Paid? Not yet"),
    on("2026-06-30 17:00", "edit_note", note_id=FIRST_NOTE + 11, pinned_at="2026-06-30T23:00:00Z"),
    on("2026-03-25 09:00", "edit_note", note_id=FIRST_NOTE + 8, text="Compares us with two other tools."),
    valued("2026-06-30 17:05", "note", FIRST_NOTE + 11, {"Channel": "Video"}),
)
