"""A returned tool, read in layers; each layer is a module."""
