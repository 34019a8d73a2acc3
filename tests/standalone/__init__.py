"""Running the pair unattended."""
