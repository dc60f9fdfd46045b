"""
One case whole: its papers, what proves each line of them, the contacts of people, and all
of it as a document. Whatever shows a case stands on it.
"""
