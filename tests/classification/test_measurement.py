"""Stated confidences against what was measured on labels that no rule was made with, and the measuring itself."""

import csv
from pathlib import Path

import pytest

from bench.classification import Answer, Rate, by_rule, f1, groups_of, is_held_out, read_answers, read_labels
from tests.classification.conftest import PROJECT

with (PROJECT / "dbt_project" / "seeds" / "network_type_rules.csv").open(encoding="utf-8", newline="") as seed:
    RULES = {row["rule"]: row for row in csv.DictReader(seed)}
STATED = [
    (rule, stated, f"{measured}_right", f"{measured}_of")
    for rule, row in RULES.items()
    for stated, measured in (("confidence", "measured"), ("contested_confidence", "contested"))
    if row[f"{measured}_of"]
]


@pytest.mark.parametrize(("rule", "stated", "right", "of"), STATED)
def test_a_stated_confidence_lies_within_the_interval_of_what_was_measured(
    rule: str, stated: str, right: str, of: str
) -> None:
    row = RULES[rule]
    low, high = Rate(int(row[right]), int(row[of])).interval
    assert low <= float(row[stated]) <= high


def test_the_rules_that_answer_most_are_measured() -> None:
    assert {rule for rule, *_ in STATED} >= {"strong_name", "peeringdb_type", "hosted_sites", "peeringdb_company"}


def test_wilson_intervals() -> None:
    """9 of 10 is 0.596 to 0.982 (Newcombe 1998, method 3)."""
    low, high = Rate(9, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert Rate(0, 0).interval == (0.0, 1.0)


def test_a_third_of_the_numbers_is_held_out_and_always_the_same() -> None:
    assert [asn for asn in range(1, 20) if is_held_out(asn)] == [1, 2, 4, 11, 13, 16, 17, 18]
    assert 300 < sum(map(is_held_out, range(1000))) < 370


def test_labels_are_brought_to_groups_and_answers_are_counted_by_rule(tmp_path: Path) -> None:
    labels, answers = tmp_path / "labels.csv", tmp_path / "answers.csv"
    labels.write_text(
        "asn,labels,name_in_ip_location_db\n"
        "1,Access_Fixed|ContentProvider_Hosting,One\n2,IXP,Two\n3,Mobile,\n4,Enterprise,Four\n",
        encoding="utf-8",
    )
    answers.write_text(
        "asn,network_type,confidence,rule,evidence,runner_up\n"
        "1,neocloud,0.9,strong_name,x,\n2,isp_tier1,0.7,strong_name,x,\n4,unclassified,0,unclassified,x,\n",
        encoding="utf-8",
    )
    gold, said = read_labels(labels, None), read_answers(answers)
    assert gold == {1: {"isp", "hosting"}, 2: {"ixp"}, 4: {"enterprise"}}
    assert said == {1: Answer("hosting", "strong_name", 0.9), 2: Answer("isp", "strong_name", 0.7)}
    assert by_rule(said, gold) == {("strong_name", 0.7): Rate(0, 1), ("strong_name", 0.9): Rate(1, 1)}
    assert f1(said, gold, "hosting") == 1.0
    assert f1(said, gold, "isp") == 0.0
    assert groups_of("Satellite|Health") == {"isp"}
