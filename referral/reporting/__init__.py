"""Facts into figures: indicators, protected tables, frozen editions and what is made of them."""
