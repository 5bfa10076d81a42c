"""The publishable report of a quarter: charts found by name, drawn from the marts into static pages."""

from assets.charts._bundle import BundleSummary, ChartSummary, render_bundle
from assets.charts._marts import ChartError
from assets.charts._terminal import quarter_table

__all__ = ["BundleSummary", "ChartError", "ChartSummary", "quarter_table", "render_bundle"]
