"""What work is worth: tariffs, quotes and settlement. Pure: no Django, query, clock or random."""
