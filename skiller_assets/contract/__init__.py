"""The kernel: what a service is, said in a language that can be executed."""
