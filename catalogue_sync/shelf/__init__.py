"""What a catalogue is worth at the moment of need, and how it is mended by hand."""
