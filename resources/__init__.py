"""What an operator swaps: who answers asks, where artifacts are kept, where untrusted code runs."""
