"""What carries payouts out of the house: files for the bank, and Stripe. Nothing here writes rows."""
