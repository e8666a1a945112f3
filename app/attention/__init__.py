"""Maps of all images of a class: tiles, numbers and histograms for Colours and Compare."""
