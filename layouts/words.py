"""The page's own short texts: cautions, and what its measures mean."""

from __future__ import annotations

KEPT = (
    "Of the 15 samples nearest to each sample in the data, this share is among its 15 nearest on the map. "
    "A flat map can never keep them all. "
    "Where little is kept, check the neighbours on the right before you believe a shape."
)
ON_MAP = "Groups on the map follow what you see, with the map's distortions. Check them against groups on the features."
THREE_DIMENSIONS = "In 3-D choose samples by a click, the search or the legend. Lasso and box need a flat map."

CAUTIONS = {
    "pca": "PCA keeps the broad layout. Groups that overlap here may still be apart in the data: try t-SNE or UMAP.",
    "tsne": "Sizes of groups and the gaps between them say little in a t-SNE map. Trust neighbours, not distances.",
    "umap": "Gaps between groups are drawn wider than they are in a UMAP map. Trust neighbours, not distances.",
}
