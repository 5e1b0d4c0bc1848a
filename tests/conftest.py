"""The folder of the tests is importable: `oracle_money` and `small` are shared by them."""

from hypothesis import settings

settings.register_profile("busy", deadline=None)  # a busy machine is slow at times, which is no fault
settings.load_profile("busy")
