"""What is done with each kind of update. A handler reads the update and calls an operation: it
decides nothing about citizens."""
