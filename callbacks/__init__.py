"""What happens on the page: each region's module connects its callbacks with ``register(app, house)``."""

REGIONS = (  # in this order
    "work", "routes", "view", "opening", "exploring", "following", "grouping", "history", "drawing", "sample", "selecting",
    "taking", "recent", "deleting",
)  # fmt: skip
