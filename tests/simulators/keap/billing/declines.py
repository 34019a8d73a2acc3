"""Why a gateway declines a charge: the words that a failed transaction carries.

A declined charge is a transaction of status FAILED, or ERROR when the gateway itself broke down, with the
gateway's words in `error_details` (https://developer.keap.com, schema TransactionV2).
"""

from __future__ import annotations

from typing import NamedTuple


class Decline(NamedTuple):
    """What a failed transaction says of a reason."""

    status: str
    code: str
    details: str


DECLINES = {
    "card_declined": Decline("FAILED", "card_declined", "Your card was declined."),
    "insufficient_funds": Decline("FAILED", "insufficient_funds", "Your card has insufficient funds."),
    "expired_card": Decline("FAILED", "expired_card", "Your card has expired."),
    "processing_error": Decline("ERROR", "processing_error", "The gateway could not process the charge."),
}
