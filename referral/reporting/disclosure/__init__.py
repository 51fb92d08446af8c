"""Disclosure control for small counts: which numbers to withhold so that none can be worked out.

Pure: knows neither the web nor the tables of the database, and imports nothing of this system.
`problem` holds the words, `protection` finds the pattern, `attack` judges it independently. The
two load SciPy, half a second that only those who make an edition shall wait for.
"""
