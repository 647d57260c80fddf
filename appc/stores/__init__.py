"""What we remember: back ends of the store ports, and the inventory."""
