"""The pages of those who want to be agents: plain forms that work without a script."""
