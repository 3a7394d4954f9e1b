#!/usr/bin/python3
"""The keeper: every decision in the ledger, deaths and trouble, reputation that counts, on one host and in a fleet.

tests/keeper/run.py [NAME...] runs all cases, or those whose name contains one of the words.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'lib'))

import deaths  # noqa: E402
import fleet  # noqa: E402
import ledger  # noqa: E402
import pauses  # noqa: E402
import standing  # noqa: E402
from cases import play_all  # noqa: E402
from world import World  # noqa: E402

AT_ONCE = 8  # they wait much more than they work; the longest ones come first

sys.exit(play_all([deaths, pauses, ledger, standing, fleet], World, AT_ONCE))
