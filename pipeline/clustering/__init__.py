"""Features or Map → Clusters: which samples belong together."""

from pipeline.clustering.agglomerative import AGGLOMERATIVE
from pipeline.clustering.dbscan import DBSCAN
from pipeline.clustering.hdbscan import HDBSCAN
from pipeline.clustering.kmeans import KMEANS
from pipeline.clustering.minibatch import MINIBATCH
from pipeline.clustering.mixture import MIXTURE

ALGORITHMS = (KMEANS, MINIBATCH, DBSCAN, HDBSCAN, AGGLOMERATIVE, MIXTURE)
