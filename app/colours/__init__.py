"""The Colours page: colours and textures of the regions that maps highlight."""
