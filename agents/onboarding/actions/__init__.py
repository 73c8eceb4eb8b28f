"""What happens to an application, one file per step."""
