"""Tags and entity spans: the schemes as tables, and the tags of one network."""
