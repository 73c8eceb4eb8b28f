"""The way in: from the application to the certificate. A part of the room of agents."""
