"""What Airbyte asks of a connector's folder: its standard tests, an image, a wheel that runs alone."""
