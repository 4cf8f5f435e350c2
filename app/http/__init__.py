"""HTTP below the routes.

bytes -> protocol: one connection, its bounds -> parser: requests -> cycle: ASGI's receive and send
      -> middleware: id, auth -> body: read no further than it may -> a route -> asgi: the answer
sweep cuts off connections that are kept busy with nothing.
"""
