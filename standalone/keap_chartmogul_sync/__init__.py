"""Runs the two connectors unattended. Imports neither: they are processes of environments of their own."""
