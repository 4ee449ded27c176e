"""The daily report from what was published: an HTML page, an Excel workbook, and small pieces for run metadata.

Reads the published database only; draws, never decides. Heavy libraries are loaded when something is drawn.
"""

from dagster_app.report.metadata import match_rates, open_exceptions_markdown, trend_plot
from dagster_app.report.writing import write

__all__ = ["match_rates", "open_exceptions_markdown", "trend_plot", "write"]
