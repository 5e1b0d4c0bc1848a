"""A plan as a page to take into the room: map, charts and tables in English or Chinese."""
