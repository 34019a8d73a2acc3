"""`make demo`: both connectors against both simulators, with the proof that MRR agrees."""
