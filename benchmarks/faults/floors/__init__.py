"""How many floors errors are: what any k, and a bound for each element, would say of correct and of faulty networks."""
