"""What happens on the page: each region's module connects its callbacks with ``register(app, house)``."""

REGIONS = (  # in this order
    "work", "routes", "view", "opening", "exploring", "following", "grouping", "editing", "history", "drawing", "filtering",
    "looking", "sample", "comparing", "selecting", "table", "taking", "recent", "deleting",
)  # fmt: skip
