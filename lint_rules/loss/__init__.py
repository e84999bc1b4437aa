"""Rules about the output layer, the loss and the labels."""
