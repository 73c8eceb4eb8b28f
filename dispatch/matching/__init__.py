"""The pure half of dispatch: no Django, clock or random number in here."""
