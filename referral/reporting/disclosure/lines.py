"""What no sensible pattern does: suppress one number alone in a sum, where it can be worked out."""

from collections.abc import Collection, Iterator

import numpy as np

from referral.reporting.disclosure.adversary import TOLERANCE, Cut
from referral.reporting.disclosure.solver import Rows, Vector

_MOST = 300


class Lines:
    """The equations as lines of cells, of which at least two are suppressed or none.

    Publishing what stands alone costs nothing and helps nobody, since it is known anyway: so some
    cheapest pattern obeys these, and they make the fractional patterns far less hopeful. Except
    for cells that are to be suppressed whether or not anybody can work them out.
    """

    def __init__(self, equal: Rows, may_stand_alone: Collection[int]) -> None:
        self._ties = abs(equal)
        entries = self._ties.tocoo()
        bound = ~np.isin(entries.col, list(may_stand_alone))
        self._rows, self._columns = entries.row, entries.col
        self._lines, self._cells = entries.row[bound], entries.col[bound]

    def broken(self, share: Vector) -> Iterator[Cut]:
        """Yield what a pattern breaks, the worst first, and not more than is of use at once."""
        excess = 2 * share[self._cells] - np.asarray(self._ties @ share)[self._lines]
        for n in np.argsort(-excess, kind="stable")[:_MOST]:
            if excess[n] <= TOLERANCE:
                return
            line = np.zeros(len(share))
            line[self._columns[self._rows == self._lines[n]]] = 1
            line[self._cells[n]] = -1
            yield Cut(line, least=0.0)
