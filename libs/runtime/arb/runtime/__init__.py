"""What every service shares: settings, logging, broker, health."""
