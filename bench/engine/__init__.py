"""How many offers the engine makes, and how many of them are accepted and resolved, a second.

`make bench-engine`, or `python -m bench.engine [--quick]`. Nothing of the way is left out but HTTP:
the production worker is woken through Redis and runs `dispatch.waves.run`, which reads, matches,
writes offers with their receipts and publishes them; agents accept and resolve through the actions
that the API calls. Postgres has fsync and synchronous commit on. The same server runs the
yardsticks in the same run (`bench.pgclaim`).
"""
