"""Wheels and source archives of all packages, tried in clean environments, with bills of materials."""
