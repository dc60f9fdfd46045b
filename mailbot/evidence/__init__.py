"""
The ombudsman's file: everything on one case, whole and in the words of a complaints officer.
"""
