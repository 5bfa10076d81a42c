"""Whether the data is true: Dagster asset checks, one file per topic."""
