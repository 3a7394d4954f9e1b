#!/usr/bin/python3
"""Accreditors that cannot hurt: real lists (NSD, rbldnsd) that lie, refuse, vanish and fall silent, and the daemon that
asks them; private lists that change under it.

tests/accredit/run.py [NAME...] runs all cases, or those whose name contains one of the words.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'lib'))

import accidents  # noqa: E402
import checks  # noqa: E402
import files  # noqa: E402
import shared  # noqa: E402
from cases import play_all  # noqa: E402
from world import World  # noqa: E402

AT_ONCE = 4  # nearly all of their time they wait

sys.exit(play_all([shared, accidents, files, checks], World, AT_ONCE))
