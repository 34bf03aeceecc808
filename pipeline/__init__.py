"""From a file to a map and its groups, as pure functions of data and settings.

A file becomes a ``Dataset`` (loading), numbers become ``Features`` (embedding), their nearest
``Neighbors`` are found once, a ``Map`` is drawn (projection), groups are found (clustering) and
numbers say how far to trust all of it (quality). ``stages.run`` is the only way anything is
computed, and ``store.Store`` keeps every result under the hash of what made it.
"""
