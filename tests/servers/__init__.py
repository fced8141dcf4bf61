"""Real servers of outside systems, started for the tests on loopback."""
