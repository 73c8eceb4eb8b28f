"""What reads in the pay room."""
