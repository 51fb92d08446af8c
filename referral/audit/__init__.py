"""What was done, by whom: append-only, chained, signed; and the wrapper of every operation."""
