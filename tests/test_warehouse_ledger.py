from assets.warehouse.ledger import Ledger


def test_a_member_is_stale_until_it_was_built_from_the_same_inputs(tmp_path):
    core = Ledger(tmp_path / "working.duckdb", "core")
    assert core.stale({"2025-08-01": "a", "2025-08-02": "b"}) == ["2025-08-01", "2025-08-02"]
    core.remember({"2025-08-01": "a", "2025-08-02": "b"})
    assert core.stale({"2025-08-01": "a", "2025-08-02": "changed"}) == ["2025-08-02"]


def test_a_member_whose_build_was_killed_is_stale_again(tmp_path):
    core = Ledger(tmp_path / "working.duckdb", "core")
    core.remember({"2025-08-01": "a"})
    core.forget(["2025-08-01"])
    assert core.stale({"2025-08-01": "a"}) == ["2025-08-01"]


def test_layers_do_not_know_each_other(tmp_path):
    Ledger(tmp_path / "working.duckdb", "core").remember({"2025Q4": "a"})
    assert Ledger(tmp_path / "working.duckdb", "marts").stale({"2025Q4": "a"}) == ["2025Q4"]
