"""Features or Map → Clusters: which samples belong together."""

from pipeline.clustering.dbscan import DBSCAN
from pipeline.clustering.kmeans import KMEANS

ALGORITHMS = (KMEANS, DBSCAN)
