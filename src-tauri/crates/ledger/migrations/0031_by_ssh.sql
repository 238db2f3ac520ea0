-- A project may be reached by way of an SSH server, which its connection names. A program that does not know that would
-- take host and port for its own, and send the password to another server of the same name; it refuses this catalogue.
SELECT 1 WHERE false;
