"""A client of OpenID Connect: sends a browser to a provider and proves who comes back from it."""
