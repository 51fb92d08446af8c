"""What is still to be done for a survivor, by whom and until when."""
