"""See what CNNs learn while they train, and how far their saliency maps can be trusted."""

__version__ = "0.1.0"
