"""The agents' group: a forum in which each ticket is a topic."""
