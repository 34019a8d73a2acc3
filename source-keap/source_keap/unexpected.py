"""Errors of our own: told by type and place, never by their text, which may quote a record."""

from pathlib import Path
from traceback import extract_tb

from airbyte_cdk.utils.traced_exception import AirbyteTracedException


def traced(problem: Exception) -> AirbyteTracedException:
    """What is foreseen as it is; anything else as one sentence for the user and a place for the engineer."""
    if isinstance(problem, AirbyteTracedException):
        return problem
    text = f"source-keap stopped on an error of its own ({type(problem).__name__}); please report it."
    return AirbyteTracedException(message=text, internal_message=f"unexpected: {where(problem)}")


def where(problem: BaseException) -> str:
    """Type and places, innermost last."""
    frames = [f"{Path(each.filename).name}:{each.lineno}" for each in extract_tb(problem.__traceback__)]
    return f"{type(problem).__name__} at {' > '.join(frames[-8:])}"
