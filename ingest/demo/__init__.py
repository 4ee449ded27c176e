"""Demonstrations: a simulated business, labelled faults, the truth about them, as canonical or as native extracts."""

from ingest.demo.template_world import write_template_world
from ingest.demo.world import World, write_world

__all__ = ["World", "write_template_world", "write_world"]
