"""Fixes: from what a rule would change, to edits, to files.

``cures`` turns the changes of a rule into edits of a text, which stand on the finding. ``rounds``
makes those of one file until nothing changes and undoes what does not hold; ``files`` writes.
"""
