"""The progression page: where a network looks, epoch by epoch."""
