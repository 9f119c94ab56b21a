"""Benchmarks by their official rules, asked of any backend by one command.

A reader (``benchmarks/``) makes questions of published files, ``run`` asks a backend and keeps its
answers (``journal``), and ``score`` judges them by the rules (``rules``). Answers are kept as they
came, so that judging them again asks nobody again.
"""
