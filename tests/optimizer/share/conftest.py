"""The folder of these tests is importable: `cost_games` is shared by them."""
