"""How threads wait for each other: an outcome that is set once, and a loop that goes on."""
