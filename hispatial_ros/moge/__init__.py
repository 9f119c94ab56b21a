"""Metric depth from a single RGB image with MoGe-2.

image -> engine (ONNX Runtime or TensorRT) -> raw outputs -> postprocess -> depth; `load_estimator`
puts it together. Reference: R. Wang et al., "MoGe-2: Accurate Monocular Geometry with Metric Scale
and Sharp Details", arXiv:2507.02546.
"""
