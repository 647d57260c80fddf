"""Message buses: back ends of the Bus port."""
