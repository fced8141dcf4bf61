"""What anybody may see of requests, and the files in which they take it away."""
