"""What brings the product to its users: release and Airbyte."""
