"""The shift benchmark: whole days played under our policy and the policies of others."""
