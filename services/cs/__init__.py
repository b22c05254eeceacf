"""Customer service: conversations, agents' work, cases, reviews, callbacks, members."""
