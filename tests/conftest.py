"""The folder of the tests is importable: `oracle_money` and `small` are shared by them."""
