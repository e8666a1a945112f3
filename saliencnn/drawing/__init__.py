"""A saliency map on an image: heat, contours, overlays."""
