"""Words in other languages: found in the sources, kept as .po files, compiled for Django."""
