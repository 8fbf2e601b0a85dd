"""How an agent runs: the contract that every agent in Segue is under."""
