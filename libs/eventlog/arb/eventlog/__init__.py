"""Event store on JetStream with expected versions, and its in-memory twin."""
