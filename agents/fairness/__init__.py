"""Suspension by a named person with written reasons, and the appeal that another person decides."""
