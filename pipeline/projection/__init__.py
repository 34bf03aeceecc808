"""Features, Neighbors → Map: positions in two or three dimensions."""

from pipeline.projection.given import GIVEN
from pipeline.projection.pca import PCA
from pipeline.projection.tsne import TSNE
from pipeline.projection.umap import UMAP

ALGORITHMS = (PCA, TSNE, UMAP, GIVEN)
