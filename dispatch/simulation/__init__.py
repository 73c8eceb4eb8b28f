"""A day of dispatch, played through with the production matching: no Django, clock or chance in
here.

`play.play(day, policy)` runs one `types.Day` under a policy and returns a `results.Run`. Where the
day comes from is the caller's business: made up with seeded chance, or read from the transition
logs. `flagdown.Flagdown` is the production policy, `erlang` the theory to compare with.
"""
