"""A month of unattended syncs with everything going wrong that can: `make soak`."""
