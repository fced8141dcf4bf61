"""Child processes: started, watched, ended, and cleaned up after when we could not end them."""
