#!/usr/bin/python3
"""The daemon's processes: start, reload, log, deaths and the end, with real processes in folders of their own.

tests/daemon/run.py [NAME...] runs all cases, or those whose name contains one of the words.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'lib'))

import hellos  # noqa: E402
import log  # noqa: E402
import processes  # noqa: E402
import reload  # noqa: E402
import start  # noqa: E402
from cases import play_all  # noqa: E402
from policy_world import World  # noqa: E402

sys.exit(play_all([start, reload, processes, log, hellos], World))
