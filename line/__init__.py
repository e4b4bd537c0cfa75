"""The engine: tags, process image, clock, scan, units and gateway. Standard library, numpy and pydantic only."""
