"""What the entry point group ``lmms_eval.models`` finds; imported whenever lmms-eval starts."""

from lmms_eval.models.registry_v2 import ModelManifest


def manifest() -> ModelManifest:
    """The model ``hispatial``."""
    return ModelManifest(
        model_id="hispatial", simple_class_path="hispatial_ros.evaluate.lmms.model.HiSpatial"
    )
