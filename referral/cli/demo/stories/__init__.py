"""The ten stories of the demo: told by the real operations, the same after every load."""
