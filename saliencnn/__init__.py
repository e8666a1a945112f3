"""See what CNNs learn while they train, and how far their saliency maps can be trusted."""
