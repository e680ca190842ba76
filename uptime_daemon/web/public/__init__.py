"""What the world sees: status API, badges, feeds. Raw states and news only, never a contract, a target or an amount."""
