"""Advice before suppression: which bands to merge so that the fewest numbers vanish."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from referral.reporting.disclosure.crossed import Dimension, Key, Layout
from referral.reporting.disclosure.primary import Rule, standard
from referral.reporting.disclosure.problem import UnprotectableError
from referral.reporting.disclosure.progress import Watch
from referral.reporting.disclosure.protection import protect

_JOINT = "+"


@dataclass(frozen=True, slots=True)
class Merge:
    """Two codes of a dimension made one."""

    dimension: str
    codes: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Advice:
    """A redesign: ``vanished`` numbers of the table as it is are no longer there to be read.

    They are suppressed, or merged into another. ``optimal`` if that count is proven.
    """

    merges: tuple[Merge, ...]
    shown: int
    suppressed: int
    vanished: int
    optimal: bool


def advise(
    layout: Layout,
    counts: Mapping[Key, int],
    rule: Rule,
    *,
    merges: int = 2,
    tries: int = 6,
    seconds: float = 10.0,
    watch: Watch | None = None,
) -> list[Advice]:
    """Return designs, the one that loses least first; one without merges is the table as it is.

    Up to ``merges`` pairs are merged, one after the other, each time the pair that loses least. Of
    all pairs the ``tries`` that leave the fewest primary cells are protected in full, each in at
    most ``seconds``. Designs that cannot be protected at all are left out. A merged number must be
    published if one of the two must. ``watch`` may cancel it all (`CancelledError`).
    """
    whole = len(layout.keys)
    task = _Task(rule, whole, seconds, watch)
    found = task.judged(layout, counts, ())
    designs = [found] if found else []
    taken: tuple[Merge, ...] = ()
    for _ in range(merges):
        candidates = [(merge, *_merged(layout, counts, merge)) for merge in _pairs(layout)]
        candidates.sort(key=lambda one: (task.guess(one[1], one[2]), one[0].codes))
        judged = [
            (advice, drawn, held)
            for merge, drawn, held in candidates[:tries]
            if (advice := task.judged(drawn, held, (*taken, merge)))
        ]
        if not judged:
            break
        best, layout, counts = min(judged, key=lambda one: one[0].vanished)
        taken = best.merges
        designs += [advice for advice, _, _ in judged]
    return sorted(designs, key=lambda advice: (advice.vanished, len(advice.merges)))


def _pairs(layout: Layout) -> Iterator[Merge]:
    """Every two undivided codes of one parent; of ordered ones, neighbours only."""
    for dimension in layout.dimensions:
        for children in dimension.tree.values():
            leaves = [code for code in children if code in dimension.leaves]
            if len(children) < 3:
                continue
            pairs: Iterable[tuple[str, str]] = combinations(leaves, 2)
            if dimension.ordered:
                pairs = pairwise(children)
            for pair in pairs:
                if set(pair) <= dimension.leaves:
                    yield Merge(dimension.name, pair)


def _merged(
    layout: Layout, counts: Mapping[Key, int], merge: Merge
) -> tuple[Layout, Mapping[Key, int]]:
    taken = {one for d in layout.dimensions for one in d.codes}
    joint = _JOINT.join(merge.codes)
    while joint in taken:
        joint += _JOINT

    def code(dimension: Dimension, one: str) -> str:
        return joint if dimension.name == merge.dimension and one in merge.codes else one

    def key(of: Key) -> Key:
        return tuple(code(d, one) for d, one in zip(layout.dimensions, of, strict=True))

    dimensions = [
        replace(
            d,
            tree={
                parent: tuple(dict.fromkeys(code(d, child) for child in children))
                for parent, children in d.tree.items()
            },
        )
        for d in layout.dimensions
    ]
    must_stay = {key(one) for one in layout.keys if layout.published(one)}
    held: dict[Key, int] = defaultdict(int)
    for leaf, count in counts.items():
        held[key(leaf)] += count
    return replace(
        layout,
        dimensions=dimensions,
        missing=_all_merged(layout, layout.missing, key),
        impossible=_all_merged(layout, layout.impossible, key),
        published=must_stay.__contains__,
    ), held


def _all_merged(layout: Layout, keys: Iterable[Key], key: Callable[[Key], Key]) -> set[Key]:
    """Keep what held of a combination only if it held of both that were merged."""
    kept = set(keys)
    others = {key(leaf) for leaf in layout.leaves if leaf not in kept}
    return {key(leaf) for leaf in kept} - others


@dataclass(frozen=True, slots=True)
class _Task:
    """What every design is judged by: the rule, the numbers of the table as it is, and the time."""

    rule: Rule
    whole: int
    seconds: float
    watch: Watch | None

    def guess(self, layout: Layout, counts: Mapping[Key, int]) -> int:
        """Return, quickly, what is merged and the primary cells alone."""
        demands = standard(
            layout.problem(counts), self.rule, impossible=layout.impossible_ids
        ).demands
        return self.whole - len(layout.keys) + len(demands)

    def judged(
        self, layout: Layout, counts: Mapping[Key, int], merges: tuple[Merge, ...]
    ) -> Advice | None:
        """Protect a design in full; nothing if it cannot be protected."""
        problem = layout.problem(counts)
        asked = standard(problem, self.rule, impossible=layout.impossible_ids)
        try:
            found = protect(problem, asked, seconds=self.seconds, watch=self.watch)
        except UnprotectableError:
            return None
        shown = len(layout.keys) - len(found.pattern)
        optimal = found.certificate.optimal
        return Advice(merges, shown, len(found.pattern), self.whole - shown, optimal)
