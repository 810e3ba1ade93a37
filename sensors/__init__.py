"""What starts work by itself. Everything here is stopped until somebody starts it."""
