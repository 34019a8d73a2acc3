"""Tests, simulators and benchmarks of the pair."""
