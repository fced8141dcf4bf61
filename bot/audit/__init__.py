"""Who of the agents saw or changed what: written with the deed, and never changed."""
