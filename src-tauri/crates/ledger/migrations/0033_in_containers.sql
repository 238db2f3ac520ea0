-- A project may be reached from inside a container, which its connection names, and a component may be what a container
-- prints. A program that does not know that would take host and port for its own; it refuses this catalogue.
SELECT 1 WHERE false;
