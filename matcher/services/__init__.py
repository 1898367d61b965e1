"""Services: one function a use case, over records; they open no session and never commit."""
