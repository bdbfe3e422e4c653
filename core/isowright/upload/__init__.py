"""Sending a file of this computer to a bucket, whatever happens on the way."""
