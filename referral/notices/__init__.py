"""Notices inside the product: that something waits, for whom, and nothing of what it is about."""
