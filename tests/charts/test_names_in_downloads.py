"""What texts of others may not do in downloads: be computed by a spreadsheet, or steer the text around them."""

import pytest

from assets.reports.charts import as_written, seen


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20sum(a1)"])
def test_a_text_that_a_spreadsheet_would_compute_begins_with_an_apostrophe(text: str) -> None:
    assert as_written(text) == f"'{text}"


@pytest.mark.parametrize("unseen", ["\x1b", "\xad", "\u180e", "\u200b", "\u202e", "\ufeff", "\ufffa", "\U000e0041"])
def test_what_is_not_seen_or_turns_the_text_around_it_is_a_mark(unseen: str) -> None:
    assert seen(f"Acme{unseen}Net") == "Acme\ufffdNet"


def test_names_of_all_alphabets_stay() -> None:
    for name in ("Orange Côte d'Ivoire", "中国电信", "شركة", "Ελλάς", "Zürich 🏔"):
        assert seen(name) == name
