"""Django's Postgres backend with a pool whose check costs no round trip."""
