"""What a network is: tables, units, checks, files."""
