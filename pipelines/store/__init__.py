"""Where older model cards say that ``load_accepted`` lies; see ``registry``."""
