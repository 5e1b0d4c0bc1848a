"""The instances we ship, one CSV folder each."""
