"""Everything cryptographic: pure, knows neither the web nor the tables.

The only importer of `cryptography`. `docs/vault.md` draws the tree of keys; the formats are binary
and versioned, each with one writer and one reader beside each other.
"""
