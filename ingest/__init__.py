"""From files in the inbox to typed rows in the warehouse. Imports neither dagster nor dbt."""
