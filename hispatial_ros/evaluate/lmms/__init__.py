"""Plugs for lmms-eval: the backends as its model ``hispatial``, and benchmarks as its tasks."""
