"""Features → Neighbors: each row's nearest other rows."""

from pipeline.neighbors.approximate import APPROXIMATE
from pipeline.neighbors.exact import EXACT

ALGORITHMS = (EXACT, APPROXIMATE)
