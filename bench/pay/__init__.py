"""What money costs: posting next to resolving, a balance among a million entries, a long statement."""
