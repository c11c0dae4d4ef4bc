"""The WebSocket protocol without a socket: requests, replies, log lines."""
