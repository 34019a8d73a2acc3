"""The command `reconcile`: exit codes, one-sentence errors, report files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul.configuration import spec
from reconciliation.load import both_from_folder
from reconciliation.policy import from_configuration
from reconciliation.run import main, reconcile
from tests.reconciliation.small_company import AS_OF, MONTHS, write_folder
from tests.reconciliation.test_readme import README


def configure(folder: Path, **changes: Any) -> str:
    content = {
        "keap": {"messages": ["messages-001.jsonl", "messages-002.jsonl"]},
        "chartmogul": {"snapshot": "chartmogul"},
        "as_of": AS_OF.isoformat(),
        "months": MONTHS,
        "output": {"html": "out/report.html", "json": "out/report.json"},
    } | changes
    path = folder / "reconcile.json"
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return str(path)


def test_agreement_exits_with_zero_and_writes_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, a table on the terminal, HTML and JSON beside the configuration."""
    write_folder(tmp_path)
    assert main([configure(tmp_path)]) == 0
    assert "Keap and ChartMogul agree to the cent." in capsys.readouterr().out
    assert "agree to the cent" in (tmp_path / "out/report.html").read_text()
    assert json.loads((tmp_path / "out/report.json").read_text())["verdict"] == "agrees"


def test_a_difference_exits_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An amount that nothing explains."""
    write_folder(tmp_path, wrong_cents=77)
    assert main([configure(tmp_path)]) == 1
    assert "unexplained" in capsys.readouterr().out


def test_pending_work_exits_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers taken while ChartMogul is processing are never a green light."""
    write_folder(tmp_path, pending=4)
    assert main([configure(tmp_path)]) == 2
    assert "has not finished processing" in capsys.readouterr().out


def test_what_is_not_material_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Up to the materiality a fault is told and does not fail; a cent more does."""
    write_folder(tmp_path, wrong_cents=77)
    assert main([configure(tmp_path), "--materiality", "0.77"]) == 0
    assert "by nothing material" in capsys.readouterr().out
    assert main([configure(tmp_path), "--materiality", "0.76"]) == 1


def test_a_tolerance_is_an_amount(tmp_path: Path) -> None:
    """Within it a customer does not differ; the file and the command line say it alike."""
    write_folder(tmp_path, wrong_cents=77)
    assert main([configure(tmp_path), "--tolerance", "0.77", "--materiality", "0.77"]) == 0
    assert main([configure(tmp_path, tolerance="0.76")]) == 1


def test_another_day_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--as-of` replaces the file's day."""
    write_folder(tmp_path)
    assert main([configure(tmp_path), "--as-of", "2026-02-28"]) == 0
    assert "2026-02-28, in USD" in capsys.readouterr().out
    assert main([configure(tmp_path), "--as-of", "2027-01-01"]) == 2
    assert "read up to 2026-03-31" in capsys.readouterr().err


@pytest.mark.parametrize(("form", "begins"), [("html", "<!doctype"), ("json", "{"), ("csv", "day,customer")])
def test_every_format_is_printed_or_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, begins: str
) -> None:
    """On standard output, or in the file that is named; never both."""
    write_folder(tmp_path)
    assert main([configure(tmp_path), "--format", form]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(begins)
    assert main([configure(tmp_path), "--format", form, "--output", str(tmp_path / "out.txt")]) == 0
    assert (tmp_path / "out.txt").read_text() == printed
    assert capsys.readouterr().out == ""


def test_names_and_links_are_shown_when_asked_for(tmp_path: Path) -> None:
    """Without `--names` there are only ids; the links need none."""
    write_folder(tmp_path, wrong_cents=77)
    keap = {
        "messages": ".",
        "contact_page": "https://ab1.infusionsoft.com/Contact/manageContact.jsp?view=edit&ID={id}",
    }
    page = tmp_path / "out" / "report.html"
    main([configure(tmp_path, keap=keap)])
    assert "Jane" not in page.read_text()
    assert "view=edit&amp;ID=1001" in page.read_text()
    assert "https://app.chartmogul.com/#/customers/77" in page.read_text()
    main([configure(tmp_path, keap=keap), "--names"])
    assert "Jane Doe" in page.read_text()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"as_of": None}, "lacks the key 'as_of'"),
        ({"as_of": "yesterday"}, "'as_of' must be a day such as 2026-07-01"),
        ({"moths": 3}, "unknown key 'moths'"),
        ({"months": 0}, "'months' must be at least 1"),
        ({"months": "many"}, "'months' of"),
        ({"keap": "keap.jsonl"}, "must be an object, not 'keap.jsonl'"),
        ({"keap": {"message": "."}}, "unknown key 'keap.message'; known: keap.catalog,"),
        ({"chartmogul": {"snapshot": "chartmogul", "reuse": "yes"}}, "must be true or false, not 'yes'"),
        ({"policy": {"pause": 3}}, "policy: The configuration is not usable: pause is not known"),
        ({"policy": {"amounts": "cents"}}, "amounts must be one of hundredths, smallest_unit"),
        ({"policy": {"churn_date": {"time_of_day": "24:00"}}}, "time_of_day has not the form asked for"),
        ({"policy": {"rules": [{"on": "contact"}]}}, "rule 1, when: this is missing"),
        ({"output": {"html": "/proc/nowhere/report.html"}}, "report.html cannot be written"),
        ({"keap": {}}, "'keap' needs 'messages'"),
        (
            {"keap": {"messages": ".", "warehouse": "duckdb:///x"}},
            "'keap.messages' and 'keap.warehouse'; Keap's",
        ),
        ({"keap": {"config": "c", "save_to": "k", "command": "nowhere"}}, "'nowhere' is not installed here"),
        ({"months": 30_000}, "at most 600, not 30000"),
        ({"as_of": "0001-01-01"}, "must be a day since 1990-01-01"),
        ({"history": "messages-001.jsonl"}, "messages-001.jsonl cannot be written"),
        ({"chartmogul": {"snapshot": "chartmogul", "wait_seconds": "long"}}, "must be a number, not 'long'"),
        ({"keap": {"messages": "nowhere.jsonl"}}, "no Keap message file at"),
        ({"chartmogul": {}}, "'chartmogul' needs 'snapshot'"),
        ({"chartmogul": {"snapshot": "nowhere"}}, "no ChartMogul snapshot"),
        ({"chartmogul": {"destination_config": "nowhere.json"}}, "nowhere.json cannot be read"),
        ({"tolerance": "much"}, "'much' is no amount"),
        ({"materiality": "0.001"}, "with at most 2 decimals"),
        ({"keap": {"messages": ".", "contact_page": "javascript:alert({id})"}}, "must be a web address"),
        ({"policy": {"churn_date": {"evidence": ["never"]}}}, "churn_date.evidence[0] must be one of"),
    ],
)
def test_a_wrong_configuration_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], sentence: str
) -> None:
    """Exit code 2, what to change, no traceback."""
    write_folder(tmp_path)
    assert main([configure(tmp_path, **changes)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


class Asked(dict[str, Any]):
    """A configuration that remembers which of its keys were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default


def test_every_key_of_the_policy_is_one_of_the_destination() -> None:
    """Whose check a configuration has to pass; and each is described."""
    asked = Asked()
    from_configuration(asked)
    assert asked.names <= spec()["connectionSpecification"]["properties"].keys()
    assert [name for name in asked.names if f"`{name}`" not in README] == []


@pytest.mark.parametrize("option", ["--as-of", "--tolerance", "--materiality"])
def test_an_option_that_is_empty_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """A variable that a scheduler left empty is no wish for the file's value."""
    write_folder(tmp_path)
    assert main([configure(tmp_path), option, ""]) == 2
    assert "not ''" in (said := capsys.readouterr().err) or "'' is no amount" in said


def test_an_option_is_written_out(tmp_path: Path) -> None:
    """`--name` is no `--names`: nobody shows personal data by an abbreviation."""
    with pytest.raises(SystemExit):
        main([configure(tmp_path), "--name"])


def test_a_fault_of_the_audit_itself_is_no_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, though Python's own would be 1; type and place are said, without values."""
    write_folder(tmp_path)
    assert main([configure(tmp_path, output={"html": str(tmp_path / "no\0name")})]) == 2
    said = capsys.readouterr().err
    assert "by a fault of its own (ValueError at" in said
    assert "Traceback" not in said


def test_a_missing_or_broken_file_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The configuration file itself may be absent or no JSON."""
    assert main([str(tmp_path / "absent.json")]) == 2
    (tmp_path / "broken.json").write_text("{")
    assert main([str(tmp_path / "broken.json")]) == 2
    assert "is not valid JSON" in capsys.readouterr().err


def test_a_folder_of_the_demo_holds_both_sides(tmp_path: Path) -> None:
    """What the demo leaves is enough for the whole audit, from Python."""
    write_folder(tmp_path)
    keap, chartmogul = both_from_folder(tmp_path)
    result = reconcile(keap, chartmogul, as_of=chartmogul.end, months=MONTHS)
    assert result.agrees
    assert result.last.day == AS_OF
    assert isinstance(result.last.day, date)
    assert {file.name for file in result.tie_out.files} >= {"messages-001.jsonl", "activities.json"}
