"""Mixtures of what strangers' cameras, detectors and clocks send, each with its cause known.

A mixture is one simulated frame, exact in its geometry, to which one kind of each aspect is done:
encodings, calibration, depth unit, stamps, frames, labels. It has to end in a right answer or in
an error or note that names one of its causes.
"""
