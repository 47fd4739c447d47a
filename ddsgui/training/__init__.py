"""Makes domains: few-shot adaptation of one, and a base domain from many pictures."""
