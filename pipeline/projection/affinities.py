"""What t-SNE keeps: how similar each sample is to its neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.results import Neighbors

TIES = 15  # neighbours that each sample is tied to alike


def of(neighbors: Neighbors, kind: str, perplexity: float, threads: int) -> Any:
    """Similarities P: a symmetric sparse matrix (n, n) float64 that sums to one.

    ``balanced`` falls off with the distance over about ``perplexity`` neighbours (van der Maaten, Hinton 2008);
    ``fast`` is alike for each sample's 15 nearest, as openTSNE's ``Uniform`` is.
    """
    directed = _by_perplexity(neighbors, perplexity, threads) if kind == "balanced" else _alike(neighbors)
    both = directed + directed.T.tocsr()
    both.data /= both.data.sum()
    return both


def _by_perplexity(neighbors: Neighbors, perplexity: float, threads: int) -> Any:
    """From the first 3 × perplexity neighbours."""
    from openTSNE.affinity import joint_probabilities_nn

    k = min(neighbors.indices.shape[1], int(3 * perplexity))
    far = neighbors.distances[:, :k].astype(np.float64)
    far /= far.mean() or 1.0  # only proportions count; openTSNE searches from 1 and cannot reach every scale
    wanted = np.array([min(perplexity, k / 3)])
    return joint_probabilities_nn(np.array(neighbors.indices[:, :k]), far, wanted, symmetrize=False, n_jobs=threads)


def _alike(neighbors: Neighbors) -> Any:
    from scipy.sparse import csr_matrix

    n, k = len(neighbors.indices), min(neighbors.indices.shape[1], TIES)
    return csr_matrix((np.ones(n * k), neighbors.indices[:, :k].flatten(), np.arange(0, n * k + 1, k)), shape=(n, n))
