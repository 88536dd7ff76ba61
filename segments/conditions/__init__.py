"""Conditions over customers, for tier rules and audiences alike.

`fields` says what may be asked, `trees` reads and checks a tree, `values` decides it on plain values, `sentences` says
it in words; none of these four knows Django. `sql` turns a tree into a filter over customers.
"""
