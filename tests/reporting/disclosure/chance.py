"""Random tables of one to three dimensions, hierarchical and linked, as documents and as counts."""

import random  # noqa: TID251  # seeded: the same tables every time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from tests.reporting.disclosure.oracle import Counted

Tree = dict[str, list[str]]


@dataclass
class Drawn:
    """One table by chance: what it counts, and the document that says so."""

    counted: Counted
    sums: list[dict[str, Any]]
    chance: random.Random
    published: set[str] = field(default_factory=set)

    def document(self, **more: Any) -> dict[str, Any]:
        values = self.counted.values
        cells = [
            {"id": i, "value": values[i], "published": i in self.published}
            for i in self.counted.members
        ]
        self.chance.shuffle(cells)
        return {"cells": cells, "sums": self.sums, **more}


def _leaves(tree: Tree, node: str) -> list[str]:
    return (
        [leaf for child in tree[node] for leaf in _leaves(tree, child)] if node in tree else [node]
    )


def _nodes(tree: Tree) -> list[str]:
    return sorted({"*", *(child for children in tree.values() for child in children)})


def _flat(prefix: str, width: int) -> Tree:
    return {"*": [f"{prefix}{n}" for n in range(width)]}


def _deep(prefix: str, chance: random.Random) -> Tree:
    """Two districts, the first divided further, the second too or not."""
    tree = {"*": [f"{prefix}A", f"{prefix}B"], f"{prefix}A": [f"{prefix}A0", f"{prefix}A1"]}
    if chance.random() < 0.5:
        tree[f"{prefix}B"] = [f"{prefix}B0", f"{prefix}B1"]
    return tree


def _crossed(trees: list[Tree]) -> tuple[list[tuple[str, ...]], Callable[..., Any]]:
    base = list(product(*(_leaves(tree, "*") for tree in trees)))
    place = {key: n for n, key in enumerate(base)}

    def members(key: tuple[str, ...]) -> frozenset[int]:
        held = product(*(_leaves(tree, node) for tree, node in zip(trees, key, strict=True)))
        return frozenset(place[one] for one in held)

    return base, members


def _sums(trees: list[Tree]) -> list[dict[str, Any]]:
    """Every equation of a table: one dimension is split, the others stay."""
    found = []
    for n, tree in enumerate(trees):
        for key in product(*(_nodes(t) if m != n else list(tree) for m, t in enumerate(trees))):
            parts = [(*key[:n], child, *key[n + 1 :]) for child in tree[key[n]]]
            found.append({"total": ".".join(key), "parts": [".".join(part) for part in parts]})
    return found


def _shapes(chance: random.Random) -> tuple[list[Tree], list[list[int]]]:
    """Trees, and the dimensions that each published table crosses (more than one: linked)."""
    kind = chance.choice(["line", "tree", "grid", "grid", "tree grid", "cube", "linked"])
    if kind == "line":
        return [_flat("a", chance.randint(2, 6))], [[0]]
    if kind == "tree":
        return [_deep("a", chance)], [[0]]
    if kind == "grid":
        return [_flat("a", chance.randint(2, 3)), _flat("b", chance.randint(2, 3))], [[0, 1]]
    if kind == "tree grid":
        return [_deep("a", chance), _flat("b", 2)], [[0, 1]]
    cube = [_flat(prefix, 2) for prefix in "abc"]
    return cube, ([[0, 1, 2]] if kind == "cube" else [[0, 1], [0, 2]])


def draw(seed: int, *, bounded: bool = True) -> Drawn:
    """The table of a seed; ``bounded`` publishes the grand total."""
    chance = random.Random(seed)
    trees, tables = _shapes(chance)
    base, members = _crossed(trees)
    total = chance.randint(2, 9 if len(base) <= 6 else 7)
    counts = [0] * len(base)
    favoured = [chance.random() ** 2 + 0.02 for _ in base]
    for n in chance.choices(range(len(base)), favoured, k=total):
        counts[n] += 1
    ids: dict[str, frozenset[int]] = {}
    sums = []
    for crossed in tables:
        seen = [_nodes(tree) if n in crossed else ["*"] for n, tree in enumerate(trees)]
        ids |= {".".join(key): members(key) for key in product(*seen)}
        cut = [tree if n in crossed else {} for n, tree in enumerate(trees)]
        sums += [one for one in _sums(trees) if _belongs(one, cut)]
    drawn = Drawn(Counted(tuple(counts), ids), [dict(t) for t in _once(sums)], chance)
    top = ".".join("*" for _ in trees)
    drawn.published = {i for i in ids if "*" in i and chance.random() < 0.15} - {top}
    if bounded:
        drawn.published.add(top)
    return drawn


def _belongs(one: dict[str, Any], cut: list[Tree]) -> bool:
    """Tell whether a sum stays within a table, where a dimension not crossed shows its total."""
    return all(
        tree or all(key.split(".")[n] == "*" for key in (one["total"], *one["parts"]))
        for n, tree in enumerate(cut)
    )


def _once(sums: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(one["total"], *one["parts"]): one for one in sums}.values())
