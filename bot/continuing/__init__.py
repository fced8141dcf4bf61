"""One conversation in two channels: links, the proofs that they ask for, and their end."""
