"""Measured medians of the main operations. `python -m bench` prints them."""
