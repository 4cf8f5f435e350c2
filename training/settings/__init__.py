"""What a fit is asked to do: one model of settings (config), its presets, and the flags made from it."""
