"""The demo province: an invented 2024 of a real place, from which no person can be recognised."""
