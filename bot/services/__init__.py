"""The catalogue of services: what can be asked, the questions each asks, matching by meaning."""
