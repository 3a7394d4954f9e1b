#!/usr/bin/python3
"""run.py - `vouchsafe publish`: what it prints, in real name servers, checkers, nsupdate, and a real Postfix.

    run.py [WORD...]         only the cases whose name holds one of the words
    BUILD, VOUCHSAFE         the build folder, the executable (default: build of the tree)
"""
import sys

import world  # noqa: I001  its paths first

import cases
import changed
import command
import lints
import loaded
import mail
import senders
import sizes

sys.exit(cases.play_all([mail, lints, loaded, command, changed, senders, sizes], world.World))
