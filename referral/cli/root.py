"""Moved to `referral.accounts.founding`."""

from referral.accounts.founding import countersign, init_root, open_root_file

__all__ = ["countersign", "init_root", "open_root_file"]
