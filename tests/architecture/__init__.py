"""Tests of the shape of the source itself."""
