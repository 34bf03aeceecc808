"""Dataset → Features: how the columns are scaled, and an initial PCA."""

from pipeline.algorithm import Settings
from pipeline.embedding.scaling import AS_IS, MINMAX, PIXELS, ROBUST, STANDARD
from pipeline.results import Dataset

ALGORITHMS = (STANDARD, AS_IS, MINMAX, ROBUST, PIXELS)


def suggested(dataset: Dataset) -> Settings:
    """The step that suits this dataset: tables standardised, pictures and embedding files as they are."""
    plain = dataset.kind == "image" or bool(dataset.picture) or bool(dataset.details.get("embedding"))
    return {"algorithm": AS_IS.name if plain else STANDARD.name, "settings": {}}
