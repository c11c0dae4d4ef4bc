"""The scanner's side of files, network and bus."""
