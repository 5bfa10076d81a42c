"""What changed between two editions, in words that name no network."""

from assets.warehouse.editions.causes import UNKNOWN, what_changed

BEFORE = {
    "decisions": [["2025-10-03", "a"], ["2025-11-01", "b"]],
    "registries": {"iptoasn": "2025-12-30", "aws": "2025-12-01"},
    "exports": {"days": 92, "flow records": 1_000},
    "settings": {"settings": "x", "own_prefixes": "y"},
    "reviewed_data": {"known_networks": "k"},
    "platform": {"models": "m"},
}


def test_decisions_are_told_by_their_dates() -> None:
    decisions = [["2025-10-03", "a"], ["2026-01-12", "c"], ["2026-01-12", "d"]]
    assert what_changed(BEFORE, {**BEFORE, "decisions": decisions}) == (
        "2 decisions of 2026-01-12",
        "1 decision of 2025-11-01, taken back or changed",
    )


def test_registries_are_told_by_their_dates() -> None:
    now = {**BEFORE, "registries": {"iptoasn": "2026-01-10", "gcp": "2026-01-11"}}
    assert what_changed(BEFORE, now) == (
        "registry aws is not used any more",
        "registry gcp of 2026-01-11 is new",
        "registry iptoasn of 2026-01-10 (2025-12-30 before)",
    )


def test_exports_settings_reviewed_data_and_code_are_told_by_name() -> None:
    now = {
        **BEFORE,
        "exports": {"days": 92, "flow records": 1_200},
        "settings": {"settings": "x", "own_prefixes": "z"},
        "reviewed_data": {"known_networks": "l"},
        "platform": {"models": "n"},
    }
    assert what_changed(BEFORE, now) == (
        "exports: 1,200 flow records (1,000 before)",
        "settings of the operator: own prefixes",
        "reviewed data: known networks",
        "the platform: models",
    )


def test_what_has_no_noted_cause_says_so() -> None:
    assert what_changed(BEFORE, BEFORE) == (UNKNOWN,)
