"""What the quality figures share."""

from pipeline.algorithm import Parameter

SEED = Parameter(
    "seed", "integer", 0, "Seed",
    "Which rows are looked at when there are too many for all.",
    low=0, high=2**31 - 1, usual=False,
)  # fmt: skip
