"""What building will ask of a model, and what that will cost, before anything is asked."""
