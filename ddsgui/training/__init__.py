"""Training of domains: few-shot adaptation of one, and base domains from many pictures."""
