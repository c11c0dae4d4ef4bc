"""Every command and event of the platform, its subjects and streams."""
