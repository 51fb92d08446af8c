"""Incident reports, cases and their sections; who may open them, and on what basis."""
