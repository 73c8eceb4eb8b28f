"""How people come in and stay in: second factors, sessions, devices. allauth does the ceremonies."""
