"""The folder of the tests is importable: `oracle_money` and `small` are shared by them."""

import os

from hypothesis import settings

settings.register_profile("busy", deadline=None)  # a busy machine is slow at times, which is no fault
settings.load_profile("busy")

# a local Dask cluster gives up a killed worker that is not back in 15 s, which takes longer on a busy machine
os.environ.setdefault("DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT", "10 minutes")
