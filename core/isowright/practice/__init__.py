"""The practice cloud: a loopback server that speaks the cloud's calls, for the newcomer's tour and for tests.

Imported by its launchers and by tests only. It shares no request or response code with `isowright.cloud`, so that a
mistake made there cannot hide here.
"""
