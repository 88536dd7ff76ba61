"""Private PostgreSQL and Valkey servers for a machine that has none, shared by all processes of one data folder."""
