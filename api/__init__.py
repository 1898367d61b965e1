"""The web door: an API for programs and pages for people, both thin over the services."""
