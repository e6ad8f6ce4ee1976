"""Where results are kept, how work is spread, and how much of it there is: nothing here knows what is computed."""
