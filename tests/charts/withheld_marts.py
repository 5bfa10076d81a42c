"""The small published database, after some of its types were withheld as the warehouse withholds them.

Belongs here: merging types of the fixture. Does not belong here: which types have to be (dbt decides that).
"""

from pathlib import Path

import duckdb

# Of each mart: the columns of its cells beside the type, and the others that tell something.
CELLS = {
    "network_type_monthly": ("quarter", "month"),
    "network_type_quarterly": ("quarter", "quarter_began_on"),
    "region_network_type_quarterly": ("quarter", "quarter_began_on", "region"),
    "metro_network_type_quarterly": ("quarter", "region", "metro", "metro_source", "latitude", "longitude"),
    "traffic_flow_quarterly": ("quarter", "quarter_began_on", "direction", "region"),
    "magnitude_quarterly": ("quarter", "quarter_began_on"),
    "ip_version_monthly": ("quarter", "month", "ip_version"),
    "concentration_quarterly": ("quarter", "region"),
    "persistence_quarterly": ("quarter", "days_present"),
    "flow_size_quarterly": ("quarter", "size_class", "bytes_from", "bytes_below"),
    "rhythm_quarterly": ("quarter", "region", "direction", "hour_of_week"),
    "new_addresses_monthly": ("quarter", "month", "history_began_on"),
    "connectivity_quarterly": ("quarter", "region", "direction", "connectivity"),
}
# Marts of which nothing is told together: the columns that name a row's type, and those that measure.
ALONE = {
    "network_quarterly": ("network_type", ("bits", "type_confidence", "bits_per_second_average")),
    "quarter_bridge": (
        "member",
        ("previous_value", "previous_value_restated", "value", "coverage_effect", "traffic_effect",
         "reclassification_effect", "definition_effect"),
    ),
    "ai_workflows": ("network_type", ("bits", "own_addresses", "unique_ips", "bits_per_second_sustained",
        "bits_per_second_max", "bits_per_second_per_own_address", "bits_per_second_per_own_address_max",
        "bits_per_second_per_peer_address", "bits_per_second_per_peer_address_max")),
    "elephant_flows": ("network_type", ("elephants", "bits", "share_of_bits", "own_addresses", "unique_ips",
        "seconds_median", "seconds_max", "bits_per_second_median", "bits_per_second_max")),
    "classification_changes": ("network_type", ("bits", "previous_bits")),
}  # fmt: skip
FLAGS = ("is_low_precision", "is_suppressed")


def withhold(database: Path, *types: str, is_told_together: bool = True) -> Path:
    """Withhold these types in all marts; without `is_told_together`, nothing of them is told at all."""
    named = ", ".join(f"'{kind}'" for kind in types)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into marts.network_types values ('withheld', 'Withheld', 14, '#a3a3a3', 'Told together.', true); "
            "insert into marts.verdicts values ('withheld', 1, 'It is withheld in one of the two quarters.', null)"
        )
        for mart, cell in CELLS.items():
            columns = [column for column, *_ in connection.execute(f"from marts.{mart}").description or []]
            numbers = [name for name in columns if name not in (*cell, *FLAGS, "network_type")]
            if is_told_together:
                sums = ", ".join(f"sum({name})" for name in numbers)
                connection.execute(
                    f"insert into marts.{mart} ({', '.join(cell)}, network_type, {', '.join(numbers)}) "
                    f"select {', '.join(cell)}, 'withheld', {sums} from marts.{mart} where network_type in ({named}) "
                    "group by all"
                )
            emptied = [f"{name} = null" for name in numbers]
            if "is_low_precision" in columns:
                emptied.append("is_low_precision = false")
            connection.execute(
                f"update marts.{mart} set {', '.join(emptied)}, is_suppressed = true where network_type in ({named})"
            )
        for mart, (kind, numbers) in ALONE.items():
            emptied = [f"{name} = null" for name in numbers]
            connection.execute(
                f"update marts.{mart} set {', '.join(emptied)}, is_suppressed = true where {kind} in ({named})"
            )
        connection.execute(
            f"update marts.quarter_over_quarter set value = null, previous_value = null, difference = null, "
            "previous_value_restated = null, week_to_week_low = null, week_to_week_high = null, "
            f"verdict = 'withheld', level = 1, reasons = ['withheld'] where member in ({named}); "
            "update marts.sampling_quarterly set bits = null, share_of_bits = null where sampling_interval = 512"
        )
    return database
