import numpy as np

from matcher.retrieval.neighbours import NOBODY, Neighbours


def vectors(n, *, seed=3):
    drawn = np.random.default_rng(seed).standard_normal((n, 8)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def looked_up(rows, alive):
    similar = rows @ rows.T
    similar[:, ~alive] = NOBODY
    np.fill_diagonal(similar, NOBODY)
    return similar.argmax(axis=1), similar.max(axis=1)


def assert_right(neighbours, rows, alive):
    nearest, cosines = looked_up(rows, alive)
    assert neighbours.rows_[alive].tolist() == nearest[alive].tolist()
    assert np.allclose(neighbours.cosines_[alive], cosines[alive], atol=1e-5)


def test_neighbour_is_the_nearest_other_row():
    rows, alive = vectors(40), np.ones(40, dtype=bool)
    assert_right(Neighbours().fit(rows, alive), rows, alive)


def test_neighbours_follow_rows_that_come_and_go():
    rows = vectors(60)
    alive = np.ones(30, dtype=bool)
    neighbours = Neighbours().fit(rows[:30], alive)
    for n in range(31, 61):
        alive = np.append(alive, True)
        neighbours.add(rows[:n], alive)
        gone = int(np.flatnonzero(alive)[n % int(alive.sum())])
        if n % 2:
            alive[gone] = False
            neighbours.remove(gone, rows[:n], alive)
        assert_right(neighbours, rows[:n], alive)


def test_single_row_has_nobody():
    neighbours = Neighbours().fit(vectors(1), np.ones(1, dtype=bool))
    assert neighbours.rows_.tolist() == [0]
    assert neighbours.cosines_[0] == NOBODY
