"""OpenCV, without what its import does to the process.

It puts a path that ends in a colon into the environment, by which whatever this process starts
would load libraries from the current folder.
"""

import os

_PATH = "LD_LIBRARY_PATH"
_before = os.environ.get(_PATH)

import cv2  # noqa: E402, what it changes has to be known before

if _before is None:
    os.environ.pop(_PATH, None)
else:
    os.environ[_PATH] = _before

__all__ = ["cv2"]
