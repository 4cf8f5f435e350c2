"""Where files are read and written: `base` says what a store can do, and how a file is written aside."""
