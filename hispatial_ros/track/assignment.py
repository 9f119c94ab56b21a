"""Pairs of least total cost."""

import numpy as np


def assign(cost: np.ndarray) -> list[tuple[int, int]]:
    """One column for each row, or the other way round, so that the costs add up to the least.

    The Hungarian method (Kuhn, 1955) by shortest augmenting paths (Jonker and Volgenant, 1987).

    Args:
        cost: [n, m], finite.

    Returns:
        min(n, m) pairs of row and column, by row.
    """
    rows, columns = cost.shape
    if rows == columns == 1:
        return [(0, 0)]
    if rows > columns:
        return sorted((row, column) for column, row in assign(cost.T))
    row_price = np.zeros(rows)
    price = np.zeros(columns)
    holder = np.full(columns, -1)  # row that has each column
    for row in range(rows):
        shortest = np.full(columns, np.inf)
        before = np.full(columns, -1)  # column before each on the shortest path
        done = np.zeros(columns, bool)
        at, column, length = row, -1, 0.0
        while True:
            reached = length + cost[at] - row_price[at] - price
            nearer = ~done & (reached < shortest)
            shortest[nearer], before[nearer] = reached[nearer], column
            column = int(np.where(done, np.inf, shortest).argmin())
            length = shortest[column]
            done[column] = True
            if holder[column] < 0:
                break
            at = holder[column]
        passed = done.copy()
        passed[column] = False
        row_price[row] += length
        row_price[holder[passed]] += length - shortest[passed]
        price[passed] += shortest[passed] - length
        while column >= 0:
            previous = before[column]
            holder[column] = row if previous < 0 else holder[previous]
            column = previous
    return sorted((int(row), column) for column, row in enumerate(holder.tolist()) if row >= 0)
