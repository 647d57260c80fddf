"""What an action means after 100 ACCEPTED."""
