"""What writes in the pay room."""
