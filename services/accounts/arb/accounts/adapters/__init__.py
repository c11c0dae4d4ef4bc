"""Where the accounts service meets files and the network."""
