"""The use cases: accept, route, deliver, settle, sweep, poll; they await ports and open nothing."""
