"""What a fit is asked to do: its settings (config), some chosen by_size, presets, flags, and those that are removed."""
