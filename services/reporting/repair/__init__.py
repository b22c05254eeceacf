"""Repair: a store whose figures drift is made again from its owner's log."""
