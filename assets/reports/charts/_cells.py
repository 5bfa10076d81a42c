"""What charts of cells share: the core tables that their marts are made from, and what these measure of each cell.

Belongs here: what is the same of each mart of cells. Does not belong here: which cells a mart has (each chart says).
"""

OF_ADDRESSES = ("crossings", "operator_settings", "peer_address_days", "peers", "types_of_places")
"""The core tables that every mart of which something is withheld counts its addresses from."""
OF_TRAFFIC = (*OF_ADDRESSES, "links", "networks", "peer_places", "traffic_bins")
OF_RATES = (*OF_TRAFFIC, "covered_bins")
MADE_FROM = (*OF_RATES, "limits_in_force")
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
