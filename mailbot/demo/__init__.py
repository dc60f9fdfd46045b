"""
Eleven weeks of a complaint in a few seconds: real servers, the real service, a virtual clock.
"""

from mailbot.demo.story import play

__all__ = ["play"]
