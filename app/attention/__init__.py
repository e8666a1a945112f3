"""What networks looked at in a class's images, for the pages Colours and Compare."""
