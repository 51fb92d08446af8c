"""The JSON API: a thin edge over the same operations as the pages."""
