"""Ways to solve the joint model."""
