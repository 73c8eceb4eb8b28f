"""A recorded time, played again by the simulator under other weights or time-outs.

The record is what production writes anyway: transition logs, offers, assignments.
"""
