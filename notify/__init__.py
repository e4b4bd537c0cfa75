"""Messages to people outside the plant: addresses, sending, and the notifier that the server process runs."""
