"""Vectors around seeded centres."""

import numpy as np


def cloud(sizes, *, spread=0.3, n_dims=64, seed=0):
    """Unit vectors in groups of these sizes, and the group of each."""
    rng = np.random.default_rng(seed)
    rows, labels = [], []
    for label, size in enumerate(sizes):
        centre = rng.standard_normal(n_dims)
        centre /= np.linalg.norm(centre)
        rows.append(centre + spread * rng.standard_normal((size, n_dims)) / np.sqrt(n_dims))
        labels += [label] * size
    rows = np.concatenate(rows).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), np.array(labels)


def at_angles(*degrees):
    """Unit vectors in a plane."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
