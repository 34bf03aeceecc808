"""What happens on the page: each region's module connects its callbacks with ``register(app, house)``."""

REGIONS = ("work", "routes", "view", "opening", "exploring", "following", "grouping", "drawing", "sample")  # in this order
