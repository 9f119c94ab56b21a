"""Metric depth from a single RGB image with MoGe-2.

image -> engine -> depth; `load_estimator` puts it together. An engine is the network on ONNX
Runtime or TensorRT with post-processing on the host, or PyTorch with everything on the device.
Reference: R. Wang et al., "MoGe-2: Accurate Monocular Geometry with Metric Scale and Sharp
Details", arXiv:2507.02546.
"""
