"""What earlier versions wrote goes on being used."""
