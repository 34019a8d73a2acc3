"""Many objects in one call: bulk imports and uploaded files."""
