"""
What any command shows: JSON documents for scripts, tables and paragraphs for people.
"""
