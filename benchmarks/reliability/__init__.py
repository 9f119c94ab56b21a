"""Faults and load on the node as a real process, over real middleware.

``test/fault/`` runs the same for a short time and asserts; ``python -m benchmarks reliability``
runs it for as long as told and writes the table of docs/reliability.md.
"""
