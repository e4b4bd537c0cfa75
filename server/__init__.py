"""The server process: REST and WebSocket for panels, users and their rights, and the link to the engine."""
