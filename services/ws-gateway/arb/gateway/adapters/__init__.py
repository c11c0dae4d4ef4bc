"""The gateway's ports on the real world: WebSocket clients and the bus."""
