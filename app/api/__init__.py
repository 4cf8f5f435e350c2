"""The routes: /tag, /tag/stream, health, the bundle, the page and the descriptions, and the answers' shapes."""
