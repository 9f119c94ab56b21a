"""The model in a process of its own, so that nothing it does can take the node down.

``supervisor`` (node's side) starts and watches ``worker`` (model's side); they talk over
``channel`` with JSON, and camera frames cross by ``shared`` memory.
"""
