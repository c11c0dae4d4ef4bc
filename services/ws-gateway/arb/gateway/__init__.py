"""WebSocket gateway: dashboard commands to the bus, events back."""
