"""Tests of one floor at a time, without anything outside."""
