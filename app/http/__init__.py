"""HTTP below the routes: connections (protocol), every request (middleware, auth), bodies (body), answers (asgi)."""
