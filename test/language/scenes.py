"""Object labels of the scenes that the paraphrase sets are asked about."""

SCENES = {
    "desk": (
        "purple chair",
        "yellow chair",
        "globe",
        "yellow die",
        "striped board",
        "magazine",
        "blue mug",
        "crisps bag",
        "green bottle",
        "tall green bottle",
        "toy plane",
    ),
    "room": ("sofa", "coffee table", "floor lamp", "door", "window", "tv", "plant", "armchair"),
    "depot": (
        "forklift",
        "pallet",
        "pallet",
        "pallet",
        "red crate",
        "blue crate",
        "cone",
        "ladder",
    ),
    "street": ("woman", "man", "sports car", "bicycle", "truck", "traffic light", "bench"),
}
