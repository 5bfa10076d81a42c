"""What charts of cells share: the core tables that their marts are made from, and what these measure of each cell.

Belongs here: what is the same of each mart of cells. Does not belong here: which cells a mart has (each chart says).
"""

MADE_FROM = ("covered_bins", "networks", "operator_settings", "typed_peer_address_days", "typed_traffic_bins")
# The names in a chart's data, and the columns of the marts.
MEASURED = {
    "bits": "bits",
    "share_of_bits": "share_of_bits",
    "unique_ips": "unique_ips",
    "magnitude_bits_per_unique_ip": "magnitude",
    "relative_standard_error": "relative_standard_error",
    "relative_standard_error_upper": "relative_standard_error_upper",
    "is_low_precision": "is_low_precision",
}
