"""What a good plan is: the joint Pyomo model."""
