"""The demonstration world: a simulated business, labelled faults, canonical extracts and the truth about them."""

from ingest.demo.world import World, write_world

__all__ = ["World", "write_world"]
