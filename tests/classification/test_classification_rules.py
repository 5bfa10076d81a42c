"""Which rule answers, with what type, and what else is told of a network."""

import csv

import pytest

from tests.classification.conftest import PROJECT, Ask

ANSWERS = {
    410101: ("neocloud", "override", "isp_regional"),
    410102: ("unclassified", "unclassified", None),
    410103: ("unclassified", "unclassified", None),
    410104: ("hosting", "override", "cdn"),
    # A decision on the AS beside it is not one on the organisation.
    410105: ("cdn", "override", None),
    410110: ("unclassified", "unclassified", None),
    410111: ("ixp", "external_labels", None),
    410113: ("isp_tier1", "tier1_topology", None),
    410120: ("unclassified", "unclassified", None),
    410121: ("hosting", "sibling", "cdn"),
    410122: ("unclassified", "unclassified", None),
    410130: ("education", "strong_name", None),
    410131: ("ixp", "weak_name", "isp_regional"),
    410132: ("government", "strong_name", "education"),
    410133: ("hosting", "strong_name", "isp_regional"),
    410134: ("isp_regional", "weak_name", None),
    410136: ("isp_regional", "strong_name", "enterprise"),
    410137: ("hosting", "strong_name", "isp_regional"),
    410138: ("isp_regional", "peeringdb_type", "enterprise"),
    410139: ("ixp", "peeringdb_type", "isp_regional"),
    410140: ("isp_regional", "peeringdb_type", None),
    410141: ("enterprise", "peeringdb_company", None),
    410142: ("isp_regional", "strong_name", "enterprise"),
    410143: ("hosting", "hosted_sites", None),
    410144: ("enterprise", "peeringdb_company", None),
    410145: ("unclassified", "unclassified", None),
    410146: ("hosting", "hosted_sites", "enterprise"),
    410150: ("hosting", "external_labels", None),
    410151: ("unclassified", "unclassified", None),
    410152: ("hosting", "external_labels", None),
    410153: ("hosting", "external_labels", "isp_regional"),
    410154: ("cdn", "external_labels", None),
    410156: ("unclassified", "unclassified", None),
    410160: ("isp_regional", "customers", None),
    410161: ("unclassified", "unclassified", None),
    # Who says that it sells transit, and sells none.
    410162: ("isp_regional", "unsold_transit", None),
    410163: ("isp_regional", "peeringdb_type", None),
    410164: ("isp_regional", "strong_name", None),
    # A town's access network, by its own word.
    410165: ("isp_regional", "peeringdb_type", "government"),
    # A company, if it is told that it is no carrier, and nothing else is.
    410166: ("enterprise", "company_name", None),
    410167: ("isp_regional", "customers", None),
    410168: ("unclassified", "unclassified", None),
    # What another source calls it.
    410169: ("cdn", "strong_name", "enterprise"),
    410170: ("unclassified", "unclassified", None),
    # Decided, though no registry names it.
    410171: ("hosting", "override", None),
}


@pytest.mark.parametrize("asn", ANSWERS)
def test_the_first_rule_answers_and_the_next_type_is_the_runner_up(ask: Ask, asn: int) -> None:
    rows = ask(f"select network_type, rule, runner_up from intermediate.int_networks__classified where asn = {asn}")
    assert rows == [ANSWERS[asn]]


TRAPS = {
    "VAST Data is not Vast.ai": (206020, "other"),
    "nor is another AS of it": (410180, "unclassified"),
    "NexGen Integrated is not NexGen Cloud": (410181, "unclassified"),
    "Linode, though it is called Akamai": (63949, "hosting"),
    "Akamai itself": (20940, "cdn"),
    "Google Fiber, though Google runs it": (16591, "isp_regional"),
    "IREN S.p.A. is not IREN": (39636, "enterprise"),
    "Endurance Reinsurance is not a host": (2723, "enterprise"),
    "NS1 is not IBM Cloud, though it is called IBM": (62597, "other"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_of_names(ask: Ask, trap: str) -> None:
    asn, network_type = TRAPS[trap]
    assert ask(f"select network_type from intermediate.int_networks__classified where asn = {asn}") == [(network_type,)]


def test_every_reviewed_network_keeps_its_type(ask: Ask) -> None:
    seed = PROJECT / "dbt_project" / "seeds" / "known_networks.csv"
    with seed.open(encoding="utf-8", newline="") as content:
        reviewed = {int(row["asn"]): row["network_type"] for row in csv.DictReader(content)}
    found = dict(ask("select asn, network_type from intermediate.int_networks__classified"))
    assert {asn: found[asn] for asn in reviewed} == reviewed


def test_every_rule_that_speaks_is_kept_as_evidence(ask: Ask) -> None:
    rows = ask(
        "select rule, network_type, confidence from intermediate.int_networks__evidence where asn = 410135 "
        "order by place"
    )
    assert rows == [("strong_name", "hosting", 0.9), ("strong_name", "isp_regional", 0.9)]


def test_the_same_rule_tells_what_a_network_is_beside_its_type(ask: Ask) -> None:
    rows = ask("select network_type, secondary_type from intermediate.int_networks__classified where asn = 410133")
    assert rows == [("hosting", "isp_regional")]


def test_no_kind_that_marts_do_not_show_is_a_secondary_type(ask: Ask) -> None:
    rows = ask("select runner_up, secondary_type from intermediate.int_networks__classified where asn = 410132")
    assert rows == [("education", None)]


def test_a_reviewed_host_that_rents_gpus_is_a_neocloud_beside(ask: Ask) -> None:
    rows = ask("select network_type, secondary_type from intermediate.int_networks__classified where asn = 14061")
    assert rows == [("hosting", "neocloud")]


def test_confidence_is_that_of_the_rule_and_lower_where_other_evidence_disagrees(ask: Ask) -> None:
    rows = ask(
        "select count(*) from intermediate.int_networks__classified as found "
        "join seeds.network_type_rules as rules using (rule) where found.confidence != "
        "case when is_contested then coalesce(rules.contested_confidence, rules.confidence) else rules.confidence end"
    )
    assert rows == [(0,)]
    contested = ask(
        "select asn from intermediate.int_networks__classified where is_contested "
        "and asn between 410130 and 410159 order by asn"
    )
    # A ministry of education, hosts that say telecom, those that tell PeeringDB something else than their names say.
    assert [asn for (asn,) in contested] == [410132, 410133, 410135, 410136, 410137, 410138, 410139, 410142]


def test_the_evidence_names_the_name_that_says_it(ask: Ask) -> None:
    rows = ask("select evidence from intermediate.int_networks__classified where asn = 410169")
    assert rows == [("SOMECDN: Says that it delivers content.",)]


def test_what_is_contested_goes_to_review(ask: Ask) -> None:
    (limit,) = ask("select max(contested_confidence) from seeds.network_type_rules")[0]
    macros = (PROJECT / "dbt_project" / "macros" / "classification.sql").read_text(encoding="utf-8")
    assert f"macro confidence_to_review() %}}{0.8}{{%" in macros
    assert limit < 0.8


def test_snapshots_are_told(ask: Ask) -> None:
    rows = ask(
        "select distinct snapshot_on::varchar, evidence_on::varchar from intermediate.int_networks__classified "
        "where asn = 410140"
    )
    assert rows == [("2026-06-17", "2026-06-17")]


def test_without_the_known_networks_nothing_follows_from_them(ask_without_known_networks: Ask) -> None:
    rows = ask_without_known_networks(
        "select asn, network_type, rule from intermediate.int_networks__classified where asn in (174, 410120, 14061)"
        " order by asn"
    )
    assert rows == [
        (174, "isp_regional", "strong_name"),
        (14061, "unclassified", "unclassified"),
        (410120, "unclassified", "unclassified"),
    ]
