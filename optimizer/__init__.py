"""How a good plan is found, proven and explained."""
