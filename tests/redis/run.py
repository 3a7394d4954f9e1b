#!/usr/bin/python3
"""The store in Redis against a real redis-server, well and in trouble.

tests/redis/run.py [NAME...] runs all cases, or those whose name contains one of the words.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'lib'))

import shared  # noqa: E402
import trouble  # noqa: E402
from cases import play_all  # noqa: E402
from world import World  # noqa: E402

sys.exit(play_all([shared, trouble], World))
