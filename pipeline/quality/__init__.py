"""Numbers that say how far to trust a result, and help to choose settings."""

from pipeline.quality.agreement import AGREEMENT
from pipeline.quality.curves import DISTANCES, SWEEP
from pipeline.quality.groups import PROPOSAL
from pipeline.quality.kept import PRESERVATION

ALGORITHMS = (PRESERVATION, PROPOSAL, AGREEMENT, DISTANCES, SWEEP)
