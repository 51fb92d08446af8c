"""HiGHS as the search and the rounding use it: silent, single-threaded, exact, repeatable."""

from typing import TypeAlias

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

Vector = npt.NDArray[np.float64]
Rows: TypeAlias = "csr_array[np.float64, tuple[int, int]]"
_UNBOUNDED = 1e29


def rows_of(spots: list[tuple[int, int, float]], height: int, width: int) -> Rows:
    """Return a sparse matrix of the entries (row, column, value)."""
    rows, columns, values = zip(*spots, strict=True) if spots else ((), (), ())
    entries = np.array(values, dtype=np.float64), (rows, columns)
    return coo_array(entries, shape=(height, width)).tocsr()


def program(
    cost: Vector,
    span: tuple[Vector, Vector],
    rows: Rows,
    ends: tuple[Vector, Vector],
    *,
    whole: bool = False,
) -> highspy.Highs:
    """Return a solver loaded with: least ``cost`` · x, x in ``span``, rows · x in ``ends``."""
    model = highspy.Highs()  # type: ignore[no-untyped-call]  # its own signature is bare
    loaded = highspy.HighsLp()
    model.silent()
    for name, value in (("threads", 1), ("mip_rel_gap", 0.0), ("random_seed", 1)):
        model.setOptionValue(name, value)
    loaded.num_col_, loaded.num_row_ = len(cost), rows.shape[0]
    loaded.col_cost_, (loaded.col_lower_, loaded.col_upper_) = cost, span
    loaded.row_lower_, loaded.row_upper_ = ends
    loaded.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    loaded.a_matrix_.start_, loaded.a_matrix_.index_ = rows.indptr, rows.indices
    loaded.a_matrix_.value_ = rows.data
    if whole:
        loaded.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
    model.passModel(loaded)
    return model


def solve(model: highspy.Highs) -> Vector | None:
    """Run; return the best solution, if the solver holds one."""
    model.run()
    found = model.getSolution()
    if not found.value_valid or model.getInfo().primal_solution_status != _FEASIBLE:
        return None
    return np.array(found.col_value)


def is_proven(model: highspy.Highs) -> bool:
    """Tell whether the last run ended with a proof and not at a limit."""
    return model.getModelStatus() in {
        highspy.HighsModelStatus.kOptimal,
        highspy.HighsModelStatus.kInfeasible,
    }


def bound(model: highspy.Highs) -> float:
    """Return what no solution of the last whole-number run can be below."""
    value = float(model.getInfo().mip_dual_bound)
    return value if abs(value) < _UNBOUNDED else 0.0


_FEASIBLE = 2
