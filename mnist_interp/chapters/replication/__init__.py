"""The page of replications: every published figure beside ours, and every published sentence with its verdict."""
