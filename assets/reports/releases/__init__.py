"""A quarter's dataset: the published marts as a data package that others can keep, cite and compute with."""

from assets.reports.releases.package import release_files
from assets.reports.releases.tables import ReleaseError

__all__ = ["ReleaseError", "release_files"]
