"""Every command of the platform, one file per service that answers it. Each class names its subject."""
