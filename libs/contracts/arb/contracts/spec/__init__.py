"""What a contract declares about itself, and the values of its calls by that declaration."""
