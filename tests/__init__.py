"""The tests, in tiers: unit, contract, integration, acceptance."""
