"""Capacity: the hours promised to customers against the hours there are, worked out from plain values.

`inputs` holds what is counted, `figures` what follows from it, `demand` where higher apps bring theirs. The formula
and its reasons are in docs/decisions/capacity.md.
"""
