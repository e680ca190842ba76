"""Facts in: what people, vendors and other systems state, checked and appended. Never a judgement of them."""
