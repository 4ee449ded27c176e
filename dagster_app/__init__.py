"""Orchestration: thin Dagster assets over ingest, dbt and reports, and the publication of tested tables."""
