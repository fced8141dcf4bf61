"""Everything that is handed to Telegram: deliveries in order, and what is only nice to have."""
