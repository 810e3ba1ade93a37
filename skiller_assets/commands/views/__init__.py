"""What was built, as text for a terminal."""
