"""The page of figures keeps what was printed."""

from __future__ import annotations

import re

from tests.bench.page import PAGE, page, sections_of

LOG = """source-keap: full read
  calls                     6 (fewest possible: 6)
source-keap: 10,000 contacts
  calls of a full read      120 (115 pages)
  orders for a CPU second   36,955, start-up (1.3 s) left out
  a declarative manifest    5.79
  something new             of which no row knows
destination-chartmogul: killed at every request, and run again
  first sync by single calls62 of 62 points end in the same state
"""


def test_figures_become_rows_and_stay_as_they_were() -> None:
    """Ours, the limit, the ratio; and every printed line again, also one that has no row."""
    made = page(sections_of(LOG), "a machine", "1 May 2026")
    assert "| small account: calls of a full read | 6 | the fewest | 6 |  |" in made
    assert "| orders for a second of CPU | 36,955 |" in made
    assert "a plain manifest of Airbyte's CDK |  | 5.79 |" in made
    assert "| killed at every request, and run again: first sync by single calls | 62 | all | 62 |  |" in made
    assert "something new             of which no row knows" in made
    assert "1 May 2026: a machine." in made


def test_the_page_names_no_place() -> None:
    """The kind of machine, and neither its name nor a path."""
    text = PAGE.read_text()
    assert re.search(r"Measured on \d+ \w+ \d{4}: \d+ cores, \d+ GiB", text)
    assert not re.search(r"/(?:home|root|tmp|work|Users)/|https?://", text)
