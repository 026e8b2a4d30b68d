"""What is inside modules: the words of pages, PDF files, subtitles and packages, with places."""
